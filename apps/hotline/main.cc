// hotline: the operator's command, and the supervisor of all programs on one machine.
#include <algorithm>
#include <cstdio>
#include <string>

#include "apps/hotline/commands.h"
#include "base/log.h"

namespace {

using namespace hotline;
using namespace hotline::cli;

void print_help(FILE* out) {
  std::fputs(
      "Examples:\n  hotline demo\n  hotline serve --dir ./hotline-data\n  hotline "
      "doctor\n\nCommands:\n",
      out);
  for (const Command& command : commands())
    std::fprintf(out, "  %-8s %s\n", std::string(command.name).c_str(),
                 std::string(command.summary).c_str());
  std::fputs(
      "\n`hotline COMMAND --help` begins with examples. Exit codes: 0 good, 1 a warning or a no, 2 "
      "failed.\n",
      out);
}

/// The known command that shares the longest beginning.
std::string_view nearest(std::string_view word) {
  const auto common = [&](const Command& command) {
    return std::mismatch(word.begin(), word.end(), command.name.begin(), command.name.end()).first -
           word.begin();
  };
  return std::max_element(commands().begin(), commands().end(),
                          [&](const Command& a, const Command& b) { return common(a) < common(b); })
      ->name;
}

}  // namespace

int main(int argc, char** argv) {
  log::set_program("hotline");
  Arguments arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    print_help(stderr);
    return kFailed;
  }
  std::string name = arguments.front();
  arguments.erase(arguments.begin());
  if (name == "--help" || name == "-h" || name == "help") {
    print_help(stdout);
    return kGood;
  }
  if (name == "--version") name = "version";
  for (const Command& command : commands()) {
    if (command.name != name) continue;
    if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
      std::fputs(std::string(command.help).c_str(), stdout);
      return kGood;
    }
    return command.run(arguments);
  }
  return refuse("There is no command " + name + "; did you mean `hotline " +
                std::string(nearest(name)) + "`?");
}
