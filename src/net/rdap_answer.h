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

/// The server of the longest prefix in an IANA bootstrap file (RFC 9224), https before http,
/// with "/" at its end. Error `not_found` if no prefix holds `ip`, `invalid` if it is no such file.
[[nodiscard]] Result<std::string> bootstrap_server(std::string_view file, const url::IpAddress& ip);

}  // namespace hotline::net
