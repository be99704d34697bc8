#include "scenarios/story.h"

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "casework/casework_store.h"
#include "jobs/jobs.h"
#include "matching/hash_lines.h"
#include "support/test_database.h"
#include "url/url.h"

namespace hotline::scenarios {

namespace fs = std::filesystem;

namespace {

const char* const kSource = HOTLINE_SOURCE_DIR;
constexpr int kStepsMax = 200'000;

Error wrong(const std::string& sentence) {
  return {ErrorKind::invalid, sentence};
}

/// Words by blanks; "two words" in quotes are one.
Words words_of(std::string_view line) {
  Words words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      if (any) words.push_back(std::exchange(word, {}));
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

/// Statements of a line: ";" outside of quotes separates them, "#" ends it.
std::vector<std::string> statements_of(const std::string& line) {
  std::vector<std::string> statements(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '#' && (i == 0 || line[i - 1] == ' ')) break;
    if (!quoted && c == ';')
      statements.emplace_back();
    else
      statements.back() += c;
  }
  return statements;
}

/// The value of "name=value" among the words, or nothing.
std::string option(const Words& words, std::string_view name) {
  for (const std::string& word : words)
    if (word.starts_with(std::string(name) + "=")) return word.substr(name.size() + 1);
  return "";
}

}  // namespace

Story::Story(const std::string& path)
    : path_(path),
      folder_(fs::temp_directory_path() / ("hotline-story-" + hex(crypto::random_bytes(6)))),
      settings_(*Settings::defaults()) {
  fs::create_directories(folder_);
  // Whoever is written to is the story's business only where it says so.
  (void)settings_.set("takedown.list_contact_confirmed", "true");
}

Story::~Story() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::optional<std::string> Story::play() {
  std::ifstream in(path_);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    for (const std::string& statement : statements_of(line)) {
      const Words words = words_of(statement);
      if (words.empty()) continue;
      const Done done = say(words);
      if (!done) return "line " + std::to_string(number) + ": " + done.error().sentence;
    }
  }
  return std::nullopt;
}

Done Story::say(std::string_view line) {
  for (const std::string& statement : statements_of(std::string(line)))
    if (const Words words = words_of(statement); !words.empty()) TRY_DONE(say(words));
  return {};
}

Done Story::begin(Instant at) {
  clock_.set(at);
  steady_ = std::make_unique<SteadyClock>(
      "", SteadyClock::Sources{[this] { return clock_.now() + wall_off_; },
                               [this, at] { return clock_.now() - at; }, "one start"});
  TRY_DONE(settings_.set("hotline.dir", folder_.string()));
  TRY_DONE(settings_.set("liveness.canaries", "http://canary.example/"));
  world_.names["canary.example"] = {"203.0.113.250"};
  world_.pages["http://canary.example/"] = {};
  database_ = test::sqlite_database();
  const Places at_places = places(settings_);
  fs::create_directories(at_places.keys);
  TRY(evidence, evidence::Evidence::open(at_places.evidence, at_places.keys + "/evidence.key"));
  evidence_ = std::move(evidence);
  TRY(hints, tracing::CdnHints::load(std::string(kSource) + "/policy/cdn.json"));
  tracer_.emplace(resolver_, rdap_, &geo_, hints);
  matcher_ = std::make_unique<matching::Matcher>();
  clusters_ = std::make_unique<matching::Clustering>();
  TRY(keys, intake::drop_keys(at_places.keys));
  drop_keys_ = keys;
  TRY(reader, intake::DropReader::open(at_places.drop, keys));
  drop_reader_.emplace(std::move(reader));
  TRY(drop, intake::Drop::open(at_places.drop, keys.public_key, 0));
  drop_ = std::move(drop);
  TRY(vault, intake::Vault::open(at_places.keys));
  vault_.emplace(std::move(vault));
  TRY(texts, intake::MailTexts::load(std::string(kSource) + "/web/mails"));
  mail_texts_.emplace(std::move(texts));
  tenant_ = casework::TenantId::make(at);
  TRY_DONE(change([&](db::Transaction& tx) {
    return casework::CaseworkStore(tx).add_tenant(
        {tenant_, settings_.text("hotline.name"), settings_.text("hotline.country")});
  }));
  return start_worker();
}

