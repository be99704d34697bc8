#include "range/commands.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "range/content.h"
#include "range/director.h"
#include "range/files.h"
#include "range/habit_server.h"
#include "range/internet.h"
#include "range/letter.h"
#include "range/origin_desk.h"
#include "range/pictures.h"
#include "range/routes.h"
#include "range/servers.h"

namespace hotline::range {
namespace {

int trouble(const Error& error) {
  fmt::print(stderr, "hotline-range: {}\n", error.sentence);
  return error.kind == ErrorKind::invalid ? 2 : 1;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

Done write_configuration(const World& world, const std::string& dir) {
  for (const auto* folder : {"/run/knot", "/logs", "/orders", "/mail", "/zones"})
    TRY_DONE(make_folder(dir + folder));
  TRY_DONE(write_file(dir + "/run/nginx.conf", nginx_config(world, dir)));
  TRY_DONE(write_file(dir + "/run/knot.conf", knot_config(world, dir)));
  TRY_DONE(write_file(dir + "/run/mail.json", json::serialize(mail_config(world, dir))));
  TRY_DONE(write_file(dir + "/run/networks.json", json::serialize(mmdb_networks(world))));
  TRY_DONE(write_file(dir + "/run/networks2.json", json::serialize(mmdb_networks(world, true))));
  TRY_DONE(write_file(dir + "/rib.mrt", mrt_dump(world)));
  // A sparse gigabyte that is sent a hundred bytes a second: it never ends in anybody's lifetime.
  const auto endless = dir + "/run/endless";
  if (!is_there(endless)) TRY_DONE(write_file(endless, ""));
  if (truncate(endless.c_str(), 1LL << 30) != 0)
    return fail(ErrorKind::unavailable, "Could not write " + endless + ".");
  return {};
}

Done write_geo_database(const std::string& dir) {
  TRY(script, shared_file("range/make_mmdb.pl"));
  // Two makers' files, which differ about one network, made side by side.
  const auto one = [&](const char* number) {
    return fmt::format(
        "/usr/bin/perl '{0}' '{1}/geo{2}.mmdb.next' <'{1}/run/networks{2}.json' && mv "
        "'{1}/geo{2}.mmdb.next' '{1}/geo{2}.mmdb'",
        script, dir, number);
  };
  const auto command = fmt::format("{{ {}; }} & {{ {}; }} && wait $!", one("2"), one(""));
  if (std::system(command.c_str()) != 0)
    return fail(ErrorKind::unavailable, "The MMDB could not be made (libmaxmind-db-writer-perl).");
  return {};
}

/// A certificate of its own for each site that speaks https; they are kept with the folder.
Done write_certificates(const World& world, const std::string& dir) {
  TRY_DONE(make_folder(dir + "/tls"));
  for (const auto& site : world.sites) {
    const auto base = dir + "/tls/" + site.name;
    if (!site.tls || is_there(base + ".pem")) continue;
    const auto command = fmt::format(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 "
        "-keyout '{0}.key' -out '{0}.pem' -subj '/O=Range Rack/CN={1}' -addext "
        "'subjectAltName=DNS:{1},DNS:sister.{1}' 2>'{2}/logs/tls.log'",
        base, site.name, dir);
    if (std::system(command.c_str()) != 0)
      return fail(ErrorKind::unavailable, "A certificate could not be made; see logs/tls.log.");
  }
  return {};
}

/// The folder belongs to one running range at a time. The descriptor stays open on purpose.
Done take_folder(const std::string& dir) {
  // Knot's control socket lies in there, and a socket's path has at most 107 characters.
  if (dir.size() > 80) return fail(ErrorKind::invalid, "Choose a folder with a shorter path.");
  for (const char letter : dir)
    if (letter == '\'' || letter == '"' || letter == '\\' || letter == '\n' || letter == ' ')
      return fail(ErrorKind::invalid, "Choose a folder without blanks and quotes in its path.");
  TRY_DONE(make_folder(dir));
  const int lock = open((dir + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::conflict, "Another range runs in this folder.");
  return {};
}

/// Waits up to 50 ms; true if a signal asks us to end.
bool asked_to_end(const sigset_t& wanted) {
  const timespec wait{0, 50'000'000};
  const int got = sigtimedwait(&wanted, nullptr, &wait);
  return got == SIGTERM || got == SIGINT;
}

Done play(const World& world, const UpOptions& options) {
  const auto& dir = options.dir;
  TRY_DONE(take_folder(dir));
  // What a killed range has left: its process numbers mean nothing in a new namespace.
  for (const auto* stale : {"/range.json", "/run/knot.pid", "/run/nginx.pid", "/run/knot.sock"})
    std::remove((dir + stale).c_str());
  TRY_DONE(write_configuration(world, dir));
  TRY_DONE(write_geo_database(dir));
  TRY_DONE(write_certificates(world, dir));
  TRY_DONE(write_content(world, dir));
  const SystemClock clock;
  const Internet* running = nullptr;
  Director director(world, dir, options.speed, [&] {
    if (running) running->reload_names();
  });
  TRY_DONE(director.set_up(clock.now()));
  TRY(internet, Internet::start(world, dir, options.speed));
  running = &internet;
  // Until here a signal simply ends this process, and the kernel all of the range with it.
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  TRY_DONE(write_file(dir + "/range.json", json::serialize(json::object{{"pid", internet.pid()}})));
  log::note("range_up", {{"sites", world.sites.size()}});
  if (options.ready_fd >= 0 && write(options.ready_fd, "ready\n", 6) != 6)
    return fail(ErrorKind::unavailable, "Nobody waits on the ready descriptor.");
  while (!asked_to_end(wanted)) {
    if (!internet.alive())
      return fail(ErrorKind::unavailable, "A server of the range has died; see logs/.");
    director.tick(clock.now());
  }
  std::remove((dir + "/range.json").c_str());
  return {};
}

}  // namespace

int up(const World& world, const UpOptions& options) {
  const auto done = play(world, options);
  return done ? 0 : trouble(done.error());
}

int print_settings(const World& world, const std::string& dir) {
  if (!is_there(dir + "/range.json"))
    return trouble({ErrorKind::unavailable, "No range runs in that folder."});
  print(fmt::format(R"(hotline.country={}
liveness.canaries={}
net.geo_database={}/geo.mmdb
net.geo_more={}/geo2.mmdb
net.rdap_bootstrap=http://{}
net.resolver={}
net.second_resolver={}
net.smtp_host={}
net.smtp_port=25
net.test_networks=192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32
net.whois_server={}
tracing.origin_doors=range-cdn=http://{}/origin#{}
)",
                    world.home_country, join(world.canaries, ","), dir, dir, world.registry,
                    world.name_server, world.second_name_server, world.mail_server, world.registry,
                    world.disclosure, base64(desk_keys().public_key)));
  return 0;
}

int print_sites(const World& world) {
  for (const auto& site : world.sites) {
    const auto* network = world.network(site.network);
    print(fmt::format("{}\n    {} ({}, {}) {}\n", site.report_address(), site.address,
                      network->name, network->country, site.shows));
  }
  print(fmt::format("\nHosts with habits (an hour of theirs takes {} seconds):\n",
                    kHabitHourSeconds));
  for (const auto& habit : host_habits()) print("  " + habit_address(habit) + "\n");
  return 0;
}

int print_mail(const std::string& dir, const std::string& mailbox) {
  for (const auto& domain : names_in(dir + "/mail"))
    for (const auto& local : names_in(dir + "/mail/" + domain)) {
      if (!mailbox.empty() && mailbox != local + "@" + domain) continue;
      for (const auto* box : {"/cur", "/new"}) {
        const auto folder = dir + "/mail/" + domain + "/" + local + box;
        for (const auto& file : names_in(folder)) {
          const auto bytes = read_file(folder + "/" + file);
          const auto letter =
              bytes ? read_letter(*bytes) : Result<Letter>(std::unexpected(bytes.error()));
          if (!letter) continue;
          print(fmt::format("{}@{}\t{}\t{}/{}\n", local, domain, letter->subject, folder, file));
        }
      }
    }
  return 0;
}

int print_picture(std::uint64_t seed, const std::string& form) {
  const auto file = make_file(seed, form);
  if (!file) return trouble(file.error());
  print(file->bytes);
  return 0;
}

int set_state(const World& world, const std::string& dir, const std::string& site,
              const std::string& state) {
  if (!world.site(site))
    return trouble({ErrorKind::invalid, "The range has no site " + site + "."});
  const auto wanted = parse_site_state(state);
  if (!wanted) return trouble(wanted.error());
  const auto done = order_state(dir, site, *wanted);
  return done ? 0 : trouble(done.error());
}

int run(const std::string& dir, const std::vector<std::string>& program) {
  const auto text = read_file(dir + "/range.json");
  const auto facts = text ? parse_json(*text) : Result<json::value>(std::unexpected(text.error()));
  const auto pid = facts ? integer_at(*facts, "pid") : std::nullopt;
  if (!pid) return trouble({ErrorKind::unavailable, "No range runs in that folder."});
  return trouble(run_inside(static_cast<pid_t>(*pid), program));
}

}  // namespace hotline::range
