#include "range/routes.h"

#include "url/ip.h"

namespace hotline::range {
namespace {

constexpr unsigned kPeers = 3;

std::string big(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 255);
  return out;
}

std::string record(unsigned subtype, const std::string& body) {
  constexpr std::uint64_t kTime = 1'893'456'000;
  return big(kTime, 4) + big(13, 2) + big(subtype, 2) + big(body.size(), 4) + body;
}

std::string attribute(unsigned type, const std::string& value) {
  return big(0x50, 1) + big(type, 1) + big(value.size(), 2) + value;
}

std::string rib(const url::Network& network, std::int64_t system, std::uint64_t number) {
  std::string body = big(number, 4) + big(static_cast<unsigned>(network.prefix), 1) +
                     std::string(reinterpret_cast<const char*>(network.first.bytes.data()),
                                 static_cast<std::size_t>(network.prefix + 7) / 8) +
                     big(kPeers, 2);
  for (unsigned peer = 0; peer < kPeers; ++peer) {
    const auto path =
        big(2, 1) + big(2, 1) + big(64496 + peer, 4) + big(static_cast<std::uint64_t>(system), 4);
    const auto attributes = attribute(1, big(0, 1)) + attribute(2, path);
    body += big(peer, 2) + big(0, 4) + big(attributes.size(), 2) + attributes;
  }
  return record(network.first.v6 ? 4 : 2, body);
}

}  // namespace

std::string mrt_dump(const World& world) {
  std::string peers = big(0xc0000235, 4) + big(5, 2) + "range" + big(kPeers, 2);
  for (unsigned peer = 0; peer < kPeers; ++peer)
    peers +=
        big(2, 1) + big(0xc0000201 + peer, 4) + big(0xc0000201 + peer, 4) + big(64496 + peer, 4);
  std::string dump = record(1, peers);
  std::uint64_t number = 0;
  for (const auto& network : world.networks)
    for (const auto& cidr : {network.cidr, network.cidr6})
      if (const auto prefix = url::parse_network(cidr)) dump += rib(*prefix, network.asn, number++);
  return dump;
}

}  // namespace hotline::range
