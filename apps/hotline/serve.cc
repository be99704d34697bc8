#include <cstdio>

#include "accounts/people.h"
#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"

namespace hotline::cli {

namespace {

void print_addresses(const Settings& settings) {
  const auto line = [&](const char* what, const char* section) {
    const std::string base(section);
    std::printf("%-8s http://%s:%s/\n", what, settings.text(base + ".host").c_str(),
                settings.raw(base + ".port").c_str());
  };
  line("portal", "portal");
  line("console", "console");
  line("feeds", "feeds");
}

/// With nobody in it yet, the console is opened by a link that works once, for a day.
Done print_first_run(const Installation& installation) {
  TRY(nobody, installation.database->read([&](db::Transaction& tx) -> Result<bool> {
    TRY(people, accounts::people(tx, installation.tenant));
    return people.empty();
  }));
  if (!nobody) return {};
  TRY(token, installation.database->transact([](db::Transaction& tx) {
    return accounts::make_setup_token(tx, SystemClock().now());
  }));
  std::printf(
      "\nFirst run: make the first account here (works once, for a day):\n  "
      "http://%s:%s/setup/%s\n",
      installation.settings.text("console.host").c_str(),
      installation.settings.raw("console.port").c_str(), token.c_str());
  return {};
}

}  // namespace

int serve(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir"}, {});
  if (!options) return refuse(options.error());
  const auto settings = settings_of(*options);
  if (!settings) return refuse(settings.error());
  const auto installation = make_ready(*settings);
  if (!installation) return refuse(installation.error());
  Supervisor supervisor;
  for (const Supervised& program : programs_of(*installation, {}, ""))
    if (const Done started = supervisor.start(program); !started) return refuse(started.error());
  print_addresses(installation->settings);
  if (const Done printed = print_first_run(*installation); !printed) return refuse(printed.error());
  std::fflush(stdout);
  supervisor.run();
  return kGood;
}

}  // namespace hotline::cli
