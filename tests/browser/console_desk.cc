// console_desk: the real console on a database made for the browser tests, with a clock that can
// be moved.
//
//   console_desk --dir DIR [--port N] [--load CASES --people N]     prints one line of JSON, then
//   serves until stdin ends.
//
// People: anna, ben, berta (analysts), sam (senior), mara (manager), adam (admin), pia (police),
// all with the password "demo landscapes only". Cases: 300 items, 1,000 items, a stack, a known
// one; with --load so many cases of eight items instead, and analysts a1, a2 … beside the others.
// Pictures are drawn landscapes. On stdin: "advance SECONDS" moves the clock.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "assessment/assessment.h"
#include "base/json.h"
#include "base/text.h"
#include "http/server.h"
#include "media/codecs/encode.h"
#include "media/preview.h"
#include "range/pictures.h"
#include "support/seed.h"
#include "web/console.h"
#include "web/dashboard.h"
#include "web/gate.h"
#include "web/notices.h"

namespace {

using namespace hotline;

constexpr std::string_view kPassword = "demo landscapes only";

class MovedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override {
    return system_.now() + microseconds(offset_.load());
  }
  void advance(std::chrono::seconds by) { offset_ += microseconds(by).count(); }

 private:
  SystemClock system_;
  std::atomic<std::int64_t> offset_{0};
};

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "console_desk: %s\n", result.error().sentence.c_str());
    std::exit(2);
  }
  return *std::move(result);
}
void must(Done result) {
  if (!result) {
    std::fprintf(stderr, "console_desk: %s\n", result.error().sentence.c_str());
    std::exit(2);
  }
}

struct Desk {
  std::string dir;
  MovedClock clock;
  Settings settings = *Settings::defaults();
  std::unique_ptr<db::Database> database;
  std::unique_ptr<evidence::Evidence> evidence;
  std::unique_ptr<takedown::Takedown> takedown;
  assessment::Schemes schemes =
      *assessment::Schemes::open(HOTLINE_SOURCE_DIR "/policy/schemes", "uk_abc");
  assessment::LawRules laws = *assessment::LawRules::open(HOTLINE_SOURCE_DIR "/policy", schemes);
  assessment::Vocabulary vocabulary =
      *assessment::Vocabulary::open(HOTLINE_SOURCE_DIR "/policy/methods.json");
  web::Pages pages = *web::Pages::load(HOTLINE_SOURCE_DIR "/web");
  crypto::Key key{std::string(32, 'k')};
  casework::TenantId tenant;
};

using Levels = std::array<std::string, 5>;

/// The four previews of one drawn landscape, as hotline-media makes them.
Levels previews_of(std::uint64_t seed) {
  const auto drawn = range::draw(seed, 960, 720);
  Levels levels;
  for (const auto& level : media::kPreviewLevels) {
    const auto small = media::preview(drawn, level);
    levels.at(static_cast<std::size_t>(level.level)) =
        must(level.grey ? media::encode_grey_jpeg(small, 60) : media::encode_jpeg(small, 80));
  }
  return levels;
}

struct Wanted {
  std::string name;
  int items = 1, rank = 1, alike = 0;
  bool known = false;
};

/// Looks like any other case: report, sighting, items, sealed previews, a place in the queue.
casework::CaseId add_case(Desk& desk, const Wanted& wanted, const std::vector<Levels>& drawn) {
  return must(desk.database->transact([&](db::Transaction& tx) -> Result<casework::CaseId> {
    const Instant now = desk.clock.now();
    auto made = test::add_case(tx, desk.tenant,
                               {"http://" + wanted.name + ".example/album", 0, 400, ""}, now);
    casework::CaseworkStore store(tx);
    TRY(sighting, store.last_seen(made.id));
    std::vector<std::array<std::string, 5>> sealed;
    for (const auto& levels : drawn) {
      auto& ids = sealed.emplace_back();
      for (std::size_t level = 1; level <= 4; ++level) {
        TRY(id, desk.evidence->put(tx, desk.tenant, made.id, evidence::ObjectKind::preview,
                                   levels.at(level), now));
        ids.at(level) = id.str();
      }
    }
    TRY_DONE(assessment::enqueue(tx, made.id, {wanted.rank, "oldest first"}, "uk_abc", now));
    for (int i = 0; i < wanted.items; ++i) {
      casework::Item item;
      item.id = casework::ItemId::make(now);
      item.tenant = desk.tenant;
      item.sha256 = hex(crypto::sha256(item.id.str()));
      item.kind = "jpeg";
      item.width = 960;
      item.height = 720;
      item.first_seen = now;
      item.pdq_full_quality = 90;
      item.pdq_full =
          i < wanted.alike ? std::string(64, 'a') : hex(crypto::sha256("pdq" + item.id.str()));
      TRY_DONE(store.find_or_add_item(item));
      TRY_DONE(store.add_seen_item(sighting->id, {item.id, i, "http://gallery.example/p", ""}));
      for (std::size_t level = 1; level <= 4; ++level)
        TRY_DONE(
            store.add_preview({item.id, static_cast<int>(level),
                               sealed[static_cast<std::size_t>(i) % sealed.size()].at(level)}));
      if (wanted.known && i == 0)
        TRY_DONE(assessment::prefill(
            tx, made.id, {item.id, "B", "7-10", "girl", "decided here by 2 people", true}, now));
      if (wanted.known && i == 1)
        TRY_DONE(assessment::prefill(
            tx, made.id, {item.id, "C", "7-10", "boy", "near, distance 6", false}, now));
    }
    return made.id;
  }));
}

