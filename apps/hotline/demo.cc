// `hotline demo`: the whole hotline and the range, in a folder that is wiped at the end.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "accounts/members.h"
#include "accounts/people.h"
#include "apps/hotline/commands.h"
#include "apps/hotline/installation.h"
#include "base/text.h"
#include "matching/hash_lines.h"
#include "takedown/contact_store.h"
#include "takedown/pusher.h"
#include "tracing/routing_table.h"

namespace hotline::cli {

namespace fs = std::filesystem;

namespace {

struct Account {
  const char* name;
  const char* full_name;
  accounts::Role role;
};
constexpr Account kAccounts[] = {
    {"anna", "Anna Analyst", accounts::Role::analyst},
    {"ben", "Ben Analyst", accounts::Role::analyst},
    {"sam", "Sam Senior", accounts::Role::senior},
    {"mara", "Mara Manager", accounts::Role::manager},
    {"pia", "Pia Police", accounts::Role::police},
    {"adam", "Adam Admin", accounts::Role::admin},
};
constexpr const char* kPassword = "demo landscapes only";

// A day of a hotline in some minutes. What is not here keeps its default.
constexpr std::pair<const char*, const char*> kQuick[] = {
    {"hotline.name", "Demo Hotline"},
    {"portal.languages",
     "en,ar,bg,bn,cs,de,el,es,fa,fr,he,hi,hu,id,it,ja,kk,ko,ln,mn,ms,nl,pl,pt,ro,ru,sw,th,tr,uk,ur,"
     "vi,zh-Hans,zh-Hant"},
    // Machine-drafted texts: nobody but testers sees the demo.
    {"portal.unreviewed_languages", "true"},
    {"portal.contact_note", "Example Helpline, 555 0100, day and night"},
    {"hotline.mail_from", "notices@hotline.example"},
    {"takedown.undo_window", "15s"},
    {"takedown.deadline", "60s"},
    {"takedown.escalate_after", "60s"},
    {"takedown.need_time", "60s"},
    {"liveness.every", "10s"},
    {"liveness.first_every", "10s"},
    {"liveness.manual_every", "20s"},
    {"liveness.confirm_after", "3s"},
    {"liveness.after_removal", "30s,60s,2m,5m,10m"},
    {"capture.retry_after", "10s"},
    {"capture.deadline", "25s"},
};

/// What a command printed, or nothing if it failed.
std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), got);
  return ::pclose(pipe) == 0 ? text : std::string();
}

std::string quoted(const std::string& word) {
  return "'" + replace_all(word, "'", "'\\''") + "'";
}

/// "net.resolver=192.0.2.53" a line, as hotline-range prints it.
Done apply_lines(Settings& settings, const std::string& lines) {
  for (const std::string_view line : split(lines, '\n')) {
    const auto equals = line.find('=');
    if (equals == line.npos) continue;
    TRY_DONE(settings.set(trim(line.substr(0, equals)), trim(line.substr(equals + 1))));
  }
  return {};
}

Result<Settings> demo_settings(const Options& options, const std::string& dir) {
  TRY(settings, Settings::defaults());
  for (const auto& [key, value] : kQuick) TRY_DONE(settings.set(key, value));
  if (options.has("config")) {
    TRY(given, Settings::load(options.get("config")));
    settings = given;
  }
  TRY_DONE(settings.set("hotline.dir", dir));
  TRY(base, parse_integer(options.get("port-base", "8080")));
  TRY_DONE(settings.set("portal.port", std::to_string(base)));
  TRY_DONE(settings.set("console.port", std::to_string(base + 1)));
  TRY_DONE(settings.set("feeds.port", std::to_string(base + 2)));
  TRY_DONE(settings.set("portal.public_url", "http://127.0.0.1:" + std::to_string(base)));
  TRY_DONE(settings.set("feeds.public_url", "http://127.0.0.1:" + std::to_string(base + 2)));
  for (const std::string& change : options.all("set")) {
    const auto equals = change.find('=');
    if (equals == change.npos) return fail(ErrorKind::invalid, "--set wants KEY=VALUE.");
    TRY_DONE(settings.set(change.substr(0, equals), change.substr(equals + 1)));
  }
  return settings;
}

