#include "tracing/tracing.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/json.h"
#include "base/text.h"
#include "url/url.h"

namespace hotline::tracing {

namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;
// A name with more addresses than this is a large network; the rest says nothing new.
constexpr std::size_t kIpsMax = 8;
constexpr int kLabelsUpMax = 5;
// The job that traces has a lease of two minutes.
constexpr std::chrono::seconds kTraceTime{60};

// Country domains that are sold as words: they say nothing about where a host is.
constexpr std::array<std::string_view, 20> kSoldAsWords = {"ac", "ai", "bz", "cc", "co", "fm", "gg",
                                                           "im", "io", "la", "ly", "me", "nu", "sh",
                                                           "st", "to", "tv", "vc", "ws", "su"};

bool is_ipv4(const std::string& text) {
  in_addr four{};
  return inet_pton(AF_INET, text.c_str(), &four) == 1;
}

bool is_ipv6(const std::string& text) {
  in6_addr six{};
  return inet_pton(AF_INET6, text.c_str(), &six) == 1;
}

std::string country_of_domain(std::string_view host) {
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos) return "";
  const std::string end = lower_ascii(host.substr(dot + 1));
  if (end.size() != 2 || end.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
    return "";
  if (std::find(kSoldAsWords.begin(), kSoldAsWords.end(), end) != kSoldAsWords.end()) return "";
  if (end == "uk") return "GB";
  if (end == "eu") return "";
  std::string country = end;
  for (char& letter : country) letter = static_cast<char>(letter - 'a' + 'A');
  return country;
}

std::string as_text(const net::DnsAnswer& answer) {
  json::array values;
  for (const auto& value : answer.values) values.emplace_back(value);
  return json::serialize(json::object{{"exists", answer.exists},
                                      {"canonical_name", answer.canonical_name},
                                      {"values", std::move(values)}});
}

void keep_sorted(std::vector<std::string>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::string strict_or_empty(const std::string& email) {
  if (email.empty()) return "";
  return net::strict_email(email).value_or("");
}

/// MX answers may carry their preference in front of the name.
std::string name_only(const std::string& value) {
  const auto blank = value.rfind(' ');
  return blank == std::string::npos ? value : value.substr(blank + 1);
}

}  // namespace

/// One trace while it runs.
struct Tracer::Work {
  std::string host;
  std::string zone;  ///< Where NS and MX were found.
  std::vector<std::string> v4, v6;
  std::vector<CountryVote> votes;
  HostingTrace trace;
  Instant now{};
  std::chrono::steady_clock::time_point end = std::chrono::steady_clock::now() + kTraceTime;

