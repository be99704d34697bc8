// hotline-console: the staff's pages.
//
// Reached from the staff network only; reads and writes cases, and opens previews
// for a named person, each recorded before the first byte leaves.
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include "base/log.h"
#include "http/server.h"
#include "web/console.h"
#include "web/dashboard.h"
#include "web/gate.h"
#include "web/notices.h"
#include "web/share.h"

namespace {

using namespace hotline;

volatile std::sig_atomic_t stopping = 0;

int refuse(const Error& error) {
  std::fprintf(stderr, "hotline-console: %s\n", error.sentence.c_str());
  return 2;
}

/// Everything the pages need, opened once.
struct Opened {
  Settings settings;
  SystemClock clock;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<evidence::Evidence> evidence;
  std::unique_ptr<takedown::Takedown> takedown;
  std::optional<assessment::Schemes> schemes;
  std::optional<assessment::LawRules> laws;
  assessment::Vocabulary vocabulary;
  std::optional<web::Pages> pages;
  crypto::Key accounts_key;
  std::string share;
};

Result<std::unique_ptr<Opened>> open_all(const std::string& config) {
  auto all = std::make_unique<Opened>();
  TRY(settings, Settings::load(config));
  all->settings = std::move(settings);
  const Places at = places(all->settings);
  TRY(share, web::share_folder(all->settings));
  all->share = share;
  const std::string url = all->settings.text("database.url");
  TRY(database, db::Database::open(url.empty() ? "sqlite:" + at.database : url, 8));
  all->database = std::move(database);
  TRY(objects, evidence::open_objects(all->settings));
  TRY(evidence, evidence::Evidence::open(std::move(objects), at.keys + "/evidence.key"));
  all->evidence = std::move(evidence);
  TRY(takedown, takedown::Takedown::open(all->settings, share + "/policy", at.keys));
  all->takedown = std::move(takedown);
  TRY(schemes,
      assessment::Schemes::open(share + "/policy/schemes", all->settings.text("scheme.active")));
  all->schemes.emplace(std::move(schemes));
  TRY(laws, assessment::LawRules::open(share + "/policy", *all->schemes));
  all->laws.emplace(std::move(laws));
  TRY(vocabulary, assessment::Vocabulary::open(share + "/policy/methods.json"));
  all->vocabulary = std::move(vocabulary);
  TRY(pages, web::Pages::load(share + "/web"));
  all->pages.emplace(std::move(pages));
  TRY(key, crypto::key_file(at.keys + "/accounts.key"));
  all->accounts_key = key;
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--config") {
    std::fputs("Example: hotline-console --config /etc/hotline/hotline.toml\n", stderr);
    return 2;
  }
  log::set_program("hotline-console");
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopping = 1; });
  const auto opened = open_all(argv[2]);
  if (!opened) return refuse(opened.error());
  Opened& all = **opened;
  const web::StaffParts staff{*all.database, all.clock, all.settings, *all.pages, all.accounts_key};
  const web::ConsoleParts console{staff,
                                  *all.evidence,
                                  *all.takedown,
                                  *all.schemes,
                                  assessment::desk_rules(all.settings),
                                  *all.laws,
                                  all.vocabulary,
                                  all.share + "/web/console"};
  http::Router router;
  web::console_routes(router, console);
  statistics::Reader figures;
  web::add_dashboard_routes(router, staff, figures);
  web::add_gate_routes(router, staff, *all.takedown);
  web::add_notice_routes(router, staff, *all.takedown);
  http::ServerOptions options;
  options.host = all.settings.text("console.host");
  options.port = static_cast<int>(all.settings.integer("console.port"));
  options.handler_threads = 8;
  options.common_headers = web::staff_headers();
  const auto server = http::Server::start(options, std::move(router));
  if (!server) return refuse(server.error());
  log::note("started", {{"port", (*server)->port()}});
  while (!stopping) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  (*server)->stop(std::chrono::seconds(5));
  log::note("stopped");
  return 0;
}
