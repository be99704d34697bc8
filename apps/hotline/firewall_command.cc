// hotline firewall: the kernel's share of the fetch jail, printed for nft.
#include <cstdio>
#include <fstream>

#include "apps/hotline/commands.h"
#include "base/text.h"
#include "net/firewall.h"

namespace hotline::cli {

namespace {

// The machine's own resolvers, where net.resolver names none.
std::vector<std::string> machine_resolvers() {
  std::vector<std::string> servers;
  std::ifstream in("/etc/resolv.conf");
  for (std::string line; std::getline(in, line) && servers.size() < 8;)
    if (const auto text = trim(line); text.starts_with("nameserver "))
      servers.emplace_back(trim(text.substr(11)));
  return servers;
}

}  // namespace

int firewall(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "user"}, {});
  if (!options) return refuse(options.error());
  const auto settings = settings_of(*options);
  if (!settings) return refuse(settings.error());
  const auto rules = net::firewall_rules(
      *settings, {.user = options->get("user", "nobody"), .resolvers = machine_resolvers()});
  if (!rules) return refuse(rules.error());
  std::fputs(rules->c_str(), stdout);
  return kGood;
}

}  // namespace hotline::cli