Done Story::start_worker() {
  const std::string policy = std::string(kSource) + "/policy";
  TRY(takedown, takedown::Takedown::open(settings_, policy, places(settings_).keys));
  worker_.reset();
  parts_.reset();
  takedown_ = std::move(takedown);
  TRY(phrases, takedown::RemovalPhrases::load(policy + "/soft_gone.json"));
  monitor_.emplace(*database_, fetcher_, *takedown_, phrases, settings_);
  if (!settings_.text("liveness.second_program").empty())
    monitor_->look_also_from(&second_fetcher_);
  TRY(schemes, assessment::Schemes::open(policy + "/schemes", settings_.text("scheme.active")));
  schemes_.emplace(std::move(schemes));
  parts_.emplace(workflow::Parts{settings_, *steady_, *database_, *evidence_, fetcher_, lab_,
                                 mailer_, *matcher_, *tracer_, *takedown_, *monitor_, *schemes_,
                                 *drop_reader_, *vault_, *mail_texts_, tenant_, *clusters_, benign_,
                                 feed_});
  worker_.emplace(*parts_);
  return worker_->start();
}

Done Story::settle() {
  for (int i = 0; i < kStepsMax; ++i) {
    TRY(followed, worker_->follow_what_happened());
    TRY(ran, worker_->run_one_job());
    if (!followed && !ran) return {};
  }
  return std::unexpected(wrong("the hotline does not come to rest"));
}

Done Story::continue_worker() {
  stopped_ = false;
  return start_worker();
}

Done Story::wait(microseconds time) {
  const Instant until = clock_.now() + time;
  if (stopped_) {
    clock_.set(until);
    return {};
  }
  TRY_DONE(settle());
  for (int i = 0; i < kStepsMax; ++i) {
    TRY(due, read([](db::Transaction& tx) { return jobs::JobStore(tx).next_due(); }));
    if (!due || *due > until) {
      clock_.set(until);
      return settle();
    }
    clock_.set(std::max(*due, clock_.now()));
    TRY_DONE(settle());
  }
  return std::unexpected(wrong("too much happens in this time"));
}

Done Story::say(const Words& words) {
  const std::string& verb = words[0];
  if (verb == "setting" && words.size() == 3) {
    TRY_DONE(settings_.set(words[1], words[2]));
    return worker_ ? start_worker() : Done();
  }
  if (verb == "country" && words.size() == 2) return settings_.set("hotline.country", words[1]);
  if (verb == "at" && words.size() == 2) {
    TRY(at, parse_rfc3339(words[1]));
    return begin(at);
  }
  if (!worker_) return std::unexpected(wrong("a story begins with `at TIME`"));
  bool known = false;
  TRY_DONE(world_word(words, known));
  if (known) return {};
  if (verb == "report") return report(words);
  if (verb == "partner" && words.size() == 3) return partner_word(words);
  if (verb == "letter" && words.size() >= 4) return letter_word(words);
  if (verb == "lines") return lines_word(words);
  if (verb == "member") return member_word(words);
  if (verb == "assess") return assess(words);
  if (verb == "person") return person_word(words);
  if (verb == "known") return known_picture(words);
  if (verb == "release" || verb == "hold" || verb == "cancel" || verb == "answer" ||
      verb == "withdraw" || verb == "convert")
    return notice_word(words);
  if (verb == "agency" || verb == "authority" || verb == "revoke" || verb == "investigates")
    return agency_word(words);
  if (verb == "rung") return rung_word(words);
  if (verb == "returned" || verb == "writes") return comes_back(words);
  if (verb == "approve" && words.size() == 4 && words[2] == "by") {
    TRY(who, person(words[3]));
    TRY_DONE(change([&](db::Transaction& tx) {
      return takedown_->approve_contact(tx, tenant_, words[1], who.id.str(), "checked by telephone",
                                        clock_.now());
    }));
    return settle();
  }
  if (verb == "restart") return start_worker();
  if (verb == "wait" && words.size() == 2) {
    TRY(time, parse_duration(words[1]));
    return wait(time);
  }
  if (verb == "expect") return expect({words.begin() + 1, words.end()});
  return std::unexpected(wrong("nobody knows how to `" + verb + "`"));
}

