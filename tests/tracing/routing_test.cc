// The routing table: dumps made here byte by byte, hostile ones, and bgpdump as the peer.
#include "tracing/routing_table.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "base/text.h"

namespace hotline::tracing {
namespace {

namespace fs = std::filesystem;

const Instant kNow = instant(1'900'000'000'000'000);

std::string big(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 255);
  return out;
}

std::string record(int type, int subtype, const std::string& body) {
  return big(1'900'000'000, 4) + big(static_cast<std::uint64_t>(type), 2) +
         big(static_cast<std::uint64_t>(subtype), 2) + big(body.size(), 4) + body;
}

std::string attribute(int type, const std::string& value) {
  return big(0x50, 1) + big(static_cast<std::uint64_t>(type), 1) + big(value.size(), 2) + value;
}

std::string path_of(const std::vector<std::uint32_t>& systems, int segment = 2) {
  std::string path = big(static_cast<std::uint64_t>(segment), 1) + big(systems.size(), 1);
  for (const auto system : systems) path += big(system, 4);
  return path;
}

std::string peers(int count) {
  std::string body = big(0xc0000201, 4) + big(4, 2) + "view" + big(static_cast<unsigned>(count), 2);
  for (int i = 0; i < count; ++i)
    body += big(2, 1) + big(0xc0000202 + static_cast<unsigned>(i), 4) +
            big(0xc0000202 + static_cast<unsigned>(i), 4) +
            big(64496 + static_cast<unsigned>(i), 4);
  return record(13, 1, body);
}

/// One RIB record; each path is one peer's.
std::string rib(const std::string& prefix, const std::vector<std::vector<std::uint32_t>>& paths,
                int number = 0) {
  const auto network = *url::parse_network(prefix);
  const bool v6 = network.first.v6;
  std::string body = big(static_cast<unsigned>(number), 4) +
                     big(static_cast<unsigned>(network.prefix), 1) +
                     std::string(reinterpret_cast<const char*>(network.first.bytes.data()),
                                 static_cast<std::size_t>(network.prefix + 7) / 8) +
                     big(paths.size(), 2);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string attributes = attribute(1, big(0, 1)) + attribute(2, path_of(paths[i])) +
                                   attribute(3, big(0xc0000202, 4));
    body += big(i, 2) + big(1'899'999'999, 4) + big(attributes.size(), 2) + attributes;
  }
  return record(13, v6 ? 4 : 2, body);
}

class Routing : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("routing_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  Result<Imported> import(const std::string& bytes) const {
    return import_routes(write("dump", bytes), path("table"), kNow, [](auto, auto) {});
  }
  fs::path folder_;
};

url::IpAddress ip(const char* text) {
  return *url::parse_ip(text);
}

TEST_F(Routing, TheLongestPrefixAnswersAndItsOriginIsTheEndOfThePath) {
  ASSERT_TRUE(import(peers(2) + rib("192.0.2.0/24", {{64496, 64500}, {64497, 64496, 64500}}) +
                     rib("192.0.2.64/28", {{64496, 64501}}) + rib("198.51.0.0/16", {{64502}}) +
                     rib("2001:db8::/32", {{64496, 65536}}) +
                     rib("2001:db8:1::/48", {{64496, 65537}})));
  const auto table = RoutingTable::open(path("table"));
  ASSERT_TRUE(table) << table.error().sentence;
  EXPECT_EQ((*table)->system_of(ip("192.0.2.7")), 64500u);
  EXPECT_EQ((*table)->system_of(ip("192.0.2.64")), 64501u);
  EXPECT_EQ((*table)->system_of(ip("192.0.2.79")), 64501u);
  EXPECT_EQ((*table)->system_of(ip("192.0.2.80")), 64500u);
  EXPECT_EQ((*table)->system_of(ip("192.0.3.0")), 0u);
  EXPECT_EQ((*table)->system_of(ip("192.0.1.255")), 0u);
  EXPECT_EQ((*table)->system_of(ip("2001:db8:1:2::3")), 65537u);
  EXPECT_EQ((*table)->system_of(ip("2001:db8:2::")), 65536u);
  EXPECT_EQ((*table)->system_of(ip("2001:db9::")), 0u);
  const auto found = (*table)->look_up(ip("192.0.2.7"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->prefix.text(), "192.0.2.0/24");
  ASSERT_EQ(found->origins.size(), 1u);
  EXPECT_EQ(found->origins[0].seen_by, 2u);
  EXPECT_EQ((*table)->source(), "dump (MRT)");
  EXPECT_EQ((*table)->imported_at(), kNow);
}

TEST_F(Routing, SeveralOriginsAreAllKeptMostSeenFirst) {
  ASSERT_TRUE(import(rib("192.0.2.0/24", {{1, 64500}, {2, 64501}, {3, 64501}, {4, 64502}})));
  const auto found = (*RoutingTable::open(path("table")))->look_up(ip("192.0.2.1"));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->origins.size(), 3u);
  EXPECT_EQ(found->origins[0].system, 64501u);
  EXPECT_EQ(found->origins[0].seen_by, 2u);
}

TEST_F(Routing, OldDumpsSetsAndDefaultRoutesAreUnderstood) {
  const std::string old_path = big(2, 1) + big(2, 1) + big(64496, 2) + big(23456, 2);
  const std::string attributes = attribute(2, old_path) + attribute(17, path_of({64496, 70000}));
  const auto old_record =
      record(12, 1,
             big(0, 4) + big(0xc0000200, 4) + big(24, 1) + big(1, 1) + big(0, 4) +
                 big(0xc0000201, 4) + big(64496, 2) + big(attributes.size(), 2) + attributes);
  const std::string set = attribute(2, path_of({64496}) + path_of({64500, 64501}, 1));
  const auto with_set = record(13, 2,
                               big(0, 4) + big(24, 1) + "\xc6\x33\x64" + big(1, 2) + big(0, 2) +
                                   big(0, 4) + big(set.size(), 2) + set);
  const auto done =
      import(old_record + with_set + rib("0.0.0.0/0", {{64499}}) + record(16, 4, "something else"));
  ASSERT_TRUE(done) << done.error().sentence;
  EXPECT_EQ(done->skipped, 1u);
  const auto table = *RoutingTable::open(path("table"));
  EXPECT_EQ(table->system_of(ip("192.0.2.1")), 70000u);
  EXPECT_EQ(table->system_of(ip("198.51.100.1")), 0u);  // A set is no origin.
  EXPECT_EQ(table->system_of(ip("203.0.113.1")), 0u);   // The default route is nobody's.
}

TEST_F(Routing, ABrokenDumpChangesNothing) {
  const std::string good = peers(1) + rib("192.0.2.0/24", {{64500}});
  ASSERT_TRUE(import(good));
  for (std::size_t cut = 1; cut < good.size(); ++cut) {
    const auto done = import(good.substr(0, cut));
    if (!done) {
      EXPECT_EQ(done.error().kind, ErrorKind::invalid) << cut;
    }
    ASSERT_TRUE(RoutingTable::open(path("table"))) << cut;
  }
  EXPECT_FALSE(import("<html>this is no dump at all, but long enough</html>"));
  EXPECT_FALSE(import(""));
  EXPECT_EQ(RoutingTable::open(path("table")).value()->system_of(ip("192.0.2.1")), 64500u);
}

TEST_F(Routing, AnyFlippedByteOfADumpIsSurvived) {
  const std::string good = peers(2) + rib("192.0.2.0/24", {{64500}, {64501, 64500}});
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const int change : {1, 0x80, 0xff}) {
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ change);
      (void)read_mrt(bad, [](AnnouncedRoute&& route) -> Done {
        EXPECT_LE(route.prefix.prefix, 128);
        return {};
      });
    }
}

