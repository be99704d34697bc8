// The world: networks, sites and what each host does, as range/sites.json says.
//
// The one description from which everything else of the range is made: the
// configuration of the web, DNS and mail servers, the RDAP answers, the MMDB
// and the director's script. Read once, never changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hotline::range {

struct Network {
  std::string handle, cidr, cidr6, name, country, abuse, parent;
  std::int64_t asn = 0;
  bool rdap = true;      ///< False: the registry has it in its WHOIS only.
  std::string geo_says;  ///< Where the second maker's file believes it to be, if elsewhere.
};

/// One thing that a host does some time after a notice has arrived.
struct Deed {
  microseconds after{};
  std::string what;  ///< remove, restore, soft_remove, move, or "answer WORD" on the notice's link.
};

/// What a host does, by which notice it is that arrived.
struct Script {
  std::vector<Deed> first, later, after_move, escalation;
  bool repeats = true;  ///< No script of its own for later notices: the first one again.
};

struct Shown {
  std::uint64_t seed = 0;
  std::string form = "original";
};

struct Site {
  std::string name, address, address6, network;
  std::string page, title, shows;
  std::vector<Shown> pictures;
  std::vector<std::string> links;
  std::string referrer;  ///< Pictures only for visitors from here; empty: for everybody.
  std::string origin;    ///< Behind a CDN: where the CDN fetches from.
  std::string alias;     ///< CNAME target that the name resolves through.
  std::string moved_address, moved_network;
  int columns = 1;
  int bytes_a_second = 0;  ///< 0: no brake.
  bool listens = true;
  bool tls = false;  ///< https with a certificate of its own.
  Script script;

  [[nodiscard]] std::string report_address() const {
    return (tls ? "https://" : "http://") + name + page;
  }
};

struct World {
  std::string home_country, name_server, mail_server, registry;
  std::string second_name_server;  ///< The same names, asked from another vantage.
  std::string disclosure;          ///< Where the CDN's operator tells origins.
  std::string habits;              ///< Where the hosts of behaviours.h answer.
  std::vector<std::string> canaries;
  std::vector<std::uint64_t> known_seeds;
  std::vector<Network> networks;
  std::vector<Site> sites;

  /// Error `invalid` names the member that is missing or wrong.
  [[nodiscard]] static Result<World> load(const std::string& path);

  [[nodiscard]] const Site* site(std::string_view name) const;
  [[nodiscard]] const Network* network(std::string_view handle) const;
  /// The narrowest network that holds the address (or all of the prefix); null if nobody does.
  [[nodiscard]] const Network* holder(std::string_view ip) const;
  /// Every address that a server listens on or a name points to.
  [[nodiscard]] std::vector<std::string> addresses() const;
};

/// Whether `ip` lies in `cidr`; false where either is nonsense or the families differ.
[[nodiscard]] bool lies_in(std::string_view ip, std::string_view cidr);
/// First and last address of a network, in text form. `cidr` comes from sites.json (CHECK).
struct Span {
  std::string first, last;
};
[[nodiscard]] Span span_of(std::string_view cidr);
/// "example.net" of "abuse@example.net"; empty if there is no @.
[[nodiscard]] std::string domain_of(std::string_view mailbox);

}  // namespace hotline::range
