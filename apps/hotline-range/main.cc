// hotline-range: the simulated internet of the demo, of training and of the tests.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "range/commands.h"
#include "range/files.h"

namespace {

constexpr std::string_view kHelp = R"(Examples:
  hotline-range up --dir var/range              start it; Ctrl-C ends it and leaves nothing running
  hotline-range env --dir var/range             settings of a hotline that lives in it
  hotline-range run --dir var/range -- PROGRAM  run a program inside it
  hotline-range list                            its sites, and the addresses to report
  hotline-range mail --dir var/range            the letters that have arrived there

A small internet on this machine: web hosts, DNS, mail and a registry, in a network namespace of
their own, with documentation addresses and pictures drawn by a program. No packet leaves it.

Commands:
  up --dir DIR [--speed N] [--ready-fd FD]   hosts take 1/N of their usual seconds to react;
                                             FD gets "ready" once every server answers
  env --dir DIR                              KEY=VALUE lines, once it is up
  run --dir DIR -- PROGRAM [ARGUMENT]...     inside the namespace of the running range
  list                                       address to report, host and behaviour of every site
  known                                      hash lines of the pictures that a demo knows already
  set SITE STATE --dir DIR                   up, gone, soft_gone or moved, from now on
  mail --dir DIR [MAILBOX]                   mailbox, subject and file of every letter
  picture SEED [FORM]                        one picture on stdout: original, smaller, larger,
                                             compressed, png or webp

Exit codes: 0 done, 1 the outside world failed, 2 asked wrongly.
)";

struct Asked {
  std::vector<std::string> words;    ///< What is no option.
  std::vector<std::string> program;  ///< After "--".
  std::string dir;
  double speed = 1;
  int ready_fd = -1;
};

std::optional<Asked> parse(int argc, char** argv) {
  Asked asked;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--") {
      asked.program.assign(argv + i + 1, argv + argc);
      break;
    }
    if (word == "--dir" && more) {
      asked.dir = hotline::range::absolute_path(argv[++i]);
    } else if (word == "--speed" && more) {
      asked.speed = std::atof(argv[++i]);
      if (!(asked.speed > 0)) return std::nullopt;
    } else if (word == "--ready-fd" && more) {
      const auto fd = hotline::parse_integer(argv[++i]);
      if (!fd) return std::nullopt;
      asked.ready_fd = static_cast<int>(*fd);
    } else if (word.starts_with("--")) {
      return std::nullopt;
    } else {
      asked.words.push_back(word);
    }
  }
  return asked;
}

std::optional<int> answer_with_folder(const hotline::range::World& world, const Asked& asked) {
  using namespace hotline::range;
  const auto& [words, program, dir, speed, ready_fd] = asked;
  if (dir.empty()) return std::nullopt;
  if (words[0] == "up") return up(world, {dir, speed, ready_fd});
  if (words[0] == "env") return print_settings(world, dir);
  if (words[0] == "run" && !program.empty()) return run(dir, program);
  if (words[0] == "set" && words.size() == 3) return set_state(world, dir, words[1], words[2]);
  if (words[0] == "mail") return print_mail(dir, words.size() > 1 ? words[1] : "");
  return std::nullopt;
}

std::optional<int> answer(const Asked& asked) {
  using namespace hotline::range;
  const auto& words = asked.words;
  if (words.empty()) return std::nullopt;
  const auto path = shared_file("range/sites.json");
  const auto world =
      path ? World::load(*path) : hotline::Result<World>(std::unexpected(path.error()));
  if (!world) {
    std::fprintf(stderr, "hotline-range: %s\n", world.error().sentence.c_str());
    return 1;
  }
  if (words[0] == "list") return print_sites(*world);
  if (words[0] == "contacts") return print_contacts(*world);
  if (words[0] == "known") return print_known(*world);
  if (words[0] == "picture" && words.size() > 1) {
    const auto seed = hotline::parse_integer(words[1]);
    if (!seed) return std::nullopt;
    return print_picture(static_cast<std::uint64_t>(*seed),
                         words.size() > 2 ? words[2] : "original");
  }
  return answer_with_folder(*world, asked);
}

}  // namespace

int main(int argc, char** argv) {
  hotline::log::set_program("hotline-range");
  if (argc > 1 && (std::string_view(argv[1]) == "--help" || std::string_view(argv[1]) == "help")) {
    std::fputs(kHelp.data(), stdout);
    return 0;
  }
  const auto asked = parse(argc, argv);
  const auto code = asked ? answer(*asked) : std::nullopt;
  if (code) return *code;
  std::fputs("hotline-range: not understood; see hotline-range --help\n", stderr);
  return 2;
}
