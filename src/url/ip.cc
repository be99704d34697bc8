#include "url/ip.h"

#include <arpa/inet.h>

#include <cstring>

#include "base/text.h"

namespace hotline::url {

namespace {

struct Block {
  std::array<std::uint8_t, 16> first;
  int prefix;
};

// IANA IPv4 special-purpose registry: every block that is not globally reachable, and multicast
// and the future-use block. 192.0.0.0/24 is refused whole: its two anycast addresses serve no
// pages.
constexpr Block kNotGlobal4[] = {
    {{0}, 8},              // This network.
    {{10}, 8},             // Private use.
    {{100, 64}, 10},       // Shared address space.
    {{127}, 8},            // Loopback.
    {{169, 254}, 16},      // Link local; metadata services of clouds.
    {{172, 16}, 12},       // Private use.
    {{192, 0, 0}, 24},     // Protocol assignments.
    {{192, 0, 2}, 24},     // Documentation.
    {{192, 88, 99}, 24},   // Relays of 6to4, deprecated.
    {{192, 168}, 16},      // Private use.
    {{198, 18}, 15},       // Benchmarking.
    {{198, 51, 100}, 24},  // Documentation.
    {{203, 0, 113}, 24},   // Documentation.
    {{224}, 4},            // Multicast.
    {{240}, 4},            // Reserved, and the limited broadcast.
};

// Of IPv6 only 2000::/3 is handed out as global unicast. What is special inside it:
constexpr Block kGlobalUnicast6 = {{0x20}, 3};
constexpr Block kNotGlobal6[] = {
    {{0x20, 0x01}, 23},              // Protocol assignments: Teredo, ORCHID, benchmarking.
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // Documentation.
    {{0x20, 0x02}, 16},              // 6to4: carries any IPv4 address.
    {{0x3f, 0xff}, 20},              // Documentation.
};

bool inside(const std::array<std::uint8_t, 16>& bytes, const std::array<std::uint8_t, 16>& first,
            int prefix) {
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (std::memcmp(bytes.data(), first.data(), whole) != 0) return false;
  const int rest = prefix % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (bytes[whole] & mask) == (first[whole] & mask);
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress ip;
  for (int i = 0; i < 4; ++i)
    ip.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return ip;
}

std::uint32_t IpAddress::v4_number() const {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | bytes[i];
  return number;
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

Result<IpAddress> parse_ip(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
    return fail(ErrorKind::invalid, "This is not an IP address.");
  const std::string terminated(text);
  IpAddress ip;
  if (::inet_pton(AF_INET, terminated.c_str(), ip.bytes.data()) == 1) return ip;
  ip = {};
  ip.v6 = true;
  if (::inet_pton(AF_INET6, terminated.c_str(), ip.bytes.data()) == 1) return ip;
  return fail(ErrorKind::invalid, "This is not an IP address.");
}

bool Network::contains(const IpAddress& ip) const {
  return ip.v6 == first.v6 && inside(ip.bytes, first.bytes, prefix);
}

std::string Network::text() const {
  return first.text() + "/" + std::to_string(prefix);
}

Result<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  TRY(ip, parse_ip(text.substr(0, slash)));
  const int longest = ip.v6 ? 128 : 32;
  if (slash == std::string_view::npos) return Network{ip, longest};
  TRY(prefix, parse_integer(text.substr(slash + 1)));
  if (prefix < 0 || prefix > longest)
    return fail(ErrorKind::invalid, "The prefix length of a network is out of range.");
  for (int bit = static_cast<int>(prefix); bit < 128; ++bit)
    ip.bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80 >> (bit % 8)));
  return Network{ip, static_cast<int>(prefix)};
}

Result<std::vector<Network>> parse_networks(std::span<const std::string> texts) {
  std::vector<Network> networks;
  for (const auto& text : texts) {
    TRY(network, parse_network(trim(text)));
    networks.push_back(network);
  }
  return networks;
}

bool is_global(const IpAddress& ip) {
  if (ip.v6 && !inside(ip.bytes, kGlobalUnicast6.first, kGlobalUnicast6.prefix)) return false;
  if (ip.v6) {
    for (const auto& block : kNotGlobal6)
      if (inside(ip.bytes, block.first, block.prefix)) return false;
  } else {
    for (const auto& block : kNotGlobal4)
      if (inside(ip.bytes, block.first, block.prefix)) return false;
  }
  return true;
}

std::vector<Network> special_networks() {
  std::vector<Network> networks;
  for (const auto& block : kNotGlobal4) networks.push_back({{block.first, false}, block.prefix});
  for (const auto& block : kNotGlobal6) networks.push_back({{block.first, true}, block.prefix});
  return networks;
}

bool may_reach(const IpAddress& ip, std::span<const Network> test_networks) {
  if (is_global(ip)) return true;
  for (const auto& network : test_networks)
    if (network.contains(ip)) return true;
  return false;
}

}  // namespace hotline::url