Done Story::world_word(const Words& words, bool& known) {
  known = true;
  if (words[0] == "dns" && words.size() >= 3) {
    world_.names[words[1]].clear();
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i].starts_with("cname="))
        world_.aliases[words[1]] = words[i].substr(6);
      else if (words[i] == "none")
        return world_.names.erase(words[1]), Done();
      else
        world_.names[words[1]].push_back(words[i]);
    }
    return {};
  }
  if (words[0] == "network") return network_word(words);
  if (words[0] == "page") return page_word(words);
  if (words[0] == "we" || words[0] == "jail" || words[0] == "mail" || words[0] == "browser" ||
      words[0] == "second" || words[0] == "clock")
    return switch_word(words);
  if (words[0] == "host" && words.size() == 3) {
    static const std::map<std::string, PageState> kStates = {{"gone", PageState::gone},
                                                             {"soft_gone", PageState::soft_gone},
                                                             {"back", PageState::up},
                                                             {"up", PageState::up},
                                                             {"changed", PageState::changed},
                                                             {"silent", PageState::silent},
                                                             {"forbidden", PageState::forbidden}};
    const auto state = kStates.find(words[2]);
    const auto page = world_.pages.find(words[1]);
    if (state != kStates.end() && state->second == PageState::gone && page == world_.pages.end() &&
        world_.media_origins.erase(words[2 - 1]) > 0)
      return {};
    if (state == kStates.end() || page == world_.pages.end())
      return std::unexpected(wrong("no such page or state"));
    page->second.state = state->second;
    return {};
  }
  known = false;
  return {};
}

// network 192.0.2.0/24 NL abuse=abuse@isp.example [handle=NET-A] [parent=NET-UP]
Done Story::network_word(const Words& words) {
  if (words.size() < 3)
    return std::unexpected(wrong("network CIDR COUNTRY [abuse=…] [handle=…] [parent=…]"));
  Network network{words[1], words[2], option(words, "abuse"), option(words, "handle"),
                  option(words, "parent")};
  if (network.handle.empty()) network.handle = "NET-" + words[1];
  world_.networks.push_back(network);
  return {};
}

// page http://gallery.example/a pictures=sunset,hill [referrer=…] [marks=alpha[/favicon]] [cdn]
Done Story::page_word(const Words& words) {
  if (words.size() < 2)
    return std::unexpected(wrong("page ADDRESS [pictures=a,b] [referrer=…] [cdn]"));
  Page page;
  const std::string pictures = option(words, "pictures");
  for (const std::string_view picture : split(pictures, ','))
    if (!picture.empty()) page.pictures.emplace_back(picture);
  if (const auto count = parse_integer(option(words, "count")))
    for (std::int64_t i = 0; i < *count; ++i)
      page.pictures.push_back("picture " + std::to_string(i));
  page.referrer = option(words, "referrer");
  page.media_origin = option(words, "at");
  page.marks = option(words, "marks");
  page.via_cdn = words.back() == "cdn";
  if (!page.media_origin.empty()) world_.media_origins[page.media_origin] = page.pictures;
  world_.pages[words[1]] = page;
  return {};
}

