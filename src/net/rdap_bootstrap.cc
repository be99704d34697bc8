#include "net/rdap_bootstrap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "net/http_get.h"
#include "net/rdap_answer.h"

namespace hotline::net {

namespace {

using namespace std::chrono_literals;

constexpr auto kReadAgain = 1h;
constexpr auto kTooOld = std::chrono::hours(24 * 30);
constexpr std::size_t kBytesMax = 4 << 20;
constexpr std::array<const char*, 4> kKinds = {"ipv4", "ipv6", "asn", "dns"};

Result<std::size_t> services_in(std::string_view text) {
  TRY(object, parse_json(text));
  const auto* services = member(object, "services");
  if (services == nullptr || !services->is_array() || services->get_array().empty())
    return fail(ErrorKind::invalid, "The RDAP bootstrap file has no services.");
  return services->get_array().size();
}

bool younger_than(const std::string& path, std::chrono::seconds age) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 &&
         std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(found.st_mtime) <
             age;
}

}  // namespace

Bootstrap::Bootstrap(BootstrapPlaces places) : places_(std::move(places)) {
  if (!places_.url.empty() && places_.url.back() != '/') places_.url += '/';
}

Result<std::string> Bootstrap::for_ip(const url::IpAddress& ip) {
  TRY(text, text_of(ip.v6 ? "ipv6" : "ipv4"));
  return bootstrap_server(text, ip);
}

Result<std::string> Bootstrap::for_name(std::string_view name) {
  TRY(text, text_of("dns"));
  return bootstrap_server_for_name(text, name);
}

Result<std::string> Bootstrap::for_system(std::int64_t number) {
  TRY(text, text_of("asn"));
  return bootstrap_server_for_system(text, number);
}

Result<std::string> Bootstrap::text_of(const std::string& kind) {
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[kind];
  const auto now = std::chrono::steady_clock::now();
  if (!kept.text.empty() && now - kept.read_at < kReadAgain) return kept.text;
  const std::string path = places_.folder + "/" + kind + ".json";
  if (!places_.folder.empty()) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (services_in(text.str())) kept = {text.str(), now};
    if (!kept.text.empty() && younger_than(path, kTooOld)) return kept.text;
  }
  if (auto fresh = fetch(kind)) {
    kept = {*std::move(fresh), now};
    // A folder that cannot be written costs a download, nothing more.
    if (!places_.folder.empty()) (void)keep(kind, kept.text);
  } else if (kept.text.empty()) {
    return std::unexpected(fresh.error());
  } else {
    kept.read_at = now;
  }
  return kept.text;
}

Result<std::string> Bootstrap::fetch(const std::string& kind) const {
  TRY(answer, http_get({.url = places_.url + kind + ".json",
                        .accept = "application/json",
                        .bytes_max = kBytesMax,
                        .guarded = true,
                        .test_networks = places_.test_networks}));
  if (answer.status != 200)
    return fail(ErrorKind::unavailable, "The IANA bootstrap file " + kind + ".json was not given.");
  if (!services_in(answer.body))
    return fail(ErrorKind::unavailable, "What came as " + kind + ".json is no bootstrap file.");
  return std::move(answer.body);
}

Done Bootstrap::keep(const std::string& kind, const std::string& text) const {
  const std::string path = places_.folder + "/" + kind + ".json", next = path + ".next";
  const auto bad = [&] {
    return fail(ErrorKind::unavailable, "The bootstrap file " + kind + ".json cannot be written.");
  };
  ::mkdir(places_.folder.c_str(), 0755);
  const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return bad();
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  if (!written || std::rename(next.c_str(), path.c_str()) != 0) return bad();
  return {};
}

Result<std::map<std::string, std::size_t>> Bootstrap::refresh() {
  std::map<std::string, std::size_t> counts;
  for (const std::string kind : kKinds) {
    TRY(text, fetch(kind));
    TRY(services, services_in(text));
    if (!places_.folder.empty()) TRY_DONE(keep(kind, text));
    counts[kind] = services;
    const std::lock_guard lock(mutex_);
    kept_[kind] = {std::move(text), std::chrono::steady_clock::now()};
  }
  return counts;
}

}  // namespace hotline::net