/// Waits until the range prints its settings: its servers are up then.
Result<std::string> wait_for_range(const std::string& range, const std::string& folder) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < until && !Supervisor::asked_to_stop()) {
    const std::string lines =
        output_of(quoted(range) + " env --dir " + quoted(folder) + " 2>/dev/null");
    if (!lines.empty()) return lines;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return fail(
      ErrorKind::unavailable,
      "The range did not start; see its log, and docs/operations/range.md for what it needs.");
}

Done add_people(const Installation& installation, Instant now) {
  for (const Account& account : kAccounts) {
    const auto added = accounts::add_person(
        *installation.database,
        {installation.tenant, account.name, account.full_name, account.role, kPassword}, "system",
        now);
    if (!added && added.error().kind != ErrorKind::conflict) return std::unexpected(added.error());
  }
  return {};
}

Result<std::string> add_demo_member(const Installation& installation, Instant now) {
  return installation.database->transact([&](db::Transaction& tx) -> Result<std::string> {
    TRY(all, accounts::members(tx, installation.tenant));
    accounts::MemberId id;
    if (all.empty()) {
      TRY(added,
          accounts::add_member(tx, installation.tenant, "Example Net", "isp", "system", now));
      id = added;
    } else {
      id = all.front().id;
    }
    return accounts::add_key(tx, id, "demo", "system", now);
  });
}

/// The range's hosts are known to the demo: somebody has confirmed their mailboxes.
Done confirm_contacts(const Installation& installation, const std::string& lines, Instant now) {
  return installation.database->transact([&](db::Transaction& tx) -> Done {
    takedown::ContactStore contacts(tx);
    for (const std::string_view line : split(lines, '\n')) {
      if (trim(line).empty()) continue;
      TRY(contact, contacts.meet(installation.tenant, trim(line), "person", now));
      if (contact.approved) continue;
      TRY_DONE(contacts.approve(installation.tenant, contact.email, "system"));
      TRY_DONE(contacts.add_event(installation.tenant, contact.email,
                                  {"system", "approved", "a host of the range", now}));
    }
    return {};
  });
}

void print_welcome(const Settings& settings, const std::string& key, const std::string& sites) {
  std::printf(
      "\n  DEMO: neutral generated pictures, reserved names, nothing leaves this machine.\n\n");
  std::printf("  public portal   http://127.0.0.1:%s/\n", settings.raw("portal.port").c_str());
  std::printf("  staff console   http://127.0.0.1:%s/\n", settings.raw("console.port").c_str());
  std::printf("  member feeds    http://127.0.0.1:%s/api/v1/lists\n\n",
              settings.raw("feeds.port").c_str());
  std::printf("  accounts (password: %s)\n", kPassword);
  for (const Account& account : kAccounts)
    std::printf("    %-6s %s\n", account.name, std::string(accounts::name(account.role)).c_str());
  std::printf("\n  member API key  %s\n", key.c_str());
  std::printf("    curl -H 'Authorization: Bearer %s' http://127.0.0.1:%s/api/v1/lists/urls\n",
              key.c_str(), settings.raw("feeds.port").c_str());
  std::printf("\n  addresses to report:\n%s\n  Ctrl-C stops and wipes everything.\n\n",
              sites.c_str());
  std::fflush(stdout);
}