Done Story::switch_word(const Words& words) {
  if (words[0] == "clock" && words.size() == 3 && words[1] == "jumps") {
    const bool back = words[2].front() == '-';
    TRY(by, parse_duration(std::string_view(words[2]).substr(1)));
    return wall_jumps(back ? -by : by), Done();
  }
  if (words[0] == "clock" && words.size() == 3 && words[1] == "is" && words[2] == "right")
    return wall_jumps(-wall_off_), Done();
  if (words[0] == "mail" && words.size() == 3 && words[1] == "refuses")
    return world_.refused_mailboxes.insert(words[2]), Done();
  if (words.size() != 3 || words[1] != "are" || (words[2] != "up" && words[2] != "down")) {
    if (words.size() != 3 || words[1] != "is")
      return std::unexpected(wrong("we are up|down, jail is up|down, mail is up|down"));
  }
  const bool is_down = words[2] == "down";
  (words[0] == "we"        ? world_.we_are_down
   : words[0] == "jail"    ? world_.jail_is_down
   : words[0] == "browser" ? world_.browser_is_down
   : words[0] == "second"  ? world_.second_is_down
                           : world_.mail_is_down) = is_down;
  return {};
}

// report r1 ADDRESS [email=…] [language=…] [access=…] [door=…]
Done Story::report(const Words& words) {
  if (words.size() < 3) return std::unexpected(wrong("report NAME ADDRESS"));
  const auto receipt = intake::Receipt::from_secret(crypto::random_bytes(15));
  intake::Submission submission;
  submission.addresses = {words[2]};
  if (const std::string language = option(words, "language"); !language.empty())
    submission.language = language;
  submission.access = option(words, "access");
  if (const std::string door = option(words, "door"); !door.empty()) submission.door = door;
  submission.email = Sensitive<std::string>(option(words, "email"));
  submission.parcel = receipt.parcel();
  submission.parcel_key = receipt.keys().public_key;
  submission.received_at = whole_hour(clock_.now());
  TRY_DONE(drop_->put(hex(crypto::random_bytes(16)), submission));
  reports_.insert_or_assign(words[1], TheReport{words[2], receipt});
  return settle();
}

