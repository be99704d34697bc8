#include "net/firewall.h"

#include <algorithm>

#include "base/text.h"
#include "net/exits.h"
#include "url/ip.h"

namespace hotline::net {

namespace {

std::string family(const url::IpAddress& ip) {
  return ip.v6 ? "ip6" : "ip";
}

Result<std::string> resolver_rules(const Settings& settings, const FirewallWish& wish) {
  std::vector<std::string> servers = wish.resolvers;
  if (const auto own = settings.text("net.resolver"); !own.empty()) servers = {own};
  std::string rules;
  for (const auto& server : servers) {
    const auto at = server.find('@');
    const auto ip = url::parse_ip(server.substr(0, at));
    if (!ip) return fail(ErrorKind::invalid, "The DNS server in net.resolver is not valid.");
    const auto port = at == std::string::npos ? "53" : server.substr(at + 1);
    TRY_DONE(parse_integer(port));
    rules += "    " + family(*ip) + " daddr " + ip->text() +
             " meta l4proto { tcp, udp } th dport " + port + " accept\n";
  }
  return rules;
}

Result<std::string> exit_rules(const Settings& settings) {
  TRY(exits, parse_exits(settings.list("net.exits")));
  std::string rules;
  for (const auto& exit : exits)
    if (exit.kind != ExitKind::direct)
      rules += "    " + family(exit.ip) + " daddr " + exit.ip.text() + " tcp dport " +
               std::to_string(exit.port) + " accept\n";
  return rules;
}

std::string join_networks(const std::vector<url::Network>& networks, bool v6) {
  std::vector<std::string> texts;
  for (const auto& network : networks)
    if (network.first.v6 == v6) texts.push_back(network.text());
  return join(texts, ", ");
}

}  // namespace

Result<std::string> firewall_rules(const Settings& settings, const FirewallWish& wish) {
  const bool plain = std::all_of(wish.user.begin(), wish.user.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (wish.user.empty() || !plain)
    return fail(ErrorKind::invalid, "The user of the firewall is no user name.");
  TRY(resolvers, resolver_rules(settings, wish));
  TRY(exits, exit_rules(settings));
  const auto tests = url::parse_networks(settings.list("net.test_networks"));
  if (!tests) return fail(ErrorKind::invalid, "A network in net.test_networks is not valid.");
  std::vector<std::string> ports;
  for (const auto& text : settings.list("net.ports")) {
    for (const auto end : split(text, '-')) TRY_DONE(parse_integer(trim(end)));
    ports.emplace_back(trim(text));
  }
  const auto web = "tcp dport { " + join(ports, ", ") + " }";
  std::string rules =
      "table inet hotline_fetch\ndelete table inet hotline_fetch\ntable inet hotline_fetch {\n"
      "  chain looks {\n" +
      resolvers + exits;
  for (const bool v6 : {false, true})
    if (const auto open = join_networks(*tests, v6); !open.empty())
      rules += std::string("    ") + (v6 ? "ip6" : "ip") + " daddr { " + open + " } " + web +
               " accept\n";
  const auto special = url::special_networks();
  for (const auto& inside : {"ip daddr { " + join_networks(special, false) + " }",
                             "ip6 daddr != " + std::string(url::kGlobalUnicast),
                             "ip6 daddr { " + join_networks(special, true) + " }"}) {
    // A reset ends the attempt at once; an ICMP error alone would leave it trying for seconds.
    rules += "    " + inside + " meta l4proto tcp counter reject with tcp reset\n";
    rules += "    " + inside + " counter reject\n";
  }
  rules += "    " + web + " accept\n    meta l4proto tcp counter reject with tcp reset\n";
  rules += "    counter reject\n  }\n";
  // Asked this way round: packets that belong to no process have no user, and are not ours.
  rules +=
      "  chain output {\n    type filter hook output priority 0; policy accept;\n"
      "    meta skuid \"" +
      wish.user + "\" jump looks\n  }\n}\n";
  return rules;
}

}  // namespace hotline::net
