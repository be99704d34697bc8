// hotline routing: the table of who announces what, and the registries' bootstrap files.
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "apps/hotline/commands.h"
#include "base/clock.h"
#include "net/rdap_bootstrap.h"
#include "tracing/routing_table.h"

namespace hotline::cli {

namespace {

using tracing::RoutingTable;

std::string table_of(const Settings& settings) {
  return places(settings).dir + "/routing.table";
}

Done import(const Settings& settings, const std::string& from) {
  const auto began = std::chrono::steady_clock::now();
  const bool shown = ::isatty(2) == 1;
  TRY(done, tracing::import_routes(
                from, table_of(settings), SystemClock().now(),
                [&](std::uint64_t bytes, std::uint64_t routes) {
                  std::fprintf(stderr, "%s%llu MiB read, %llu prefixes%s", shown ? "\r" : "",
                               static_cast<unsigned long long>(bytes >> 20),
                               static_cast<unsigned long long>(routes), shown ? "" : "\n");
                }));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::fprintf(stderr, "%sdone in %.1f s; what runs uses it from its next trace on\n",
               shown ? "\n" : "", took.count());
  std::printf("format\t%s\nrecords\t%llu\nprefixes\t%llu\nleft out\t%llu\n", done.format.c_str(),
              static_cast<unsigned long long>(done.records),
              static_cast<unsigned long long>(done.routes),
              static_cast<unsigned long long>(done.skipped));
  return {};
}

Done info(const Settings& settings) {
  TRY(table, RoutingTable::open(table_of(settings)));
  std::printf("source\t%s\nimported\t%s\nprefixes\t%llu\n", table->source().c_str(),
              rfc3339(table->imported_at()).c_str(),
              static_cast<unsigned long long>(table->routes()));
  return {};
}

Done look_up(const Settings& settings, const std::vector<std::string>& words) {
  TRY(table, RoutingTable::open(table_of(settings)));
  bool all = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    TRY(ip, url::parse_ip(words[i]));
    const auto found = table->look_up(ip);
    all = all && found.has_value();
    std::printf("%s\t%s", words[i].c_str(), found ? found->prefix.text().c_str() : "-");
    if (found)
      for (const auto& origin : found->origins) std::printf("\tAS%u", origin.system);
    std::printf("\n");
  }
  if (!all) return fail(ErrorKind::not_found, "Not all of these are announced.");
  return {};
}

Done bootstrap(const Settings& settings) {
  TRY(test_networks, url::parse_networks(settings.list("net.test_networks")));
  net::Bootstrap files({places(settings).dir + "/rdap", settings.text("tracing.bootstrap_url"),
                        std::move(test_networks)});
  TRY(counts, files.refresh());
  for (const auto& [kind, services] : counts)
    std::printf("%s.json\t%zu services\n", kind.c_str(), services);
  return {};
}

Done run(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say import, info, look-up or bootstrap.");
  TRY(settings, settings_of(options));
  if (words[0] == "import" && words.size() == 2) return import(settings, words[1]);
  if (words[0] == "info") return info(settings);
  if (words[0] == "look-up" && words.size() > 1) return look_up(settings, words);
  if (words[0] == "bootstrap") return bootstrap(settings);
  return fail(ErrorKind::invalid, "There is no such `hotline routing`; see its --help.");
}

}  // namespace

int routing(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir"}, {});
  if (!options) return refuse(options.error());
  const Done done = run(*options);
  return done ? kGood : refuse(done.error());
}

}  // namespace hotline::cli
