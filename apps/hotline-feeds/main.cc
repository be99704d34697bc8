// hotline-feeds: lists and look-ups for members, answer links for hosts.
//
// Reached from members, partners and hosts; reaches the database (lists, known
// items, answers) and nothing else: no evidence, no resolver, no mail. What is
// known is followed from the database twice a second, in an index that is mapped from
// its own folder when the program starts.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "base/log.h"
#include "http/server.h"
#include "web/answer.h"
#include "web/feeds.h"
#include "web/share.h"

namespace {

using namespace hotline;
using namespace std::chrono_literals;

volatile std::sig_atomic_t stopping = 0;

int refuse(const Error& error) {
  std::fprintf(stderr, "hotline-feeds: %s\n", error.sentence.c_str());
  return 2;
}

http::ServerOptions options_of(const Settings& settings) {
  http::ServerOptions options;
  options.host = settings.text("feeds.host");
  options.port = static_cast<int>(settings.integer("feeds.port"));
  options.body_bytes_max = 512 * 1024;  // A thousand look-ups with all four hashes.
  options.common_headers = {{"Cache-Control", "no-store"},
                            {"Content-Security-Policy",
                             "default-src 'none'; style-src 'self'; form-action 'self'; "
                             "base-uri 'none'; frame-ancestors 'none'"},
                            {"Referrer-Policy", "no-referrer"},
                            {"X-Content-Type-Options", "nosniff"},
                            {"X-Frame-Options", "DENY"},
                            {"Cross-Origin-Resource-Policy", "same-origin"}};
  return options;
}

/// Follows the known items until the program is asked to stop.
void follow(matching::Matcher& matcher, web::KeyRing& keys, web::LookupCount& count,
            db::Database& database) {
  const SystemClock clock;
  while (!stopping) {
    if (const Done read = keys.follow(database, clock.now()); !read)
      log::trouble("following_keys_failed", read.error());
    if (const Done written = count.write(database, clock.now()); !written)
      log::trouble("counting_look_ups_failed", written.error());
    if (const Done followed = matcher.follow(database); !followed)
      log::trouble("following_known_items_failed", followed.error());
    for (int i = 0; i < 4 && !stopping; ++i) std::this_thread::sleep_for(100ms);
  }
}

/// Opens the parts, connects them and serves until the program is asked to stop.
Done serve(const Settings& settings) {
  const Places at = places(settings);
  const std::string url = settings.text("database.url");
  TRY(database, db::Database::open(url.empty() ? "sqlite:" + at.database : url, 6));
  std::error_code trouble;
  std::filesystem::create_directories(at.keys, trouble);
  TRY(share, web::share_folder(settings));
  TRY(pages, web::Pages::load(share + "/web"));
  TRY(stylesheet, web::read_stylesheet(share + "/web"));
  TRY(takedown, takedown::Takedown::open(settings, share + "/policy", at.keys));

  const SystemClock clock;
  matching::Matcher matcher(at.dir + "/index/feeds");
  lists::Feed feed;
  web::KeyRing keys;
  web::LookupCount count;
  // The first look-up must not be answered "none" because nothing has been read yet.
  TRY_DONE(matcher.follow(*database));
  TRY_DONE(keys.follow(*database, clock.now()));
  TRY(drop_key, intake::drop_public_key(at.keys));
  TRY(drop, intake::Drop::open(at.drop, drop_key, settings.integer("portal.disk_reserve")));
  const web::FeedsParts feeds{*database, clock, settings, matcher, feed, keys, count, drop.get()};
  const web::AnswerParts answers{*database, clock, settings, pages, *takedown, stylesheet};
  http::Router router;
  web::add_feeds_routes(router, feeds);
  web::add_answer_routes(router, answers);
  TRY(server, http::Server::start(options_of(settings), std::move(router)));
  log::note("started", {{"port", server->port()}});
  follow(matcher, keys, count, *database);
  server->stop(10s);
  TRY_DONE(count.write(*database, clock.now()));
  log::note("stopped");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--config") {
    std::fputs("Example: hotline-feeds --config /etc/hotline/hotline.toml\n", stderr);
    return 2;
  }
  log::set_program("hotline-feeds");
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopping = 1; });
  const auto settings = Settings::load(argv[2]);
  if (!settings) return refuse(settings.error());
  if (const Done served = serve(*settings); !served) return refuse(served.error());
  return 0;
}