struct Load {
  int cases = 0, people = 0;
};

void fill_load(Desk& desk, const Load& load, const std::vector<Levels>& drawn) {
  for (int i = 1; i <= load.people; ++i)
    (void)must(
        accounts::add_person(*desk.database,
                             {desk.tenant, "a" + std::to_string(i), "Analyst " + std::to_string(i),
                              accounts::Role::analyst, std::string(kPassword)},
                             "system", desk.clock.now()));
  for (int i = 0; i < load.cases; ++i)
    (void)add_case(desk, {"load" + std::to_string(i), 8, i % 7}, drawn);
}

void fill(Desk& desk, const Load& load, json::object& told) {
  desk.tenant = test::add_tenant(*desk.database, desk.clock.now());
  for (const auto& [name, role] : std::initializer_list<std::pair<const char*, accounts::Role>>{
           {"anna", accounts::Role::analyst},
           {"ben", accounts::Role::analyst},
           {"berta", accounts::Role::analyst},
           {"sam", accounts::Role::senior},
           {"mara", accounts::Role::manager},
           {"adam", accounts::Role::admin},
           {"pia", accounts::Role::police}})
    (void)must(accounts::add_person(
        *desk.database,
        {desk.tenant, name, std::string("Person ") + name, role, std::string(kPassword)}, "system",
        desk.clock.now()));
  std::vector<Levels> drawn;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) drawn.push_back(previews_of(seed));
  if (load.cases > 0) return fill_load(desk, load, drawn);
  json::object cases;
  for (const auto& wanted : std::initializer_list<Wanted>{{"three-hundred", 300, 1},
                                                          {"thousand", 1000, 1},
                                                          {"stack", 8, 1, 5},
                                                          {"known", 4, 1, 0, true},
                                                          {"second", 2, 1},
                                                          {"consult", 2, 1},
                                                          {"keys", 12, 1},
                                                          {"cap", 6, 1}})
    cases[wanted.name] = add_case(desk, wanted, drawn).str();
  told["cases"] = std::move(cases);
}

}  // namespace

int main(int argc, char** argv) {
  std::string dir;
  int port = 0;
  Load load;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--dir") dir = argv[i + 1];
    if (std::string(argv[i]) == "--port") port = static_cast<int>(must(parse_integer(argv[i + 1])));
    if (std::string(argv[i]) == "--load")
      load.cases = static_cast<int>(must(parse_integer(argv[i + 1])));
    if (std::string(argv[i]) == "--people")
      load.people = static_cast<int>(must(parse_integer(argv[i + 1])));
  }
  if (dir.empty()) {
    std::fputs("Example: console_desk --dir /tmp/desk --port 9490\n", stderr);
    return 2;
  }
  std::filesystem::create_directories(dir);
  Desk desk;
  desk.dir = dir;
  must(desk.settings.set("hotline.dir", dir));
  must(desk.settings.set("assessment.second_opinion_categories", "A"));
  must(desk.settings.set("hotline.name", "Test hotline"));
  // An hour in two minutes: what a person may be shown in a day is not what is measured there.
  if (load.cases > 0) must(desk.settings.set("exposure.dose_max", "100000"));
  desk.database = must(db::Database::open("sqlite:" + dir + "/hotline.db", 8));
  (void)must(db::migrate(*desk.database, HOTLINE_SOURCE_DIR "/schema"));
  desk.evidence = must(evidence::Evidence::open(dir + "/evidence", dir + "/evidence.key"));
  desk.takedown = must(takedown::Takedown::open(desk.settings, HOTLINE_SOURCE_DIR "/policy", dir));
  json::object told;
  fill(desk, load, told);
  const web::StaffParts staff{*desk.database, desk.clock, desk.settings, desk.pages, desk.key};
  const web::ConsoleParts parts{staff,
                                *desk.evidence,
                                *desk.takedown,
                                desk.schemes,
                                assessment::desk_rules(desk.settings),
                                desk.laws,
                                desk.vocabulary,
                                HOTLINE_SOURCE_DIR "/web/console"};
  http::Router router;
  web::console_routes(router, parts);
  statistics::Reader figures;
  web::add_dashboard_routes(router, staff, figures);
  web::add_gate_routes(router, staff, *desk.takedown);
  web::add_notice_routes(router, staff, *desk.takedown);
  http::ServerOptions options;
  options.port = port;
  options.handler_threads = 8;
  options.common_headers = web::staff_headers();
  const auto server = must(http::Server::start(options, std::move(router)));
  told["port"] = server->port();
  std::printf("%s\n", json::serialize(told).c_str());
  std::fflush(stdout);
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.starts_with("advance "))
      desk.clock.advance(std::chrono::seconds(must(parse_integer(line.substr(8)))));
  }
  server->stop(std::chrono::seconds(2));
  return 0;
}
