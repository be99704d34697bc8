#include "tracing/tracing.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"

namespace hotline::tracing {

namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;
// A name with more addresses than this is a large network; the rest says nothing new.
constexpr std::size_t kIpsMax = 8;
constexpr int kLabelsUpMax = 5;

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
  std::string canonical_name;
  std::vector<std::string> v4, v6, name_servers, mail_exchanges;
  std::vector<CountryVote> votes;
  HostingTrace trace;
  Instant now{};

  void keep(std::string_view method, std::string_view question, std::string_view answer,
            std::string_view source) {
    trace.answers.push_back({std::string(method), std::string(question),
                             clip_utf8(clean_utf8(answer), kAnswerBytesMax), std::string(source),
                             now});
  }
  void vote(std::string_view method, const std::string& country) {
    if (!country.empty()) votes.push_back({std::string(method), country});
  }
  /// Asks and keeps the answer, also a failure.
  Result<net::DnsAnswer> ask(net::Resolver& resolver, std::string_view name,
                             std::string_view type) {
    auto answer = resolver.look_up(name, type);
    const std::string method = "dns_" + lower_ascii(type);
    keep(method, name, answer ? as_text(*answer) : "no answer: " + answer.error().sentence,
         "resolver");
    return answer;
  }
};

Done Tracer::ask_dns(Work& work) {
  const auto v4 = work.ask(resolver_, work.host, "A");
  const auto v6 = work.ask(resolver_, work.host, "AAAA");
  if (v4) {
    work.v4 = v4->values;
    work.canonical_name = v4->canonical_name;
  }
  if (v6) {
    work.v6 = v6->values;
    if (work.canonical_name.empty()) work.canonical_name = v6->canonical_name;
  }
  // Half an answer is enough to go on, but never enough to say that a name has no address.
  if (work.v4.empty() && work.v6.empty()) {
    if (!v4) return std::unexpected(v4.error());
    if (!v6) return std::unexpected(v6.error());
  }
  if (const auto alias = work.ask(resolver_, work.host, "CNAME");
      alias && work.canonical_name.empty() && !alias->values.empty())
    work.canonical_name = alias->values.front();
  // NS and MX stand at the zone's top; the first name upwards that has them is asked.
  std::string zone = work.host;
  for (int step = 0; step < kLabelsUpMax && zone.find('.') != std::string::npos; ++step) {
    const auto servers = work.ask(resolver_, zone, "NS");
    if (servers && !servers->values.empty()) {
      work.name_servers = servers->values;
      break;
    }
    zone = zone.substr(zone.find('.') + 1);
  }
  if (const auto mail = work.ask(resolver_, zone, "MX"); mail) work.mail_exchanges = mail->values;
  return {};
}

void Tracer::ask_networks(Work& work) {
  HostingTrace& trace = work.trace;
  std::vector<std::string> order = work.v4;
  order.insert(order.end(), work.v6.begin(), work.v6.end());
  if (order.size() > kIpsMax) order.resize(kIpsMax);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::string& ip = order[i];
    const auto network = rdap_.network(ip);
    work.keep("rdap", ip, network ? network->raw : "no answer: " + network.error().sentence,
              network ? network->source : "rdap");
    if (!network) continue;
    if (!network->handle.empty()) trace.networks.push_back(network->handle);
    if (trace.network.empty()) {  // The first that answers stands for the place.
      trace.network = network->handle;
      trace.network_name = network->name;
      trace.parent = network->parent_handle;
      work.vote("rdap_network", network->country);
    } else if (is_ipv6(ip)) {
      work.vote("ipv6_network", network->country);
    }
    if (trace.contact.empty()) trace.contact = strict_or_empty(network->abuse_email);
  }
  if (trace.parent.empty()) return;
  const auto parent = rdap_.by_handle(trace.parent);
  work.keep("rdap", trace.parent, parent ? parent->raw : "no answer: " + parent.error().sentence,
            parent ? parent->source : "rdap");
  if (!parent) return;
  trace.upstream_contact = strict_or_empty(parent->abuse_email);
  if (trace.contact.empty()) trace.contact = trace.upstream_contact;
  work.vote("rdap_parent", parent->country);
}