/// One host of the range runs a receiver: its settings, and its place in our registry. The worker
/// and it live in the range; nobody else can reach it.
Result<Supervised> demo_receiver(const Installation& installation, const std::string& range_dir,
                                 const std::string& logs) {
  constexpr const char* kHost = "prompt.example";
  constexpr const char* kMailbox = "abuse@swift-rack.example";
  constexpr const char* kAddress = "http://127.0.0.1:8460";
  const Settings& settings = installation.settings;
  TRY(pusher, takedown::Pusher::open(settings, places(settings).keys));
  const std::string state = range_dir + "/receiver", config = range_dir + "/receiver.toml";
  std::ofstream(config) << "name = \"Swift Rack\"\nstate = \"" << state
                        << "\"\nrescan_seconds = 5\n"
                        << "[[site]]\nhosts = [\"" << kHost << "\"]\nroot = \"" << range_dir
                        << "/web/" << kHost << "\"\n[[trust]]\nname = \"Demo Hotline\"\nkey = \""
                        << base64(pusher->public_key()) << "\"\n";
  const std::string program = program_folder() + "/hotline-receiver";
  const std::string printed = output_of(quoted(program) + " --config " + quoted(config) + " --key");
  TRY(key, unbase64(trim(printed)));
  const Instant now = SystemClock().now();
  TRY_DONE(installation.database->transact([&](db::Transaction& tx) {
    return takedown::ReceiverStore(tx).put(
        {installation.tenant, kMailbox, kAddress, key, "system", now});
  }));
  return Supervised{"hotline-receiver",
                    {program_folder() + "/hotline-range", "run", "--dir", range_dir, "--", program,
                     "--config", config},
                    logs + "/hotline-receiver.log"};
}

/// The folder of this demo; removed with all it holds unless the caller named it.
struct DemoFolder {
  std::string path;
  bool wipe = false;
  ~DemoFolder() {
    std::error_code ignored;
    if (wipe) fs::remove_all(path, ignored);
  }
};

Result<std::string> make_folder(const Options& options) {
  if (options.has("dir")) {
    const std::string path = fs::absolute(options.get("dir")).lexically_normal().string();
    std::error_code trouble;
    fs::create_directories(path, trouble);
    if (trouble) return fail(ErrorKind::unavailable, "The folder of the demo cannot be made.");
    return path;
  }
  std::string pattern = (fs::temp_directory_path() / "hotline-demo-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    return fail(ErrorKind::unavailable, "No temporary folder can be made.");
  return pattern;
}

Done run_demo(const Options& options, const std::string& dir) {
  const std::string range = program_folder() + "/hotline-range", range_dir = dir + "/range",
                    logs = dir + "/log";
  std::error_code ignored;
  fs::create_directories(logs, ignored);
  fs::create_directories(range_dir, ignored);
  TRY(settings, demo_settings(options, dir));
  Supervisor supervisor;
  std::fprintf(stderr, "Starting the range: web hosts, name server, registry, mail …\n");
  TRY_DONE(
      supervisor.start({"hotline-range",
                        {range, "up", "--dir", range_dir, "--speed", options.get("speed", "1")},
                        logs + "/hotline-range.log"}));
  TRY(lines, wait_for_range(range, range_dir));
  TRY_DONE(apply_lines(settings, lines));
  TRY(installation, make_ready(settings));
  const Instant now = SystemClock().now();
  TRY_DONE(publish_demo_portals(installation));
  TRY_DONE(tracing::import_routes(range_dir + "/rib.mrt", dir + "/routing.table", now,
                                  [](auto, auto) {}));
  TRY_DONE(add_people(installation, now));
  TRY(key, add_demo_member(installation, now));
  const std::string known = output_of(quoted(range) + " known --dir " + quoted(range_dir));
  TRY_DONE(matching::import_hash_lines(*installation.database, installation.tenant, known,
                                       "demo list", now));
  const std::string contacts = output_of(quoted(range) + " contacts");
  TRY_DONE(confirm_contacts(installation, contacts, now));
  for (const Supervised& program :
       programs_of(installation, {range, "run", "--dir", range_dir, "--"}, logs))
    TRY_DONE(supervisor.start(program));
  TRY(receiver, demo_receiver(installation, range_dir, logs));
  TRY_DONE(supervisor.start(receiver));
  print_welcome(settings, key, output_of(quoted(range) + " list"));
  supervisor.run();
  return {};
}

}  // namespace

int demo(const Arguments& arguments) {
  const auto options =
      Options::read(arguments, {"config", "dir", "port-base", "speed", "set"}, {"keep"});
  if (!options) return refuse(options.error());
  auto made = make_folder(*options);
  if (!made) return refuse(made.error());
  const DemoFolder folder{*made, !options->has("dir") && !options->has("keep")};
  const Done done = run_demo(*options, folder.path);
  if (!done) return refuse(done.error());
  return kGood;
}

}  // namespace hotline::cli
