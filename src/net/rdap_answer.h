// What an RDAP server says (RFC 9083), read with suspicion. Pure text to values.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/rdap.h"
#include "url/ip.h"

namespace hotline::net {

inline constexpr std::size_t kRdapBytesMax = 256 * 1024;

struct RdapAnswer {
  RdapNetwork network;
  std::string above;  ///< Address of the link with rel "up", or empty.
};

/// An "ip network" object. The abuse address is the first strict one of an entity with the role
/// abuse, also one that stands inside another entity. Error `invalid` if it is no such object.
[[nodiscard]] Result<RdapAnswer> read_rdap_network(std::string_view body);

/// A "domain" and an "autnum" object. Errors as above.
[[nodiscard]] Result<RdapDomain> read_rdap_domain(std::string_view body);
[[nodiscard]] Result<RdapSystem> read_rdap_system(std::string_view body);

/// The server for a name's top-level domain (dns.json) or for a system's number (asn.json).
[[nodiscard]] Result<std::string> bootstrap_server_for_name(std::string_view file,
                                                            std::string_view name);
[[nodiscard]] Result<std::string> bootstrap_server_for_system(std::string_view file,
                                                              std::int64_t number);

/// The server of the longest prefix in an IANA bootstrap file (RFC 9224), https before http,
/// with "/" at its end. Error `not_found` if no prefix holds `ip`, `invalid` if it is no such file.
[[nodiscard]] Result<std::string> bootstrap_server(std::string_view file, const url::IpAddress& ip);

}  // namespace hotline::net
