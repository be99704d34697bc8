#include "net/egress.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "base/text.h"
#include "net/exits.h"

namespace hotline::net {

namespace {

constexpr std::size_t kHostsMax = 2000;
constexpr std::size_t kAddressesMax = 8;
constexpr const char* kPrivate = "blocked: private network";

Result<PortRange> parse_ports(std::string_view text) {
  const auto dash = text.find('-');
  TRY(first, parse_integer(trim(text.substr(0, dash))));
  TRY(last, dash == std::string_view::npos ? Result<std::int64_t>(first)
                                           : parse_integer(trim(text.substr(dash + 1))));
  if (first < 1 || last > 65535 || first > last)
    return fail(ErrorKind::invalid, "A port in net.ports is out of range.");
  return PortRange{static_cast<int>(first), static_cast<int>(last)};
}

// Names that mean something else at every place (RFC 6761, 6762, 8375, and what routers use): at
// the far end of an exit too they lead into somebody's own network.
bool is_local_name(std::string_view host) {
  constexpr std::array<std::string_view, 10> kLocal = {
      ".localhost", ".local", ".internal", ".home.arpa", ".lan",
      ".intranet",  ".corp",  ".home",     ".private",   ".localdomain"};
  return host.find('.') == std::string_view::npos ||
         std::any_of(kLocal.begin(), kLocal.end(),
                     [host](std::string_view end) { return host.ends_with(end); });
}

}  // namespace

Result<std::unique_ptr<Egress>> Egress::open(const Settings& settings,
                                             std::unique_ptr<Resolver> resolver, bool by_name) {
  std::unique_ptr<Egress> egress(new Egress);
  egress->by_name_ = by_name;
  egress->resolver_ = std::move(resolver);
  const auto networks = url::parse_networks(settings.list("net.test_networks"));
  if (!networks) return fail(ErrorKind::invalid, "A network in net.test_networks is not valid.");
  egress->test_networks_ = *networks;
  for (const auto& text : settings.list("net.ports")) {
    TRY(range, parse_ports(text));
    egress->ports_.push_back(range);
  }
  return egress;
}

bool Egress::port_allowed(int port) const {
  return std::any_of(ports_.begin(), ports_.end(), [port](const PortRange& range) {
    return port >= range.first && port <= range.last;
  });
}

bool Egress::may_connect(const url::IpAddress& ip, int port) const {
  return port_allowed(port) && url::may_reach(ip, test_networks_);
}

Route Egress::judge(std::vector<url::IpAddress> ips) const {
  for (const auto& ip : ips)
    if (!url::may_reach(ip, test_networks_)) return {FetchVerdict::refused, kPrivate, {}};
  std::sort(ips.begin(), ips.end(), [](const auto& a, const auto& b) { return a.v6 < b.v6; });
  if (ips.size() > kAddressesMax) ips.resize(kAddressesMax);
  return {FetchVerdict::answered, "", std::move(ips)};
}

Route Egress::resolve(const std::string& host) {
  Result<DnsAnswer> v6 = fail(ErrorKind::unavailable, "");
  std::thread other([&] { v6 = resolver_->look_up(host, "AAAA"); });
  const auto v4 = resolver_->look_up(host, "A");
  other.join();
  if (!v4 && !v6) return {FetchVerdict::no_answer, "the DNS gave no answer", {}};
  std::vector<url::IpAddress> ips;
  for (const Result<DnsAnswer>* answer : {&v4, &std::as_const(v6)}) {
    if (!*answer) continue;
    for (const auto& value : (*answer)->values) {
      const auto ip = url::parse_ip(value);
      if (!ip) return {FetchVerdict::refused, kPrivate, {}};
      ips.push_back(*ip);
    }
  }
  // One half failed and the other is empty: nobody knows whether the name has an address.
  if (ips.empty() && (!v4 || !v6)) return {FetchVerdict::no_answer, "the DNS gave no answer", {}};
  if (ips.empty()) return {FetchVerdict::no_name, "no address in the DNS", {}};
  return judge(std::move(ips));
}

Route Egress::route(const url::Url& url) {
  if (!port_allowed(url.port)) return {FetchVerdict::refused, "blocked: port", {}};
  if (const auto ip = url.ip()) return judge({*ip});
  if (by_name_) {
    if (is_local_name(url.host)) return {FetchVerdict::refused, kPrivate, {}};
    return {FetchVerdict::answered, "", {}, true};
  }
  if (is_onion(url.host))
    return {FetchVerdict::refused, "blocked: an onion service is reached through Tor only", {}};
  if (!resolver_) return {FetchVerdict::refused, "blocked: no names here", {}};
  Slot* slot = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& entry = hosts_[url.host];
    if (!entry) {
      if (hosts_.size() > kHostsMax) return {FetchVerdict::refused, "blocked: too many hosts", {}};
      entry = std::make_unique<Slot>();
    }
    slot = entry.get();
  }
  std::call_once(slot->once, [&] { slot->route = resolve(url.host); });
  return slot->route;
}

}  // namespace hotline::net
