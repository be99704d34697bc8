#include "range/whois_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "range/plain_server.h"

namespace hotline::range {
namespace {

std::string network_text(const World& world, const Network& network, bool v6) {
  std::string parent;
  for (const auto& above : world.networks)
    if (above.handle == network.parent)
      parent = fmt::format("parent:         {} ({})\n", above.name, above.handle);
  const auto span = span_of(v6 ? network.cidr6 : network.cidr);
  return fmt::format(
      "% Abuse contact for '{0} - {1}' is '{2}'\n\n{3}        {0} - {1}\nnetname:        "
      "{4}\norg-name:       {5}\ncountry:        {6}\n{7}source:         RANGE\n",
      span.first, span.last, network.abuse, v6 ? "inet6num:" : "inetnum: ", network.handle,
      network.name, network.country, parent);
}

}  // namespace

std::string whois_answer(const World& world, const std::string& question) {
  const std::string head = "% The registry of the range.\n";
  const std::string asked = lower_ascii(trim(question));
  if (const auto* network = world.holder(asked))
    return head + network_text(world, *network, asked.find(':') != std::string::npos);
  for (const auto& network : world.networks)
    if (asked == "as" + std::to_string(network.asn))
      return head + fmt::format("aut-num:        AS{}\nas-name:        {}\ncountry:        {}\n",
                                network.asn, network.name, network.country);
  for (const auto& site : world.sites)
    if (asked == site.name)
      return head + fmt::format(
                        "Domain Name: {}\nRegistrar: Range Names Ltd.\nRegistrar Abuse Contact "
                        "Email: abuse@range-names.example\nCreation Date: 2029-01-01\nName Server: "
                        "ns.registry.example\n",
                        site.name);
  return head + "%ERROR:101: no entries found\n";
}

void serve_whois(const World& world, const std::string& address) {
  const int listener = listen_on(address, 43);
  if (listener < 0) _exit(1);
  serve_for_ever(listener, [&](int connection) {
    auto question = read_until(connection, "\n");
    send_whole(connection, whois_answer(world, question));
  });
  _exit(1);
}

}  // namespace hotline::range
