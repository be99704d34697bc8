// hotline migrate, known, audit, fetch, version.
#include <sys/utsname.h>

#include <cstdio>

#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/text.h"
#include "facts/facts.h"
#include "matching/hash_lines.h"
#include "media/hash_cli.h"
#include "net/fetch_cli.h"
#include "url/url.h"
#include "workflow/opened.h"

#ifndef HOTLINE_VERSION
#define HOTLINE_VERSION "0.1.0"
#endif

namespace hotline::cli {

namespace {

std::string all_of(FILE* file) {
  std::string text;
  char buffer[65536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file))
    text.append(buffer, got);
  return text;
}

Result<std::string> file_or_input(const std::string& path) {
  if (path == "-") return all_of(stdin);
  FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) return fail(ErrorKind::not_found, "The file " + path + " cannot be read.");
  std::string text = all_of(file);
  std::fclose(file);
  return text;
}

Done import_known(const Options& options) {
  const auto& words = options.words();
  if (words.size() != 2 || words[0] != "import")
    return fail(ErrorKind::invalid, "Say `hotline known import FILE`.");
  TRY(text, file_or_input(words[1]));
  TRY(settings, settings_of(options));
  TRY(in, open_installation(settings));
  TRY(done, matching::import_hash_lines(*in.database, in.tenant, text,
                                        options.get("source", "import"), SystemClock().now()));
  std::fprintf(stderr, "%d added, %d changed, %d the same, %d withdrawn.\n", done.added,
               done.changed, done.same, done.withdrawn);
  return {};
}

void print_fact(const facts::Fact& fact) {
  json::object line{{"position", fact.position}, {"at", rfc3339(fact.at)},
                    {"kind", fact.kind},         {"actor", fact.actor},
                    {"case", fact.casefile},     {"subject", fact.subject},
                    {"details", fact.details}};
  std::printf("%s\n", json::serialize(line).c_str());
}

Done run_audit(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say verify or tail.");
  TRY(settings, settings_of(options));
  TRY(in, open_installation(settings));
  return in.database->read([&](db::Transaction& tx) -> Done {
    facts::FactStore store(tx);
    if (words[0] == "verify") {
      TRY(count, store.verify());
      std::printf("%lld facts, the chain is whole.\n", static_cast<long long>(count));
      return {};
    }
    if (words[0] != "tail")
      return fail(ErrorKind::invalid, "There is no `hotline audit " + words[0] + "`.");
    TRY(count, parse_integer(options.get("count", "20")));
    TRY(last, store.last_position());
    TRY(facts, store.after(std::max<std::int64_t>(0, last - count), static_cast<int>(count)));
    for (const auto& fact : facts) print_fact(fact);
    return {};
  });
}

/// The summary of the look, with what the media jail says of each medium.
Result<int> fetch_as_json(net::Fetcher& fetcher, net::FetchRequest request) {
  TRY(address, url::canonical_from_report(request.url));
  request.url = address;
  TRY(capture, fetcher.look(request));
  json::object line = net::summary(capture);
  const auto lab =
      media::open_jailed_lab(program_folder() + "/hotline-media", std::chrono::seconds(20));
  json::array& found = line["media"].as_array();
  for (std::size_t i = 0; i < found.size(); ++i) {
    TRY(findings, lab->examine(capture.media[i].bytes, false));
    const json::object hashes = media::hash_line("", findings);
    for (const char* key : {"kind", "width", "height", "pdq_full", "pdq_nn512", "trouble"})
      found[i].as_object()[key] = hashes.at(key);
  }
  std::printf("%s\n", json::serialize(line).c_str());
  return capture.verdict == net::FetchVerdict::answered ? kGood : kWarning;
}

Result<int> fetch_for_people(net::Fetcher& fetcher, const net::FetchRequest& request) {
  TRY(text, net::fetch_command(
                fetcher, {request.url, request.referrer, request.browser, request.media, false}));
  std::fputs(text.c_str(), stdout);
  return text.starts_with("answered") ? kGood : kWarning;
}

int finish(const Done& done) {
  return done ? kGood : refuse(done.error());
}

}  // namespace

int migrate(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir"}, {});
  if (!options) return refuse(options.error());
  const auto settings = settings_of(*options);
  if (!settings) return refuse(settings.error());
  const auto share = workflow::share_folder(*settings, program_folder());
  if (!share) return refuse(share.error());
  const auto database = workflow::open_database(*settings);
  if (!database) return refuse(database.error());
  if (!options->words().empty() && options->words()[0] == "status") {
    const auto pending = db::pending_migrations(**database, *share + "/schema");
    if (!pending) return refuse(pending.error());
    for (const std::string& name : *pending) std::printf("%s\n", name.c_str());
    return pending->empty() ? kGood : kWarning;
  }
  const auto applied = db::migrate(**database, *share + "/schema");
  if (!applied) return refuse(applied.error());
  std::fprintf(stderr, "%d applied.\n", *applied);
  return kGood;
}

int known(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "source"}, {});
  return options ? finish(import_known(*options)) : refuse(options.error());
}

int audit(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "count"}, {});
  return options ? finish(run_audit(*options)) : refuse(options.error());
}

int fetch(const Arguments& arguments) {
  const auto options =
      Options::read(arguments, {"config", "dir", "referrer"}, {"json", "no-browser", "no-media"});
  if (!options) return refuse(options.error());
  if (options->words().size() != 1)
    return refuse("Say one address; `hotline fetch --help` has examples.");
  const auto settings = settings_of(*options);
  if (!settings) return refuse(settings.error());
  const auto fetcher =
      net::open_jailed_fetcher(program_folder() + "/hotline-fetch", options->get("config"),
                               settings->duration("capture.deadline") + std::chrono::seconds(20));
  const net::FetchRequest request{options->words()[0], options->get("referrer"),
                                  !options->has("no-browser"), !options->has("no-media")};
  const auto printed =
      options->has("json") ? fetch_as_json(*fetcher, request) : fetch_for_people(*fetcher, request);
  if (printed) return *printed;
  refuse(printed.error());
  return printed.error().kind == ErrorKind::unavailable ? kFailed : kWarning;
}

int version(const Arguments& arguments) {
  const bool as_json = !arguments.empty() && arguments[0] == "--json";
  if (as_json)
    std::printf("%s\n", json::serialize(json::object{{"name", "hotline"},
                                                     {"version", HOTLINE_VERSION},
                                                     {"compiler", __VERSION__},
                                                     {"standard", __cplusplus}})
                            .c_str());
  else
    std::printf("hotline %s\n", HOTLINE_VERSION);
  return kGood;
}

}  // namespace hotline::cli
