// RDAP (RFC 9082, 9083): who holds a network, and where abuse is reported.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::net {

struct RdapNetwork {
  std::string handle;
  std::string name;
  std::string country;        ///< ISO 3166-1, or empty.
  std::string start, end;     ///< First and last address of the network.
  std::string abuse_email;    ///< One strict addr-spec (RFC 5321), or empty.
  std::string parent_handle;  ///< Upstream network, or empty.
  std::string raw;            ///< The answer as received, at most 256 KiB.
  std::string source;         ///< The server that answered.
};

/// Who registered a name, through whom, and where abuse of it is reported.
struct RdapDomain {
  std::string name;
  std::string registrar;
  std::string registrar_abuse;  ///< One strict addr-spec, or empty.
  std::string created;          ///< As it stands there.
  std::vector<std::string> statuses;
  std::vector<std::string> name_servers;
  std::string raw;
  std::string source;  ///< The registry's server.
};

/// Who runs an autonomous system.
struct RdapSystem {
  std::string handle;
  std::string name;
  std::string country;  ///< ISO 3166-1, or empty: some registries say none.
  std::string abuse_email;
  std::string raw;
  std::string source;
};

class Rdap {
 public:
  virtual ~Rdap() = default;
  /// `ip` in text form. Error `not_found` if nobody holds it, `unavailable` if no answer came.
  virtual Result<RdapNetwork> network(std::string_view ip) = 0;
  /// The network above, for escalation. `handle` is RdapNetwork::parent_handle.
  virtual Result<RdapNetwork> by_handle(std::string_view handle) = 0;
  /// A registrable domain, in A-labels. Errors as network().
  virtual Result<RdapDomain> domain(std::string_view) {
    return fail(ErrorKind::not_found, "No registry of names can be asked here.");
  }
  virtual Result<RdapSystem> system(std::int64_t) {
    return fail(ErrorKind::not_found, "No registry of systems can be asked here.");
  }
};

struct RdapOptions {
  std::string base;    ///< One server for everything; empty: the IANA bootstrap (RFC 9224).
  std::string folder;  ///< Where the bootstrap files lie and are kept; empty: in memory only.
  std::string bootstrap_url = "https://data.iana.org/rdap/";
  std::vector<url::Network> test_networks = {};  ///< May be asked though not global.
};
/// Over HTTPS (or HTTP for a loopback or test base). Servers that the bootstrap names, and where
/// they redirect to, are strangers: only what url::may_reach() allows is connected to.
[[nodiscard]] std::unique_ptr<Rdap> open_rdap(RdapOptions options);
[[nodiscard]] inline std::unique_ptr<Rdap> open_rdap(const std::string& base) {
  return open_rdap(RdapOptions{.base = base});
}

/// A single addr-spec without quotes, comments, groups or control characters, else `invalid`.
[[nodiscard]] Result<std::string> strict_email(std::string_view text);

}  // namespace hotline::net
