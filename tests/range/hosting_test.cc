// What the range answers to those who trace: WHOIS, routes, habits.
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "net/whois_answer.h"
#include "range/habit_server.h"
#include "range/routes.h"
#include "range/whois_server.h"

namespace hotline::range {
namespace {

World the_world() {
  auto world = World::load(HOTLINE_SOURCE_DIR "/range/sites.json");
  EXPECT_TRUE(world) << world.error().sentence;
  return *world;
}

TEST(RangeWhois, KnowsEveryNetworkSystemAndName) {
  const auto world = the_world();
  for (const auto& network : world.networks) {
    const auto record = net::read_whois(whois_answer(world, span_of(network.cidr).last));
    EXPECT_FALSE(record.nothing) << network.handle;
    EXPECT_FALSE(record.country.empty());
    EXPECT_FALSE(record.abuse_email.empty());
    EXPECT_EQ(net::read_whois(whois_answer(world, "AS" + std::to_string(network.asn))).country,
              network.country);
  }
  for (const auto& site : world.sites)
    EXPECT_EQ(net::read_whois(whois_answer(world, site.name + "\r\n")).registrar,
              "Range Names Ltd.");
  EXPECT_TRUE(net::read_whois(whois_answer(world, "nobody.example")).nothing);
  EXPECT_TRUE(net::read_whois(whois_answer(world, "8.8.8.8")).nothing);
}

TEST(RangeRoutes, EveryNetworkIsInTheDump) {
  const auto world = the_world();
  const auto dump = mrt_dump(world);
  EXPECT_GT(dump.size(), world.networks.size() * 100);
}

TEST(RangeHabits, AreFortyAtLeastAndEachAnswersOverTheWire) {
  const auto habits = host_habits();
  EXPECT_GE(habits.size(), 40u);
  std::set<std::string> names;
  for (const auto& habit : habits) {
    EXPECT_TRUE(names.insert(habit.name).second) << habit.name;
    net::FetchRequest request;
    request.url = habit_address(habit);
    const auto answer = habit_answer(habit.answers({request}), habit.name + ".example");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << habit.name;
  }
  // Silence goes over the wire as nothing at all.
  net::Capture silent;
  EXPECT_EQ(habit_answer(silent, "x.example"), "");
}

TEST(RangeHabits, APictureIsADrawnOneAndAlwaysTheSame) {
  net::FetchRequest request;
  request.url = "http://stays.example/1.jpg";
  for (const auto& habit : host_habits()) {
    if (habit.name != "stays") continue;
    const auto first = habit_answer(habit.answers({request}), "stays.example");
    EXPECT_NE(first.find("Content-Type: image/jpeg"), std::string::npos);
    EXPECT_GT(first.size(), 2000u);
    EXPECT_EQ(habit_answer(habit.answers({request}), "stays.example"), first);
  }
}

}  // namespace
}  // namespace hotline::range
