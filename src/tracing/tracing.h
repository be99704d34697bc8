// Tracing: where an address lives, as evidence.
//
// One trace asks the DNS from two vantages, the registries (RDAP, and WHOIS where
// RDAP knows nothing), an imported routing table and the geolocation files about
// one host, and combines what they say to one country with a stated confidence:
// disagreement is kept and shown, never voted away. It ends in a hosting episode:
// this address lived in this network from then until now. Every raw answer is kept
// with its time and its source.
//
// Nothing is sent from here and no page is fetched; the CDN is noticed from
// networks and from the headers of a look that somebody else took. What is done
// about a host stands in takedown/; storing is episode_store.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "casework/casework.h"
#include "net/geo.h"
#include "net/rdap.h"
#include "net/resolver.h"
#include "net/whois.h"
#include "tracing/cdn.h"
#include "tracing/origin.h"
#include "tracing/routing_source.h"

namespace hotline::tracing {

struct EpisodeTag {
  static constexpr std::string_view prefix = "hos_";
};
using EpisodeId = Id<EpisodeTag>;

/// One question asked and what came back, word for word.
struct RawAnswer {
  /// dns_a, dns_aaaa, dns_cname, dns_ns, dns_mx, rdap, whois, rdap_domain, whois_domain,
  /// rdap_system, whois_system, routing, geo, headers, certificate, favicon, origin
  std::string method;
  std::string question;  ///< The name, IP or handle that was asked about.
  std::string answer;    ///< At most 64 KiB; a failure is kept too.
  std::string source;    ///< The server or file that said it.
  Instant at{};
};

/// One method's opinion. Spelled as stored: rdap_network, whois_network, rdap_parent,
/// origin_system, geolocation, ipv6_network, name_servers, mail_exchange, top_level_domain.
struct CountryVote {
  std::string method;
  std::string country;      ///< ISO 3166-1.
  std::string source = {};  ///< Which file or server, where a method has several.
};

/// How far the methods agree. `high`: registry and geolocation and a third independent one, nobody
/// strong against. `medium`: two agree, one of them strong. `low`: anything less. `none`: no
/// opinion. Strong are the registry of the network and the geolocation files; several files are one
/// method, which is against itself where they differ.
enum class Confidence : std::uint8_t { none, low, medium, high };
[[nodiscard]] std::string_view name(Confidence confidence);
[[nodiscard]] Result<Confidence> parse_confidence(std::string_view text);

/// What the methods say together.
struct CountryFinding {
  std::string country;  ///< Empty if nobody knows.
  Confidence confidence = Confidence::none;
  int agreeing = 0;  ///< Methods that say this country, each once.
  std::vector<CountryVote> votes;
};
[[nodiscard]] CountryFinding combine(std::vector<CountryVote> votes);

/// Who a name was registered through; the network above the host is not asked about it.
struct NameHolder {
  std::string name;             ///< The registrable domain.
  std::string registrar;        ///< In words, as the registry says it.
  std::string registrar_abuse;  ///< One strict addr-spec, or empty.
  std::string registry;         ///< In words or as the server that answered.
  std::string created;
};

/// Who announces the address, in the imported table.
struct Announced {
  std::string prefix;
  std::vector<std::int64_t> systems;  ///< Most seen first.
  std::string holder;                 ///< Of the first, as its registry says it.
};

/// What one trace found; becomes an episode when it is recorded.
struct HostingTrace {
  std::string host;
  std::vector<std::string> ips;       ///< Sorted; empty if the name does not exist (any more).
  std::vector<std::string> networks;  ///< RDAP handles of all ips, sorted, without repeats.
  std::string network;                ///< Handle of the first ip's network.
  std::string network_name;
  std::string parent;            ///< Handle of the network above, or empty.
  std::string contact;           ///< Abuse mailbox: one strict addr-spec, or empty.
  std::string upstream_contact;  ///< The same of the network above, or empty.
  std::int64_t asn = 0;
  std::string organisation;  ///< Of the autonomous system.
  std::string cdn;           ///< Id of a row of policy/cdn.json, or empty.
  /// Behind a CDN: the country of its edge, confidence `low` at most, unless the origin is known.
  CountryFinding country;
  std::vector<RawAnswer> answers;
  std::string cdn_seen_by = {};  ///< By what: "its network", "a header", "the certificate" …
  std::vector<std::string> differences = {};  ///< In words: where vantages and tables disagree.
  std::string canonical_name = {};
  std::vector<std::string> name_servers = {}, mail_exchanges = {};
  NameHolder name_holder = {};
  Announced announced = {};
  std::string certificate = {};  ///< JSON text of the look's certificate, or empty.
  OriginAnswer origin = {};      ///< Behind a proxy that told us; then network, contact and country
                                 ///< are the origin's, and the proxy is upstream.
};

/// As stored; see trace_details.cc.
[[nodiscard]] std::string details_text(const HostingTrace& trace);
[[nodiscard]] Done read_details(std::string_view text, HostingTrace& trace);

/// What the last look at the page saw of its server; all may be empty.
struct SeenServer {
  std::string headers;      ///< net::Capture::server
  std::string certificate;  ///< net::Capture::certificate
  std::string favicon;      ///< SHA-256, hex.
};

/// A trace that has been recorded: the address lived here from `from` until `to`.
struct HostingEpisode {
  EpisodeId id;
  casework::TenantId tenant;
  casework::CaseId casefile;
  casework::AddressId address;
  HostingTrace hosting;        ///< Without the raw answers; see EpisodeStore::answers().
  std::string contact_set_by;  ///< Person who overrode the contact, or empty.
  std::string contact_reason;
  Instant from{};
  Instant confirmed{};        ///< Last trace that found it unchanged.
  std::optional<Instant> to;  ///< When it was found elsewhere; nothing while it lasts.
};

/// Whether both are the same place: a shared IP, a shared network or one CDN. An answer with other
/// addresses out of the same network is no move: large hosts rotate them by the minute. What a
/// silent registry leaves open is no move either.
[[nodiscard]] bool same_hosting(const HostingTrace& a, const HostingTrace& b);

/// With what is traced. Everything but resolver and rdap may be null or empty: a method less. The
/// parts must outlive the tracer.
struct TracerParts {
  struct NamedGeo {
    std::string name;  ///< The file's.
    net::Geo* geo;
  };
  net::Resolver& resolver;
  net::Rdap& rdap;
  std::vector<NamedGeo> geos = {};
  CdnHints hints = {};
  net::Resolver* second_resolver = nullptr;
  net::Whois* whois = nullptr;
  const RoutingSource* routing = nullptr;
  OriginAsker* origins = nullptr;
};

class Tracer {
 public:
  explicit Tracer(TracerParts parts) : parts_(std::move(parts)) {}
  Tracer(net::Resolver& resolver, net::Rdap& rdap, net::Geo* geo, CdnHints hints)
      : parts_{.resolver = resolver, .rdap = rdap, .hints = std::move(hints)} {
    if (geo != nullptr) parts_.geos.push_back({"mmdb", geo});
  }

  /// `host` is a host name or an IP literal (brackets allowed).
  /// A name that does not exist is a value without ips. Error `unavailable` if the DNS did not
  /// answer: our own outage is never an answer.
  Result<HostingTrace> trace(std::string_view host, const SeenServer& seen, Instant now);
  Result<HostingTrace> trace(std::string_view host, std::string_view server_headers, Instant now) {
    return trace(host, SeenServer{.headers = std::string(server_headers)}, now);
  }

 private:
  struct Work;
  Done ask_dns(Work& work);
  void ask_second_vantage(Work& work);
  void ask_networks(Work& work);
  void ask_about(Work& work, const std::string& ip);
  bool ask_whois(Work& work, const std::string& ip);
  void ask_parent(Work& work);
  void ask_routing(Work& work, const std::string& ip);
  void ask_system(Work& work, std::int64_t number);
  void ask_side_methods(Work& work);
  void ask_name_holder(Work& work);
  void ask_origin(Work& work, Instant now);
  std::string locate(Work& work, const std::string& ip, std::string_view method);
  TracerParts parts_;
};

}  // namespace hotline::tracing