void Tracer::ask_side_methods(Work& work) {
  const auto located = [&](const std::string& ip) -> std::optional<net::GeoAnswer> {
    if (geo_ == nullptr) return std::nullopt;
    const auto answer = geo_->look_up(ip);
    if (!answer) {
      work.keep("geo", ip, "no answer: " + answer.error().sentence, "mmdb");
      return std::nullopt;
    }
    work.keep("geo", ip,
              json::serialize(json::object{{"country", answer->country},
                                           {"asn", answer->asn},
                                           {"organisation", answer->organisation},
                                           {"network", answer->network}}),
              "mmdb");
    return *answer;
  };
  const auto located_name = [&](const std::string& name) -> std::string {
    const auto address = work.ask(resolver_, name, "A");
    if (!address || address->values.empty()) return "";
    const auto place = located(address->values.front());
    return place ? place->country : "";
  };
  const std::string first = work.v4.empty() ? work.v6.front() : work.v4.front();
  if (const auto place = located(first); place) {
    work.trace.asn = place->asn;
    work.trace.organisation = place->organisation;
    work.vote("geolocation", place->country);
  }
  if (!work.v4.empty() && !work.v6.empty())
    if (const auto place = located(work.v6.front()); place)
      work.vote("ipv6_network", place->country);
  if (!work.name_servers.empty())
    work.vote("name_servers", located_name(work.name_servers.front()));
  if (!work.mail_exchanges.empty())
    work.vote("mail_exchange", located_name(name_only(work.mail_exchanges.front())));
  if (!is_ipv4(work.host) && !is_ipv6(work.host))
    work.vote("top_level_domain", country_of_domain(work.host));
}

Result<HostingTrace> Tracer::trace(std::string_view host, std::string_view server_headers,
                                   Instant now) {
  Work work;
  work.now = now;
  work.host = lower_ascii(trim(host));
  if (work.host.starts_with('[') && work.host.ends_with(']'))
    work.host = work.host.substr(1, work.host.size() - 2);
  if (work.host.ends_with('.')) work.host.pop_back();
  if (work.host.empty()) return fail(ErrorKind::invalid, "There is no host to trace.");
  if (is_ipv4(work.host))
    work.v4 = {work.host};
  else if (is_ipv6(work.host))
    work.v6 = {work.host};
  else
    TRY_DONE(ask_dns(work));
  keep_sorted(work.v4);
  keep_sorted(work.v6);
  work.trace.host = work.host;
  work.trace.ips = work.v4;
  work.trace.ips.insert(work.trace.ips.end(), work.v6.begin(), work.v6.end());
  if (work.trace.ips.empty()) return std::move(work.trace);
  ask_networks(work);
  ask_side_methods(work);
  keep_sorted(work.trace.networks);
  if (!server_headers.empty()) work.keep("headers", work.host, server_headers, "capture");
  work.trace.cdn = hints_.find({work.trace.organisation, work.trace.network_name, work.trace.asn,
                                work.canonical_name, std::string(server_headers)});
  // One method, one vote: two opinions of ipv6_network would count twice.
  std::vector<CountryVote> votes;
  for (const auto& vote : work.votes)
    if (std::none_of(votes.begin(), votes.end(),
                     [&](const CountryVote& kept) { return kept.method == vote.method; }))
      votes.push_back(vote);
  work.trace.country = combine(std::move(votes));
  if (!work.trace.cdn.empty() && work.trace.country.confidence > Confidence::low)
    work.trace.country.confidence = Confidence::low;
  return std::move(work.trace);
}

bool same_hosting(const HostingTrace& a, const HostingTrace& b) {
  const auto share = [](const std::vector<std::string>& x, const std::vector<std::string>& y) {
    return std::any_of(x.begin(), x.end(), [&](const std::string& one) {
      return std::find(y.begin(), y.end(), one) != y.end();
    });
  };
  if (share(a.ips, b.ips) || share(a.networks, b.networks)) return true;
  if (!a.cdn.empty() && a.cdn == b.cdn) return true;  // Edges change with every question.
  if (a.ips.empty() || b.ips.empty()) return true;
  if (!a.networks.empty() && !b.networks.empty()) return false;
  // A registry was silent: only two known and different systems are a move.
  return a.asn == 0 || b.asn == 0 || a.asn == b.asn;
}

}  // namespace hotline::tracing
