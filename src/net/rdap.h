// RDAP (RFC 9082, 9083): who holds a network, and where abuse is reported.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

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

class Rdap {
 public:
  virtual ~Rdap() = default;
  /// `ip` in text form. Error `not_found` if nobody holds it, `unavailable` if no answer came.
  virtual Result<RdapNetwork> network(std::string_view ip) = 0;
  /// The network above, for escalation. `handle` is RdapNetwork::parent_handle.
  virtual Result<RdapNetwork> by_handle(std::string_view handle) = 0;
};

/// Over HTTPS (or HTTP for a loopback or test base). `base` empty means the IANA bootstrap.
[[nodiscard]] std::unique_ptr<Rdap> open_rdap(const std::string& base);

/// A single addr-spec without quotes, comments, groups or control characters, else `invalid`.
[[nodiscard]] Result<std::string> strict_email(std::string_view text);

}  // namespace hotline::net
