#include "range/rdap_server.h"

#include "base/json.h"

namespace hotline::range {
namespace {

http::Response rdap(const json::object& answer, int status = 200) {
  http::Response response;
  response.status = status;
  response.header("Content-Type", "application/rdap+json");
  response.body = json::serialize(answer);
  return response;
}

http::Response nobody() {
  return rdap({{"rdapConformance", json::array{"rdap_level_0"}},
               {"errorCode", 404},
               {"title", "Not found"},
               {"description", json::array{"Nobody holds this in the range."}}},
              404);
}

/// jCard (RFC 7095) of an organisation with one mailbox.
json::array card(const std::string& kind, const std::string& name, const std::string& mailbox) {
  json::array lines = {json::array{"version", json::object{}, "text", "4.0"},
                       json::array{"fn", json::object{}, "text", name},
                       json::array{"kind", json::object{}, "text", kind}};
  if (!mailbox.empty()) lines.push_back(json::array{"email", json::object{}, "text", mailbox});
  return json::array{"vcard", std::move(lines)};
}

json::object abuse_entity(const Network& network) {
  return {{"objectClassName", "entity"},
          {"handle", network.handle + "-ABUSE"},
          {"roles", json::array{"abuse"}},
          {"vcardArray", card("group", network.name + " abuse desk", network.abuse)}};
}

json::object network_answer(const Network& network, bool v6, const std::string& base) {
  const auto span = span_of(v6 ? network.cidr6 : network.cidr);
  json::object holder = {{"objectClassName", "entity"},
                         {"handle", network.handle + "-ORG"},
                         {"roles", json::array{"registrant"}},
                         {"vcardArray", card("org", network.name, "")},
                         {"entities", json::array{abuse_entity(network)}}};
  json::object answer = {{"rdapConformance", json::array{"rdap_level_0"}},
                         {"objectClassName", "ip network"},
                         {"handle", network.handle},
                         {"name", network.name},
                         {"type", "ASSIGNED PA"},
                         {"country", network.country},
                         {"ipVersion", v6 ? "v6" : "v4"},
                         {"startAddress", span.first},
                         {"endAddress", span.last},
                         {"status", json::array{"active"}},
                         {"entities", json::array{holder}}};
  if (network.parent.empty()) return answer;
  answer["parentHandle"] = network.parent;
  answer["links"] = json::array{json::object{{"rel", "up"},
                                             {"href", base + "/network/" + network.parent},
                                             {"type", "application/rdap+json"}}};
  return answer;
}

json::object system_answer(const Network& network) {
  return {{"rdapConformance", json::array{"rdap_level_0"}},
          {"objectClassName", "autnum"},
          {"handle", "AS" + std::to_string(network.asn)},
          {"name", network.name},
          {"country", network.country},
          {"entities", json::array{abuse_entity(network)}}};
}

json::object domain_answer(const Site& site) {
  const json::object abuse = {
      {"objectClassName", "entity"},
      {"roles", json::array{"abuse"}},
      {"vcardArray", card("group", "Abuse desk", "abuse@range-names.example")}};
  const json::object registrar = {{"objectClassName", "entity"},
                                  {"handle", "RANGE-NAMES"},
                                  {"roles", json::array{"registrar"}},
                                  {"vcardArray", card("org", "Range Names Ltd.", "")},
                                  {"entities", json::array{abuse}}};
  return {{"rdapConformance", json::array{"rdap_level_0"}},
          {"objectClassName", "domain"},
          {"ldhName", site.name},
          {"status", json::array{"active"}},
          {"events", json::array{json::object{{"eventAction", "registration"},
                                              {"eventDate", "2029-01-01T00:00:00Z"}}}},
          {"nameservers", json::array{json::object{{"ldhName", "ns.registry.example"}}}},
          {"entities", json::array{registrar}}};
}

}  // namespace

http::Router registry(const World& world) {
  const auto base = "http://" + world.registry;
  const auto tell = [base](const Network* network, bool v6) {
    return network && network->rdap ? rdap(network_answer(*network, v6, base)) : nobody();
  };
  http::Router router;
  router.on("GET", "/ip/{address}", [&world, tell](const http::Request& request) {
    const auto& address = request.path_values.at("address");
    return tell(world.holder(address), address.find(':') != std::string::npos);
  });
  router.on("GET", "/ip/{address}/{length}", [&world, tell](const http::Request& request) {
    const auto& address = request.path_values.at("address");
    return tell(world.holder(address + "/" + request.path_values.at("length")),
                address.find(':') != std::string::npos);
  });
  router.on("GET", "/network/{handle}", [&world, tell](const http::Request& request) {
    return tell(world.network(request.path_values.at("handle")), false);
  });
  router.on("GET", "/autnum/{number}", [&world](const http::Request& request) {
    for (const auto& network : world.networks)
      if (network.rdap && std::to_string(network.asn) == request.path_values.at("number"))
        return rdap(system_answer(network));
    return nobody();
  });
  // Names of hosts whose network is not in RDAP are in WHOIS only too.
  router.on("GET", "/domain/{name}", [&world](const http::Request& request) {
    const auto* site = world.site(request.path_values.at("name"));
    const auto* network = site != nullptr ? world.network(site->network) : nullptr;
    return network != nullptr && network->rdap ? rdap(domain_answer(*site)) : nobody();
  });
  router.on("GET", "/entity/{handle}", [&world](const http::Request& request) {
    for (const auto& network : world.networks)
      if (network.handle + "-ABUSE" == request.path_values.at("handle"))
        return rdap(abuse_entity(network));
    return nobody();
  });
  return router;
}

}  // namespace hotline::range
