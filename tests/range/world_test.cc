#include "range/world.h"

#include <gtest/gtest.h>

#include <set>

#include "range/servers.h"

namespace hotline::range {
namespace {

World the_world() {
  auto world = World::load(HOTLINE_SOURCE_DIR "/range/sites.json");
  EXPECT_TRUE(world) << world.error().sentence;
  return *world;
}

TEST(World, EverySiteLivesInTheNetworkThatTheRegistrySays) {
  const auto world = the_world();
  EXPECT_GE(world.sites.size(), 15U);
  for (const auto& site : world.sites) {
    ASSERT_NE(world.holder(site.address), nullptr);
    EXPECT_EQ(world.holder(site.address)->handle, site.network) << site.name;
    if (!site.address6.empty()) {
      EXPECT_EQ(world.holder(site.address6)->handle, site.network);
    }
    if (!site.moved_address.empty()) {
      EXPECT_EQ(world.holder(site.moved_address)->handle, site.moved_network);
      EXPECT_NE(world.network(site.moved_network)->country, world.network(site.network)->country);
    }
  }
}

TEST(World, NoTwoSitesShareAnAddressOrAName) {
  const auto world = the_world();
  std::set<std::string> seen;
  for (const auto& site : world.sites)
    for (const auto& one :
         {site.name, site.address, site.address6, site.moved_address, site.origin})
      EXPECT_TRUE(one.empty() || seen.insert(one).second) << one;
}

TEST(World, OnlyReservedNamesAndDocumentationNetworks) {
  const auto world = the_world();
  for (const auto& ip : world.addresses())
    EXPECT_TRUE(lies_in(ip, "192.0.2.0/24") || lies_in(ip, "198.51.100.0/24") ||
                lies_in(ip, "203.0.113.0/24") || lies_in(ip, "2001:db8::/32"))
        << ip;
  for (const auto& site : world.sites) EXPECT_TRUE(site.name.ends_with(".example"));
  for (const auto& network : world.networks) EXPECT_TRUE(network.abuse.ends_with(".example"));
}

TEST(World, SomeSitesAreAtHomeAndSomeAbroad) {
  const auto world = the_world();
  EXPECT_EQ(world.network(world.site("new.example")->network)->country, world.home_country);
  EXPECT_NE(world.network(world.site("known.example")->network)->country, world.home_country);
}

TEST(World, TheNarrowestNetworkHoldsAnAddressAndTheOneAboveAWiderPrefix) {
  const auto world = the_world();
  EXPECT_EQ(world.holder("192.0.2.66")->handle, "RNG-TULIP");
  EXPECT_EQ(world.holder("192.0.2.64/27")->handle, "RNG-NORTH");
  EXPECT_EQ(world.holder("2001:db8:11::1")->handle, "RNG-TULIP");
  EXPECT_EQ(world.holder("10.0.0.1"), nullptr);
  EXPECT_EQ(world.holder("no address"), nullptr);
}

TEST(World, ASpanHasTheFirstAndTheLastAddress) {
  EXPECT_EQ(span_of("192.0.2.64/28").first, "192.0.2.64");
  EXPECT_EQ(span_of("192.0.2.64/28").last, "192.0.2.79");
  EXPECT_EQ(span_of("2001:db8:11::/48").last, "2001:db8:11:ffff:ffff:ffff:ffff:ffff");
}

TEST(World, ANetworkWithoutItsParentIsRefused) {
  const auto world = World::load(HOTLINE_SOURCE_DIR "/range/make_mmdb.pl");
  ASSERT_FALSE(world);
  EXPECT_EQ(world.error().kind, ErrorKind::invalid);
}

TEST(Servers, TheWebServerListensForEverySiteThatIsUp) {
  const auto world = the_world();
  const auto text = nginx_config(world, "DIR");
  for (const auto& site : world.sites)
    EXPECT_EQ(text.find("listen " + site.address + ":80;") != std::string::npos, site.listens)
        << site.name;
  EXPECT_NE(text.find("listen 203.0.113.34:80;"), std::string::npos) << "where moving.example goes";
  EXPECT_NE(text.find("proxy_pass http://198.51.100.130;"), std::string::npos) << "the origin";
}

TEST(Servers, EveryNetworkIsInTheMmdbAfterTheOneAroundIt) {
  const auto world = the_world();
  std::set<std::string> seen;
  for (const auto& network : world.networks) {
    EXPECT_TRUE(network.parent.empty() || seen.contains(network.parent));
    seen.insert(network.handle);
  }
  EXPECT_EQ(mmdb_networks(world).size(), 2 * world.networks.size());
}

}  // namespace
}  // namespace hotline::range
