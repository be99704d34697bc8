#include "statistics/survival.h"

#include <gtest/gtest.h>

#include <random>

namespace hotline::statistics {
namespace {

using namespace std::chrono_literals;

// The 6-MP group of Freireich et al. (Blood 21, 1963), the textbook example of the method, in weeks
// taken as hours; its estimates stand in every text on survival analysis.
const std::vector<Spell> kTextbook = {
    {6h, true},   {6h, true},   {6h, true},   {6h, false}, {7h, true},   {9h, false},
    {10h, true},  {10h, false}, {11h, false}, {13h, true}, {16h, true},  {17h, false},
    {19h, false}, {20h, false}, {22h, true},  {23h, true}, {25h, false}, {32h, false},
    {32h, false}, {34h, false}, {35h, false}};

TEST(Survival, TheTextbookExample) {
  const Survival survival(kTextbook);
  EXPECT_EQ(survival.size(), 21);
  EXPECT_EQ(survival.percent_up(5h), 100);
  EXPECT_EQ(survival.percent_up(6h), 86);   // 0.8571
  EXPECT_EQ(survival.percent_up(7h), 81);   // 0.8067
  EXPECT_EQ(survival.percent_up(10h), 75);  // 0.7529
  EXPECT_EQ(survival.percent_up(13h), 69);  // 0.6902
  EXPECT_EQ(survival.percent_up(16h), 63);  // 0.6275
  EXPECT_EQ(survival.percent_up(22h), 54);  // 0.5378
  EXPECT_EQ(survival.percent_up(23h), 45);  // 0.4482
  EXPECT_EQ(survival.percent_up(35h), 45);
  EXPECT_EQ(survival.percent_up(36h), std::nullopt);  // Nothing was watched that long.
  EXPECT_EQ(survival.median(), std::chrono::seconds(23h));
}

TEST(Survival, NothingAndOnlyOne) {
  EXPECT_EQ(Survival({}).percent_up(1h), std::nullopt);
  EXPECT_EQ(Survival({}).median(), std::nullopt);
  const Survival still_up({{2h, false}});
  EXPECT_EQ(still_up.percent_up(1h), 100);
  EXPECT_EQ(still_up.percent_up(3h), std::nullopt);
  EXPECT_EQ(still_up.median(), std::nullopt);
  const Survival gone({{2h, true}});
  EXPECT_EQ(gone.percent_up(1h), 100);
  EXPECT_EQ(gone.percent_up(2h), 0);
  EXPECT_EQ(gone.percent_up(1000h), 0);
  EXPECT_EQ(gone.median(), std::chrono::seconds(2h));
}

TEST(Survival, WithoutCensoringItIsThePlainShare) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Spell> spells;
    const int size = 1 + static_cast<int>(random() % 60);
    for (int i = 0; i < size; ++i) spells.push_back({std::chrono::hours(random() % 20), true});
    const Survival survival(spells);
    for (int hours = 0; hours < 20; ++hours) {
      const auto left = std::count_if(spells.begin(), spells.end(), [&](const Spell& s) {
        return s.time > std::chrono::hours(hours);
      });
      EXPECT_NEAR(static_cast<double>(*survival.percent_up(std::chrono::hours(hours))),
                  100.0 * static_cast<double>(left) / size, 0.5001);
    }
  }
}

TEST(Survival, WhatIsStillUpMakesAHostSlower) {
  // Five removed within the hour and five still up after a month: the median of the removed alone
  // would be one hour.
  std::vector<Spell> spells(5, {1h, true});
  spells.resize(10, {720h, false});
  EXPECT_EQ(Survival(spells).percent_up(24h), 50);
  spells.push_back({720h, false});
  EXPECT_EQ(Survival(spells).median(), std::nullopt);
}

}  // namespace
}  // namespace hotline::statistics