TEST_F(Routing, ADamagedTableIsRefused) {
  ASSERT_TRUE(import(rib("192.0.2.0/24", {{64500}})));
  std::ifstream file(path("table"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(RoutingTable::open(write("cut", whole.substr(0, cut)))) << cut;
  EXPECT_EQ(RoutingTable::open(path("none")).error().kind, ErrorKind::not_found);
}

TEST_F(Routing, AgreesWithAPlainLoopOverRandomPrefixes) {
  std::mt19937_64 random(7);
  std::vector<std::pair<url::Network, std::uint32_t>> all;
  RoutingBuilder builder;
  std::set<std::string> seen;
  for (int i = 0; i < 3000; ++i) {
    const bool v6 = i % 3 == 0;
    url::IpAddress at;
    at.v6 = v6;
    // Crowded on purpose: prefixes inside each other, with shared ends.
    for (std::size_t byte = 0; byte < (v6 ? 16u : 4u); ++byte)
      at.bytes[byte] = static_cast<std::uint8_t>(random() % 3 == 0 ? 255 : random() % 4);
    const auto network =
        *url::parse_network(at.text() + "/" + std::to_string(1 + random() % (v6 ? 128 : 32)));
    if (!seen.insert(network.text()).second) continue;
    all.emplace_back(network, static_cast<std::uint32_t>(1 + i));
    builder.add(network, static_cast<std::uint32_t>(1 + i));
  }
  ASSERT_TRUE(builder.write(path("table"), "random", kNow));
  const auto table = *RoutingTable::open(path("table"));
  int held = 0;
  for (int i = 0; i < 20'000; ++i) {
    url::IpAddress asked;
    asked.v6 = i % 3 == 0;
    for (std::size_t byte = 0; byte < (asked.v6 ? 16u : 4u); ++byte)
      asked.bytes[byte] = static_cast<std::uint8_t>(random() % 3 == 0 ? 255 : random() % 5);
    int longest = -1;
    std::uint32_t expected = 0;
    for (const auto& [network, system] : all)
      if (network.prefix > longest && network.contains(asked)) {
        longest = network.prefix;
        expected = system;
      }
    ASSERT_EQ(table->system_of(asked), expected) << asked.text();
    held += expected != 0 ? 1 : 0;
  }
  EXPECT_GT(held, 1000);
}

// The peer: bgpdump from Debian reads the same dump; prefix, peer count and origins must agree.
TEST_F(Routing, BgpdumpReadsTheSameOutOfTheSameDump) {
  if (!fs::exists("/usr/bin/bgpdump")) GTEST_SKIP() << "bgpdump is not installed";
  std::mt19937 random(11);
  const auto below = [&](std::uint32_t most) {
    return static_cast<std::uint32_t>(random() % most);
  };
  std::string dump = peers(4);
  for (int i = 0; i < 300; ++i) {
    const std::string prefix = i % 4 == 0 ? "2001:db8:" + std::to_string(i) + "::/48"
                                          : "10." + std::to_string(i % 250) + "." +
                                                std::to_string(i / 250) + ".0/" +
                                                std::to_string(22 + i % 3);
    std::vector<std::vector<std::uint32_t>> paths;
    for (int peer = 0; peer < 1 + i % 4; ++peer)
      paths.push_back({64496 + static_cast<std::uint32_t>(peer), 100'000 + below(50),
                       4'200'000'000u + below(90)});
    dump += rib(prefix, paths, i);
  }
  const auto file = write("rib", dump);
  std::multiset<std::string> ours, theirs;
  ASSERT_TRUE(read_mrt(dump, [&](AnnouncedRoute&& route) -> Done {
    for (const auto origin : route.origins)
      ours.insert(route.prefix.text() + " " + std::to_string(origin));
    return {};
  }));
  FILE* pipe = ::popen(("bgpdump -m " + file + " 2>/dev/null").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    // TABLE_DUMP2|time|B|peer|system|prefix|path|…
    const std::string text = line.data();
    const auto columns = split(text, '|');
    if (columns.size() < 7) continue;
    theirs.insert(url::parse_network(columns[5])->text() + " " +
                  std::string(columns[6].substr(columns[6].rfind(' ') + 1)));
  }
  ::pclose(pipe);
  EXPECT_GT(ours.size(), 500u);
  EXPECT_EQ(ours, theirs);
}

}  // namespace
}  // namespace hotline::tracing