  void keep(std::string_view method, std::string_view question, std::string_view answer,
            std::string_view source) {
    trace.answers.push_back({std::string(method), std::string(question),
                             clip_utf8(clean_utf8(answer), kAnswerBytesMax), std::string(source),
                             now});
  }
  void vote(std::string_view method, const std::string& country, const std::string& source = "") {
    if (!country.empty()) votes.push_back({std::string(method), country, source});
  }
  void differ(std::string sentence) { trace.differences.push_back(std::move(sentence)); }
  /// What makes the picture fuller waits behind what a notice needs, and gives way when registries
  /// are slow: the job has a lease.
  [[nodiscard]] bool has_time() const { return std::chrono::steady_clock::now() < end; }
  /// Asks and keeps the answer, also a failure.
  Result<net::DnsAnswer> ask(net::Resolver& resolver, std::string_view name, std::string_view type,
                             std::string_view source = "resolver") {
    auto answer = resolver.look_up(name, type);
    const std::string method = "dns_" + lower_ascii(type);
    keep(method, name, answer ? as_text(*answer) : "no answer: " + answer.error().sentence, source);
    return answer;
  }
};

Done Tracer::ask_dns(Work& work) {
  HostingTrace& trace = work.trace;
  const auto v4 = work.ask(parts_.resolver, work.host, "A");
  const auto v6 = work.ask(parts_.resolver, work.host, "AAAA");
  if (v4) {
    work.v4 = v4->values;
    trace.canonical_name = v4->canonical_name;
  }
  if (v6) {
    work.v6 = v6->values;
    if (trace.canonical_name.empty()) trace.canonical_name = v6->canonical_name;
  }
  // Half an answer is enough to go on, but never enough to say that a name has no address.
  if (work.v4.empty() && work.v6.empty()) {
    if (!v4) return std::unexpected(v4.error());
    if (!v6) return std::unexpected(v6.error());
  }
  if (const auto alias = work.ask(parts_.resolver, work.host, "CNAME");
      alias && trace.canonical_name.empty() && !alias->values.empty())
    trace.canonical_name = alias->values.front();
  // NS and MX stand at the zone's top; the first name upwards that has them is asked.
  work.zone = work.host;
  for (int step = 0; step < kLabelsUpMax && work.zone.find('.') != std::string::npos; ++step) {
    const auto servers = work.ask(parts_.resolver, work.zone, "NS");
    if (servers && !servers->values.empty()) {
      trace.name_servers = servers->values;
      break;
    }
    work.zone = work.zone.substr(work.zone.find('.') + 1);
  }
  if (const auto mail = work.ask(parts_.resolver, work.zone, "MX"); mail)
    for (const auto& one : mail->values) trace.mail_exchanges.push_back(name_only(one));
  return {};
}

void Tracer::ask_second_vantage(Work& work) {
  if (parts_.second_resolver == nullptr) return;
  const HostingTrace& trace = work.trace;
  const auto compare = [&](const std::string& name, std::string_view type,
                           std::vector<std::string> first) {
    const auto answer = work.ask(*parts_.second_resolver, name, type, "second resolver");
    if (!answer) return work.differ(std::string(type) + ": the second vantage got no answer.");
    auto second = answer->values;
    for (auto& value : second) value = name_only(value);
    keep_sorted(first);
    keep_sorted(second);
    if (first == second) return;
    const auto words = [](const std::vector<std::string>& values) {
      return values.empty() ? std::string("nothing") : join(values, ", ");
    };
    work.differ(std::string(type) + " of " + name + ": here " + words(first) +
                ", from the second vantage " + words(second) + ".");
  };
  compare(work.host, "A", work.v4);
  compare(work.host, "AAAA", work.v6);
  if (work.zone.empty()) return;
  compare(work.zone, "NS", trace.name_servers);
  compare(work.zone, "MX", trace.mail_exchanges);
}

bool Tracer::ask_whois(Work& work, const std::string& ip) {
  if (parts_.whois == nullptr || !work.has_time()) return false;
  const auto answers = parts_.whois->ask(ip);
  if (!answers) {
    work.keep("whois", ip, "no answer: " + answers.error().sentence, "whois");
    return false;
  }
  for (const auto& answer : *answers)
    work.keep("whois", answer.question, answer.text, answer.server);
  HostingTrace& trace = work.trace;
  // The last server that knows a network is the one nearest to the holder.
  for (auto answer = answers->rbegin(); answer != answers->rend(); ++answer) {
    const auto& record = answer->record;
    if (record.nothing || record.refused || record.start.empty()) continue;
    trace.networks.push_back(record.handle);
    if (trace.network.empty()) {
      trace.network = record.handle;
      trace.network_name = record.name.empty() ? record.organisation : record.name;
      trace.parent = record.parent;
      work.vote("whois_network", record.country, answer->server);
    }
    if (trace.contact.empty()) trace.contact = strict_or_empty(record.abuse_email);
    return true;
  }
  return false;
}

void Tracer::ask_about(Work& work, const std::string& ip) {
  HostingTrace& trace = work.trace;
  const auto network = parts_.rdap.network(ip);
  work.keep("rdap", ip, network ? network->raw : "no answer: " + network.error().sentence,
            network ? network->source : "rdap");
  if (!network) {
    (void)ask_whois(work, ip);
    return;
  }
  if (!network->handle.empty()) trace.networks.push_back(network->handle);
  if (trace.network.empty()) {  // The first that answers stands for the place.
    trace.network = network->handle;
    trace.network_name = network->name;
    trace.parent = network->parent_handle;
    work.vote("rdap_network", network->country, network->source);
  } else if (is_ipv6(ip)) {
    work.vote("ipv6_network", network->country, network->source);
  }
  if (trace.contact.empty()) trace.contact = strict_or_empty(network->abuse_email);
}

void Tracer::ask_networks(Work& work) {
  std::vector<std::string> order = work.v4;
  order.insert(order.end(), work.v6.begin(), work.v6.end());
  if (order.size() > kIpsMax) order.resize(kIpsMax);
  for (const auto& ip : order)
    if (work.trace.network.empty() || work.has_time()) ask_about(work, ip);
  ask_parent(work);
}

void Tracer::ask_parent(Work& work) {
  HostingTrace& trace = work.trace;
  if (trace.parent.empty()) return;
  const auto parent = parts_.rdap.by_handle(trace.parent);
  work.keep("rdap", trace.parent, parent ? parent->raw : "no answer: " + parent.error().sentence,
            parent ? parent->source : "rdap");
  if (!parent) return;
  trace.upstream_contact = strict_or_empty(parent->abuse_email);
  if (trace.contact.empty()) trace.contact = trace.upstream_contact;
  work.vote("rdap_parent", parent->country, parent->source);
}

void Tracer::ask_routing(Work& work, const std::string& ip) {
  if (parts_.routing == nullptr) return;
  const auto table = parts_.routing->current();
  const auto address = url::parse_ip(ip);
  if (!table || !address) return;
  const auto route = table->look_up(*address);
  if (!route) {
    work.keep("routing", ip, "no answer: " + route.error().sentence, table->source());
    return;
  }
  json::array origins;
  Announced& announced = work.trace.announced;
  announced.prefix = route->prefix.text();
  for (const auto& origin : route->origins) {
    announced.systems.push_back(origin.system);
    origins.emplace_back(json::object{{"asn", origin.system}, {"seen_by", origin.seen_by}});
  }
  work.keep("routing", ip,
            json::serialize(json::object{{"prefix", announced.prefix},
                                         {"origins", std::move(origins)},
                                         {"table_of", rfc3339(table->imported_at())}}),
            table->source());
  if (announced.systems.size() > 1) {
    std::vector<std::string> names;
    for (const auto system : announced.systems) names.push_back("AS" + std::to_string(system));
    work.differ("Several systems announce " + announced.prefix + ": " + join(names, ", ") + ".");
  }
  if (!announced.systems.empty()) ask_system(work, announced.systems.front());
}

void Tracer::ask_system(Work& work, std::int64_t number) {
  if (!work.has_time()) return;
  const std::string question = "AS" + std::to_string(number);
  const auto system = parts_.rdap.system(number);
  work.keep("rdap_system", question, system ? system->raw : "no answer: " + system.error().sentence,
            system ? system->source : "rdap");
  if (system) {
    work.trace.announced.holder = system->name;
    work.vote("origin_system", system->country, system->source);
    return;
  }
  if (parts_.whois == nullptr || !work.has_time()) return;
  const auto answers = parts_.whois->ask(question);
  if (!answers) return;
  for (const auto& answer : *answers)
    work.keep("whois_system", answer.question, answer.text, answer.server);
  const auto& record = answers->back().record;
  if (record.nothing || record.refused) return;
  work.trace.announced.holder = record.organisation;
  work.vote("origin_system", record.country, answers->back().server);
}

/// Asks every file; gives the first country, votes for all of them.
std::string Tracer::locate(Work& work, const std::string& ip, std::string_view method) {
  std::string first;
  for (const auto& [file, geo] : parts_.geos) {
    const auto answer = geo->look_up(ip);
    if (!answer) {
      work.keep("geo", ip, "no answer: " + answer.error().sentence, file);
      continue;
    }
    work.keep("geo", ip,
              json::serialize(json::object{{"country", answer->country},
                                           {"asn", answer->asn},
                                           {"organisation", answer->organisation},
                                           {"network", answer->network}}),
              file);
    if (first.empty()) first = answer->country;
    if (method != "geolocation") continue;
    work.vote(method, answer->country, file);
    HostingTrace& trace = work.trace;
    if (answer->asn != 0 && trace.asn != 0 && answer->asn != trace.asn)
      work.differ("The file " + file + " has AS" + std::to_string(answer->asn) + ", not AS" +
                  std::to_string(trace.asn) + ".");
    if (trace.asn == 0) trace.asn = answer->asn;
    if (trace.organisation.empty()) trace.organisation = answer->organisation;
  }
  return first;
}

void Tracer::ask_side_methods(Work& work) {
  const auto located_name = [&](const std::string& name) -> std::string {
    const auto address = work.ask(parts_.resolver, name, "A");
    if (!address || address->values.empty()) return "";
    return locate(work, address->values.front(), "");
  };
  HostingTrace& trace = work.trace;
  const std::string first = work.v4.empty() ? work.v6.front() : work.v4.front();
  ask_routing(work, first);
  if (!trace.announced.systems.empty()) trace.asn = trace.announced.systems.front();
  (void)locate(work, first, "geolocation");
  if (trace.organisation.empty()) trace.organisation = trace.announced.holder;
  if (!work.v4.empty() && !work.v6.empty())
    work.vote("ipv6_network", locate(work, work.v6.front(), ""));
  if (!trace.name_servers.empty())
    work.vote("name_servers", located_name(trace.name_servers.front()));
  if (!trace.mail_exchanges.empty())
    work.vote("mail_exchange", located_name(trace.mail_exchanges.front()));
  if (!is_ipv4(work.host) && !is_ipv6(work.host))
    work.vote("top_level_domain", country_of_domain(work.host));
}

void Tracer::ask_name_holder(Work& work) {
  if (is_ipv4(work.host) || is_ipv6(work.host) || !work.has_time()) return;
  const std::string name = url::registrable_domain(work.host);
  if (name.find('.') == std::string::npos) return;
  NameHolder& holder = work.trace.name_holder;
  const auto domain = parts_.rdap.domain(name);
  work.keep("rdap_domain", name, domain ? domain->raw : "no answer: " + domain.error().sentence,
            domain ? domain->source : "rdap");
  holder.name = name;
  if (domain) {
    holder.registrar = domain->registrar;
    holder.registrar_abuse = strict_or_empty(domain->registrar_abuse);
    holder.registry = domain->source;
    holder.created = domain->created;
    return;
  }
  if (parts_.whois == nullptr || !work.has_time()) return;
  const auto answers = parts_.whois->ask(name);
  if (!answers) {
    work.keep("whois_domain", name, "no answer: " + answers.error().sentence, "whois");
    return;
  }
  for (const auto& answer : *answers) {
    work.keep("whois_domain", answer.question, answer.text, answer.server);
    const auto& record = answer.record;
    if (record.nothing || record.refused) continue;
    if (!record.registry.empty()) holder.registry = record.registry;
    if (!record.registrar.empty()) holder.registrar = record.registrar;
    if (!record.registrar_abuse.empty()) holder.registrar_abuse = record.registrar_abuse;
    if (holder.created.empty()) holder.created = record.created;
  }
}

void Tracer::ask_origin(Work& work, Instant now) {
  HostingTrace& trace = work.trace;
  if (trace.cdn.empty() || parts_.origins == nullptr || !parts_.origins->knows(trace.cdn)) return;
  auto answer = parts_.origins->ask(trace.cdn, work.host, now);
  work.keep("origin", work.host, answer ? answer->raw : "no answer: " + answer.error().sentence,
            answer ? answer->source : trace.cdn);
  if (!answer) return;
  trace.origin = *std::move(answer);
  trace.origin.raw.clear();
  // From here on the place is the origin's; who stands in front of it is the way up.
  const std::string edge = trace.contact;
  work.votes.clear();
  trace.network.clear();
  trace.parent.clear();
  trace.contact = trace.origin.contact;
  trace.asn = 0;
  trace.organisation.clear();
  trace.announced = {};
  ask_about(work, trace.origin.ip);
  ask_parent(work);
  ask_routing(work, trace.origin.ip);
  if (!trace.announced.systems.empty()) trace.asn = trace.announced.systems.front();
  (void)locate(work, trace.origin.ip, "geolocation");
  if (trace.organisation.empty()) trace.organisation = trace.announced.holder;
  if (!edge.empty()) trace.upstream_contact = edge;
}

Result<HostingTrace> Tracer::trace(std::string_view host, const SeenServer& seen, Instant now) {
  Work work;
  work.now = now;
  work.host = lower_ascii(trim(host));
  if (work.host.starts_with('[') && work.host.ends_with(']'))
    work.host = work.host.substr(1, work.host.size() - 2);
  if (work.host.ends_with('.')) work.host.pop_back();
  if (work.host.empty()) return fail(ErrorKind::invalid, "There is no host to trace.");
  const bool literal = is_ipv4(work.host) || is_ipv6(work.host);
  if (literal)
    (is_ipv4(work.host) ? work.v4 : work.v6) = {work.host};
  else
    TRY_DONE(ask_dns(work));
  keep_sorted(work.v4);
  keep_sorted(work.v6);
  HostingTrace& trace = work.trace;
  trace.host = work.host;
  trace.ips = work.v4;
  trace.ips.insert(trace.ips.end(), work.v6.begin(), work.v6.end());
  if (!literal) ask_second_vantage(work);
  if (trace.ips.empty()) return std::move(trace);
  ask_networks(work);
  ask_side_methods(work);
  ask_name_holder(work);
  if (!seen.headers.empty()) work.keep("headers", work.host, seen.headers, "capture");
  if (!seen.certificate.empty()) work.keep("certificate", work.host, seen.certificate, "capture");
  if (!seen.favicon.empty()) work.keep("favicon", work.host, seen.favicon, "capture");
  trace.certificate = seen.certificate;
  auto proxy =
      parts_.hints.match({trace.organisation, trace.network_name, trace.asn, trace.canonical_name,
                          seen.headers, seen.certificate, trace.ips});
  trace.cdn = std::move(proxy.id);
  trace.cdn_seen_by = std::move(proxy.by);
  ask_origin(work, now);
  keep_sorted(trace.networks);
  // One method, one vote: two opinions of ipv6_network would count twice. Files vote one each.
  std::vector<CountryVote> votes;
  for (const auto& vote : work.votes)
    if (std::none_of(votes.begin(), votes.end(), [&](const CountryVote& kept) {
          return kept.method == vote.method &&
                 (vote.method != "geolocation" || kept.source == vote.source);
        }))
      votes.push_back(vote);
  trace.country = combine(std::move(votes));
  const bool edge_only = !trace.cdn.empty() && trace.origin.ip.empty();
  if (edge_only && trace.country.confidence > Confidence::low)
    trace.country.confidence = Confidence::low;
  return std::move(trace);
}

bool same_hosting(const HostingTrace& a, const HostingTrace& b) {
  const auto share = [](const std::vector<std::string>& x, const std::vector<std::string>& y) {
    return std::any_of(x.begin(), x.end(), [&](const std::string& one) {
      return std::find(y.begin(), y.end(), one) != y.end();
    });
  };
  // Behind a proxy the origin is the place: learning of it, or of another one, is a move.
  if (!b.origin.ip.empty() && a.origin.ip != b.origin.ip) return false;
  if (share(a.ips, b.ips) || share(a.networks, b.networks)) return true;
  if (!a.cdn.empty() && a.cdn == b.cdn) return true;  // Edges change with every question.
  if (a.ips.empty() || b.ips.empty()) return true;
  if (!a.networks.empty() && !b.networks.empty()) return false;
  // A registry was silent: only two known and different systems are a move.
  return a.asn == 0 || b.asn == 0 || a.asn == b.asn;
}

}  // namespace hotline::tracing
