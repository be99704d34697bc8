#include "range/servers.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/text.h"
#include "range/behaviours.h"
#include "range/files.h"

namespace hotline::range {
namespace {

constexpr std::string_view kNginxHead = R"(daemon off;
worker_processes 1;
user root root;
pid {0}/run/nginx.pid;
error_log {0}/logs/nginx.log warn;
events {{ worker_connections 512; }}
http {{
  access_log {0}/logs/access.log;
  client_body_temp_path {0}/run/nginx-body;
  proxy_temp_path {0}/run/nginx-proxy;
  fastcgi_temp_path {0}/run/nginx-fastcgi;
  uwsgi_temp_path {0}/run/nginx-uwsgi;
  scgi_temp_path {0}/run/nginx-scgi;
  server_tokens off;
  default_type text/html;
  types {{ text/html html; image/jpeg jpg; image/png png; image/webp webp; }}
)";

std::string listen_lines(const Site& site, const std::string& address) {
  auto lines = fmt::format("    listen {}:80;\n", address);
  if (site.tls) lines += fmt::format("    listen {}:443 ssl;\n", address);
  if (!site.address6.empty() && address == site.address)
    lines += fmt::format("    listen [{}]:80;\n", site.address6);
  return lines;
}

/// The pages of a site, as they lie in the folder that `link` points to.
std::string page_server(const Site& site, const std::string& address, const std::string& link,
                        const std::string& dir) {
  auto text = "  server {\n" + listen_lines(site, address);
  text += fmt::format("    server_name {};\n    root {};\n", site.name, link);
  if (site.tls)
    text += fmt::format(
        "    ssl_certificate {0}/tls/{1}.pem;\n    ssl_certificate_key "
        "{0}/tls/{1}.key;\n",
        dir, site.name);
  if (site.bytes_a_second > 0) {
    text += fmt::format("    limit_rate {};\n", site.bytes_a_second);
    text += fmt::format("    location = /endless {{ root {}/run; limit_rate 100; }}\n", dir);
  }
  if (!site.referrer.empty()) {
    text += fmt::format(
        "    location = {} {{\n      if ($http_referer ~ \"^{}\") {{ rewrite ^ /members.html last; "
        "}}\n      try_files $uri.html =404;\n    }}\n",
        site.page, replace_all(site.referrer, ".", "\\."));
  }
  text += "    location / { try_files $uri $uri.html $uri/index.html =404; }\n  }\n";
  return text;
}

std::string edge_server(const Site& site) {
  return fmt::format(R"(  server {{
{0}    server_name {1};
    location / {{
      proxy_pass http://{2};
      proxy_set_header Host {1};
      add_header Via "1.1 {3}" always;
      add_header X-Cache "MISS" always;
      add_header X-Served-By "{3}" always;
    }}
  }}
)",
                     listen_lines(site, site.address), site.name, site.origin, site.alias);
}

/// Every domain that people of the range have a mailbox at.
std::set<std::string> mail_domains(const World& world) {
  std::set<std::string> domains = {"people.example", "bounce.example", "range-names.example"};
  for (const auto& one : world.networks) domains.insert(domain_of(one.abuse));
  return domains;
}

std::string zone_head(const std::string& zone, std::int64_t serial) {
  // Short-lived answers: a move by a change in the DNS is seen within seconds.
  return fmt::format(
      "$ORIGIN {0}\n$TTL 2\n@ SOA ns.registry.example. hostmaster.registry.example. {1} 3600 900 "
      "604800 2\n@ NS ns.registry.example.\n",
      zone, serial);
}

std::string site_records(const Site& site, const std::string& address) {
  auto text = fmt::format("{}. A {}\n", site.name, address);
  if (!site.address6.empty()) text += fmt::format("{}. AAAA {}\n", site.name, site.address6);
  text += fmt::format("{}. MX 10 mx.registry.example.\n", site.name);
  return text;
}

/// Zone name to zone file text.
std::map<std::string, std::string> zones(const World& world, std::int64_t serial,
                                         const AddressOf& address_of) {
  std::map<std::string, std::string> made;
  // The root answers for every name that nobody has: "no such name" is an answer, silence is not.
  made["."] = zone_head(".", serial);
  for (const auto& domain : mail_domains(world)) {
    made[domain] = zone_head(domain + ".", serial);
    made[domain] += "@ MX 10 mx.registry.example.\n";
  }
  made["registry.example"] += fmt::format("ns A {}\nmx A {}\nrdap A {}\n", world.name_server,
                                          world.mail_server, world.registry);
  for (const auto& site : world.sites) {
    if (!site.alias.empty()) {
      // A zone's own name cannot be an alias, so this one stands in the zone above.
      made["."] += fmt::format("{}. CNAME {}.\n", site.name, site.alias);
      const auto above = site.alias.substr(site.alias.find('.') + 1);
      made[above] += fmt::format("{}. A {}\n", site.alias, address_of(site));
      continue;
    }
    made[site.name] = zone_head(site.name + ".", serial) + site_records(site, address_of(site));
    made[site.name] += fmt::format("www CNAME {}.\n", site.name);
  }
  for (const auto& habit : host_habits()) {
    const auto host = habit.name + ".example";
    made[host] = zone_head(host + ".", serial) + fmt::format("@ A {}\n", world.habits);
  }
  return made;
}

}  // namespace

std::string nginx_config(const World& world, const std::string& dir) {
  auto text = fmt::format(kNginxHead, dir);
  for (const auto& site : world.sites) {
    if (!site.listens) continue;
    const auto link = dir + "/web/" + site.name;
    if (!site.origin.empty()) text += edge_server(site);
    text += page_server(site, site.origin.empty() ? site.address : site.origin, link, dir);
    if (!site.moved_address.empty())
      text += page_server(site, site.moved_address, link + "@moved", dir);
  }
  return text + "}\n";
}

std::string knot_config(const World& world, const std::string& dir) {
  auto text = fmt::format(R"(server:
    rundir: "{0}/run"
    listen: [ {1}@53, {2}@53 ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "knot.sock"
log:
  - target: "{0}/logs/knot.log"
    any: info
database:
    storage: "{0}/run/knot"
template:
  - id: default
    storage: "{0}/zones"
    file: "%s.zone"
    journal-content: none
zone:
)",
                          dir, world.name_server, world.second_name_server);
  for (const auto& [zone, _] : zones(world, 1, [](const Site& site) { return site.address; }))
    text +=
        fmt::format("  - domain: {}\n    file: \"{}.zone\"\n", zone, zone == "." ? "root" : zone);
  return text;
}

Done write_zones(const World& world, const std::string& dir, std::int64_t serial,
                 const AddressOf& address_of) {
  for (const auto& [zone, text] : zones(world, serial, address_of)) {
    const auto file = zone == "." ? std::string("root") : zone;
    TRY_DONE(write_file(dir + "/zones/" + file + ".zone", text));
  }
  return {};
}

json::array mmdb_networks(const World& world, bool second_maker) {
  json::array all;
  for (const auto& one : world.networks)
    for (const auto& cidr : {one.cidr, one.cidr6})
      all.push_back(json::object{
          {"network", cidr},
          {"country", second_maker && !one.geo_says.empty() ? one.geo_says : one.country},
          {"asn", one.asn},
          {"organisation", one.name}});
  return all;
}

json::object mail_config(const World& world, const std::string& dir) {
  return {{"address", world.mail_server},
          {"port", 25},
          {"name", "mx.registry.example"},
          {"folder", dir + "/mail"},
          {"refused_domains", json::array{"bounce.example"}}};
}

}  // namespace hotline::range