Result<casework::Case> Story::case_of(const std::string& report_name) {
  const auto found = reports_.find(report_name);
  if (found == reports_.end()) return fail(ErrorKind::invalid, "nobody reported " + report_name);
  const auto canonical = url::canonical_from_report(found->second.address);
  return read([&](db::Transaction& tx) -> Result<casework::Case> {
    casework::CaseworkStore store(tx);
    TRY(cases, store.recent_cases(tenant_, 10'000));
    for (const auto& one : cases) {
      TRY(address, store.address(one.address));
      if (canonical ? address.canonical == *canonical : address.verbatim == found->second.address)
        return one;
    }
    return fail(ErrorKind::not_found, report_name + " is not filed");
  });
}

Done Story::person_word(const Words& words) {
  if (words.size() != 3) return std::unexpected(wrong("person NAME ROLE"));
  TRY(role, accounts::parse_role(words[2]));
  TRY(id,
      accounts::add_person(*database_, {tenant_, words[1], words[1], role, "a long password here"},
                           "system", clock_.now()));
  people_[words[1]] = id;
  return {};
}

Result<accounts::Person> Story::person(const std::string& name) {
  const auto found = people_.find(name);
  if (found == people_.end()) return fail(ErrorKind::invalid, "there is no person " + name);
  return read([&](db::Transaction& tx) { return accounts::person(tx, found->second); });
}

// assess r1 actionable A 7-10 girl by anna · assess r1 not_actionable|gone|unsure by anna ·
// assess r1 withdrawn by anna
Done Story::assess(const Words& words) {
  if (words.size() < 5 || words[words.size() - 2] != "by")
    return std::unexpected(wrong("assess REPORT VERDICT … by PERSON"));
  TRY(who, person(words.back()));
  TRY(casefile, case_of(words[1]));
  const assessment::DeskRules rules{settings_.list("assessment.second_opinion_categories")};
  TRY_DONE(change([&](db::Transaction& tx) -> Done {
    assessment::Desk desk(tx, *schemes_, rules, clock_.now());
    if (words[2] == "withdrawn") return desk.withdraw(who, casefile.id);
    TRY_DONE(desk.claim(who, casefile.id));
    assessment::Finish finish;
    if (words[2] == "actionable") {
      if (words.size() != 8)
        return std::unexpected(wrong("assess REPORT actionable CATEGORY AGE SEX by PERSON"));
      TRY(view, desk.view(who, casefile.id));
      for (const auto& item : view.items)
        if (item.part == assessment::Part::to_do)
          TRY_DONE(desk.decide(who, casefile.id, item.item, {words[3], words[4], words[5], {}}));
    } else if (words[2] != "known") {
      TRY(verdict, assessment::parse_verdict(words[2]));
      finish.said = verdict;
      // What the person had graded before is taken back first, key by key.
      for (;;) {
        TRY(view, desk.view(who, casefile.id));
        if (!view.can_undo) break;
        TRY_DONE(desk.undo(who, casefile.id, std::nullopt));
      }
    }
    TRY_DONE(desk.finish(who, casefile.id, finish));
    return {};
  }));
  return settle();
}

// known picture sunset A graders=2
Done Story::known_picture(const Words& words) {
  if (words.size() < 4) return std::unexpected(wrong("known picture NAME CATEGORY [graders=N]"));
  const int graders = static_cast<int>(parse_integer(option(words, "graders")).value_or(2));
  TRY_DONE(matching::import_hash_lines(*database_, tenant_, known_line(words[2], words[3], graders),
                                       "test list", clock_.now()));
  return {};
}

Result<std::vector<takedown::Notice>> Story::all_notices() {
  TRY(notices,
      read([&](db::Transaction& tx) { return takedown::NoticeStore(tx).recent(tenant_, 1000); }));
  std::sort(notices.begin(), notices.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return notices;
}

Result<takedown::Notice> Story::notice(const std::string& name) {
  TRY(notices, all_notices());
  const auto number = parse_integer(std::string_view(name).substr(1)).value_or(0);
  if (name.front() != 'n' || number < 1 || number > static_cast<std::int64_t>(notices.size()))
    return fail(ErrorKind::not_found,
                "there is no notice " + name + ", only " + std::to_string(notices.size()));
  return notices[static_cast<std::size_t>(number - 1)];
}

// release n1 by pia · hold n1 by pia · cancel n1 by anna · answer n1 removed ["words"]
Done Story::notice_word(const Words& words) {
  if (words.size() < 3) return std::unexpected(wrong(words[0] + " NOTICE …"));
  TRY(about, notice(words[1]));
  const Instant now = clock_.now();
  TRY_DONE(change([&](db::Transaction& tx) -> Done {
    if (words[0] == "answer") {
      TRY(answer, takedown::parse_answer(words[2]));
      TRY_DONE(takedown_->answered(tx, takedown_->answer_token(about.id), answer,
                                   words.size() > 3 ? words[3] : "", "", now));
      return {};
    }
    const auto found = people_.find(words.back());
    if (found == people_.end()) return std::unexpected(wrong("there is no person " + words.back()));
    const std::string actor = found->second.str(), reason = "as the story says";
    if (words[0] == "release") TRY_DONE(takedown_->release(tx, about.id, actor, reason, now));
    if (words[0] == "hold") TRY_DONE(takedown_->hold(tx, about.id, actor, reason, now));
    if (words[0] == "convert") TRY_DONE(takedown_->convert(tx, about.id, actor, reason, now));
    if (words[0] == "cancel") TRY_DONE(takedown_->cancel(tx, about.id, actor, reason, now));
    return {};
  }));
  return settle();
}

}  // namespace hotline::scenarios
