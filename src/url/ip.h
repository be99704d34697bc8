// IP addresses and networks as values, and which of them strangers may send us to.
//
// Text comes in strictly here: dotted quad or RFC 4291. The other notations that
// browsers accept in an address (octal, hex, one number) are read by url.h, which
// turns them into these values. No look-ups and no sockets: those are net/.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::url {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< Network order; IPv4 uses the first four.
  bool v6 = false;

  [[nodiscard]] static IpAddress v4(std::uint32_t host_order);
  /// "192.0.2.7" or "2001:db8::7" (RFC 5952).
  [[nodiscard]] std::string text() const;
  /// Host order; only for IPv4.
  [[nodiscard]] std::uint32_t v4_number() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// Four decimal numbers without leading zeros, or IPv6 without brackets and zone. Error `invalid`.
[[nodiscard]] Result<IpAddress> parse_ip(std::string_view text);

struct Network {
  IpAddress first;
  int prefix = 0;

  /// False for an address of the other family: a mapped address is not its IPv4 address.
  [[nodiscard]] bool contains(const IpAddress& ip) const;
  /// "192.0.2.0/24".
  [[nodiscard]] std::string text() const;
};

/// "192.0.2.0/24", "2001:db8::/32", or one address. Bits below the prefix are cleared.
[[nodiscard]] Result<Network> parse_network(std::string_view text);
[[nodiscard]] Result<std::vector<Network>> parse_networks(std::span<const std::string> texts);

/// Whether the IANA special-purpose registries let the address be globally reachable. An
/// allow-list: of IPv6 only global unicast; mapped, translated (NAT64), tunnelled (6to4, Teredo),
/// local, documentation, benchmarking, multicast and reserved addresses are all not global.
[[nodiscard]] bool is_global(const IpAddress& ip);

/// What is_global() refuses of IPv4, and of IPv6 inside kGlobalUnicast: for a firewall that says
/// the same.
[[nodiscard]] std::vector<Network> special_networks();
/// Nothing outside it is global.
inline constexpr std::string_view kGlobalUnicast = "2000::/3";

/// is_global(), or inside one of `test_networks` (setting net.test_networks).
[[nodiscard]] bool may_reach(const IpAddress& ip, std::span<const Network> test_networks);

}  // namespace hotline::url
