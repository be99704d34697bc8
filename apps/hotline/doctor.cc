// `hotline doctor`: each check says what it found, why it matters and how to mend it.
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>

#include "accounts/people.h"
#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/json.h"
#include "base/text.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "net/geo.h"
#include "net/resolver.h"
#include "url/url.h"
#include "workflow/opened.h"

namespace hotline::cli {

namespace fs = std::filesystem;

namespace {

enum class Health : std::uint8_t { good, warning, broken };

struct Finding {
  Health health = Health::good;
  std::string what, why, mend;
};

struct Patient {
  Settings settings;
  const Installation* installation = nullptr;  ///< Null if it could not be opened.
  Error trouble{ErrorKind::unavailable, ""};   ///< Then this is why.
};

Finding good(std::string what) {
  return {Health::good, std::move(what), "", ""};
}

Finding check_database(const Patient& patient) {
  if (patient.installation) return good("The database opens and is of this version.");
  return {Health::broken, patient.trouble.sentence,
          "Without its database the hotline files nothing; the portal still takes reports.",
          "Start `hotline serve` once to make it, run `hotline migrate`, or set hotline.dir or "
          "database.url."};
}

Finding check_chain(const Patient& patient) {
  if (!patient.installation) return {Health::warning, "Not checked: no database.", "", ""};
  const auto verified = patient.installation->database->read(
      [](db::Transaction& tx) { return facts::FactStore(tx).verify(); });
  if (verified) return good(std::to_string(*verified) + " facts, the chain is whole.");
  return {
      Health::broken, verified.error().sentence,
      "Somebody or something has changed the record of what happened.",
      "Stop, keep a copy, compare with the last backup (`hotline audit verify` names the place)."};
}

Finding check_jobs(const Patient& patient) {
  if (!patient.installation) return {Health::warning, "Not checked: no database.", "", ""};
  const auto troubles = patient.installation->database->read(
      [](db::Transaction& tx) { return jobs::JobStore(tx).given_up(); });
  if (!troubles) return {Health::broken, troubles.error().sentence, "", ""};
  if (troubles->empty()) return good("No job has been given up.");
  return {Health::warning,
          std::to_string(troubles->size()) + " jobs were given up; the first: " +
              troubles->front().kind + ": " + troubles->front().sentence,
          "What a job does for a case is not done until somebody looks.",
          "Mend the cause; the job runs again when its case is touched."};
}

Finding check_queue(const Patient& patient) {
  if (!patient.installation) return {Health::warning, "Not checked: no database.", "", ""};
  const Instant late = SystemClock().now() - std::chrono::minutes(10);
  const auto waiting = patient.installation->database->read(
      [&](db::Transaction& tx) { return jobs::JobStore(tx).waiting(late); });
  if (!waiting) return {Health::broken, waiting.error().sentence, "", ""};
  if (*waiting == 0) return good("No job is more than ten minutes late.");
  return {Health::warning, std::to_string(*waiting) + " jobs are more than ten minutes late.",
          "Captures, notices and checks are delayed.",
          "See that hotline-worker runs; raise worker.threads."};
}

Finding check_drop(const Patient& patient) {
  const std::string folder = places(patient.settings).drop;
  std::error_code trouble;
  std::size_t waiting = 0, broken = 0;
  for (const auto& entry : fs::directory_iterator(folder, trouble))
    waiting += entry.is_regular_file();
  for (const auto& entry : fs::directory_iterator(folder + "/broken", trouble))
    broken += entry.is_regular_file();
  if (broken > 0)
    return {Health::warning,
            std::to_string(broken) + " submissions could not be read and were set aside.",
            "Somebody's report may be among them.",
            "Look into " + folder + "/broken; was keys/drop.key replaced?"};
  if (waiting > 100)
    return {Health::warning, std::to_string(waiting) + " reports wait in the drop.",
            "Reports are safe but nobody works on them.", "See that hotline-worker runs."};
  return good(std::to_string(waiting) + " reports wait in the drop.");
}

Finding check_disk(const Patient& patient) {
  struct statvfs disk{};
  const std::string dir = patient.settings.text("hotline.dir");
  if (::statvfs(dir.c_str(), &disk) != 0)
    return {Health::broken, "The folder " + dir + " cannot be read.", "", "Set hotline.dir."};
  const auto free =
      static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  const std::string what = std::to_string(free / 1048576) + " MiB are free.";
  if (free < patient.settings.integer("portal.disk_reserve"))
    return {Health::broken, what, "The portal asks people to come back later.", "Make room now."};
  if (free < 5LL * 1073741824)
    return {Health::warning, what, "Below portal.disk_reserve the portal stops taking reports.",
            "Make room."};
  return good(what);
}

Finding check_keys(const Patient& patient) {
  struct stat mode{};
  const std::string folder = places(patient.settings).keys;
  if (::stat(folder.c_str(), &mode) != 0)
    return {Health::broken, "There is no folder of keys.", "Nothing can be sealed or opened.",
            "Start `hotline serve` once, or restore it."};
  if (mode.st_mode & 077)
    return {Health::broken, "The folder of keys can be read by others.",
            "Whoever reads it opens evidence and reports.", "chmod 700 " + folder};
  return good("The keys can be read by their owner only.");
}

Finding check_programs(const Patient&) {
  for (const char* name : {"hotline-portal", "hotline-console", "hotline-feeds", "hotline-worker",
                           "hotline-fetch", "hotline-media", "hotline-film"})
    if (::access((program_folder() + "/" + name).c_str(), X_OK) != 0)
      return {Health::broken, std::string("The program ") + name + " is missing.",
              "`hotline serve` cannot start it.", "Build or install again."};
  return good("All programs are there.");
}

Finding check_browser(const Patient& patient) {
  const std::string browser = patient.settings.text("capture.browser");
  if (browser.empty())
    return {Health::warning, "No browser is set.",
            "Pages are captured by plain HTTP, without screenshot.", "Set capture.browser."};
  if (::access(browser.c_str(), X_OK) == 0) return good("The browser for captures is there.");
  return {Health::warning, "The browser " + browser + " is not there.",
          "Pages are captured by plain HTTP, without screenshot.",
          "Install chromium, or set capture.browser."};
}

Finding check_resolver(const Patient& patient) {
  const auto resolver = net::open_resolver(patient.settings.text("net.resolver"));
  if (!resolver)
    return {Health::broken, resolver.error().sentence, "Nothing can be traced or captured.",
            "Set net.resolver."};
  const auto canaries = patient.settings.list("liveness.canaries");
  const auto canary = canaries.empty() ? Result<url::Url>(fail(ErrorKind::not_found, ""))
                                       : url::parse_reported(canaries.front());
  const auto answer = (*resolver)->look_up(canary ? canary->host : "iana.org", "A");
  if (answer) return good("The resolver answers.");
  return {Health::warning, "The resolver does not answer: " + answer.error().sentence,
          "Nothing can be traced or captured; nothing is called gone meanwhile.",
          "Set net.resolver, or mend the network."};
}

Finding check_geo(const Patient& patient) {
  const std::string file = patient.settings.text("net.geo_database");
  if (file.empty())
    return {Health::warning, "No geolocation file is set.",
            "One tracing method less; countries rest on the registries alone.",
            "Set net.geo_database to an MMDB file."};
  const auto geo = net::open_geo(file);
  return geo ? good("The geolocation file opens.")
             : Finding{Health::broken, geo.error().sentence, "One tracing method less.",
                       "Get the file again."};
}

Finding check_canaries(const Patient& patient) {
  if (!patient.settings.list("liveness.canaries").empty())
    return good("Canaries tell our own outage from a removal.");
  return {Health::warning, "No canaries are set.",
          "While our own network is down, nothing can be proved removed.",
          "Set liveness.canaries to some addresses that always answer."};
}

Finding check_console(const Patient& patient) {
  const std::string host = patient.settings.text("console.host");
  if (host == "0.0.0.0" || host == "::")
    return {Health::warning, "The console listens on every address.",
            "The public must never reach it.", "Set console.host to the staff network's address."};
  return good("The console listens on " + host + ".");
}

Finding check_second_factor(const Patient& patient) {
  if (!patient.installation) return {Health::warning, "Not checked: no database.", "", ""};
  const auto people = patient.installation->database->read(
      [&](db::Transaction& tx) { return accounts::people(tx, patient.installation->tenant); });
  if (!people) return {Health::broken, people.error().sentence, "", ""};
  int without = 0;
  for (const auto& person : *people) without += !person.disabled && !person.second_factor;
  if (without == 0) return good("Everybody has a second factor.");
  return {Health::warning, std::to_string(without) + " people sign in with a password only.",
          "A stolen password opens the console.", "`hotline user totp NAME` for each."};
}

struct Check {
  const char* name;
  Finding (*run)(const Patient&);
};
constexpr Check kChecks[] = {
    {"database", check_database}, {"chain", check_chain},
    {"jobs", check_jobs},         {"queue", check_queue},
    {"drop", check_drop},         {"disk", check_disk},
    {"keys", check_keys},         {"programs", check_programs},
    {"browser", check_browser},   {"resolver", check_resolver},
    {"geolocation", check_geo},   {"canaries", check_canaries},
    {"console", check_console},   {"second_factor", check_second_factor},
};

std::string_view name(Health health) {
  return health == Health::good ? "good" : health == Health::warning ? "warning" : "broken";
}

void print(const Check& check, const Finding& finding, bool as_json) {
  if (as_json) {
    std::printf("%s\n", json::serialize(json::object{{"check", check.name},
                                                     {"health", name(finding.health)},
                                                     {"what", finding.what},
                                                     {"why", finding.why},
                                                     {"mend", finding.mend}})
                            .c_str());
    return;
  }
  std::printf("%-8s %-13s %s\n", std::string(name(finding.health)).c_str(), check.name,
              finding.what.c_str());
  if (!finding.why.empty()) std::printf("%23s%s\n", "why: ", finding.why.c_str());
  if (!finding.mend.empty()) std::printf("%23s%s\n", "mend: ", finding.mend.c_str());
}

}  // namespace

int doctor(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "run"}, {"json", "list", "all"});
  if (!options) return refuse(options.error());
  if (options->has("list")) {
    for (const Check& check : kChecks) std::printf("%s\n", check.name);
    return kGood;
  }
  auto settings = settings_of(*options);
  if (!settings) return refuse(settings.error());
  // What the running programs were given, where nobody says otherwise.
  if (const std::string effective = places(*settings).run + "/effective.toml";
      !options->has("config") && fs::exists(effective))
    if (auto running = Settings::load(effective)) settings = std::move(running);
  const auto installation = open_installation(*settings);
  Patient patient{*settings, installation ? &*installation : nullptr,
                  installation ? Error{} : installation.error()};
  Health worst = Health::good;
  for (const Check& check : kChecks) {
    if (options->has("run") && options->get("run") != check.name) continue;
    const Finding finding = check.run(patient);
    worst = std::max(worst, finding.health);
    print(check, finding, options->has("json"));
  }
  return static_cast<int>(worst);
}

}  // namespace hotline::cli
