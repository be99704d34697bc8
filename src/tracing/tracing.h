// Tracing: where an address lives, as evidence.
//
// One trace asks the DNS, the registries (RDAP) and the geolocation file about one
// host, and combines what they say to one country with a stated confidence:
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
#include "tracing/cdn.h"

namespace hotline::tracing {

struct EpisodeTag {
  static constexpr std::string_view prefix = "hos_";
};
using EpisodeId = Id<EpisodeTag>;

/// One question asked and what came back, word for word.
struct RawAnswer {
  std::string method;    ///< dns_a, dns_aaaa, dns_cname, dns_ns, dns_mx, rdap, geo, headers
  std::string question;  ///< The name, IP or handle that was asked about.
  std::string answer;    ///< At most 64 KiB; a failure is kept too.
  std::string source;    ///< The server or file that said it.
  Instant at{};
};

/// One method's opinion. Spelled as stored: rdap_network, rdap_parent, geolocation,
/// ipv6_network, name_servers, mail_exchange, top_level_domain.
struct CountryVote {
  std::string method;
  std::string country;  ///< ISO 3166-1.
};

/// How far the methods agree. `high`: registry and geolocation and a third one, nobody strong
/// against. `medium`: two agree, one of them strong. `low`: anything less. `none`: no opinion.
enum class Confidence : std::uint8_t { none, low, medium, high };
[[nodiscard]] std::string_view name(Confidence confidence);
[[nodiscard]] Result<Confidence> parse_confidence(std::string_view text);

/// What the methods say together.
struct CountryFinding {
  std::string country;  ///< Empty if nobody knows.
  Confidence confidence = Confidence::none;
  int agreeing = 0;  ///< Methods that say this country.
  std::vector<CountryVote> votes;
};
[[nodiscard]] CountryFinding combine(std::vector<CountryVote> votes);

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
  CountryFinding country;    ///< Behind a CDN: the country of its edge, confidence `low` at most.
  std::vector<RawAnswer> answers;
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

class Tracer {
 public:
  /// `geo` may be null (no file installed): one method less. The parts must outlive the tracer.
  Tracer(net::Resolver& resolver, net::Rdap& rdap, net::Geo* geo, CdnHints hints)
      : resolver_(resolver), rdap_(rdap), geo_(geo), hints_(std::move(hints)) {}

  /// `host` is a host name or an IP literal (brackets allowed); `server_headers` is
  /// net::Capture::server of the last look, or empty.
  /// A name that does not exist is a value without ips. Error `unavailable` if the DNS did not
  /// answer: our own outage is never an answer.
  Result<HostingTrace> trace(std::string_view host, std::string_view server_headers, Instant now);

 private:
  struct Work;
  Done ask_dns(Work& work);
  void ask_networks(Work& work);
  void ask_side_methods(Work& work);
  net::Resolver& resolver_;
  net::Rdap& rdap_;
  net::Geo* geo_;
  CdnHints hints_;
};

}  // namespace hotline::tracing
