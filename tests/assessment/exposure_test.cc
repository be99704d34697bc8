#include "assessment/exposure.h"

#include <gtest/gtest.h>

#include <random>

#include "accounts/preferences.h"
#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::assessment {
namespace {

class Exposures : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    anna_ = test::add_colleague(database(), tenant_, "anna", accounts::Role::analyst, now_);
  }
  Stop see(int level, std::int64_t cap, int severity = 0) {
    rules_.minutes_max = cap;
    return *database().transact([&](db::Transaction& tx) {
      return count_view(tx, anna_, {level, severity}, rules_, now_);
    });
  }
  Meter today(std::int64_t cap = 240) {
    rules_.minutes_max = cap;
    return *database().read([&](db::Transaction& tx) { return meter(tx, anna_.id, rules_, now_); });
  }
  std::size_t facts(std::string_view kind) {
    return database()
        .read([&](db::Transaction& tx) {
          return facts::FactStore(tx).of_kind("", kind, now_ - std::chrono::hours(48),
                                              now_ + std::chrono::hours(1));
        })
        ->size();
  }
  Instant now_ = test::start_of_tests();
  BudgetRules rules_;
  TenantId tenant_;
  accounts::Person anna_;
};

TEST_P(Exposures, OnlyMinutesWithAPictureCount) {
  for (int i = 0; i < 20; ++i) ASSERT_EQ(see(1, 240), Stop::none);
  now_ += std::chrono::minutes(30);
  ASSERT_EQ(see(3, 240), Stop::none);
  EXPECT_EQ(today().minutes, 2);
  EXPECT_EQ(today().shown.at(1), 20);
  EXPECT_EQ(today().shown.at(3), 1);
}

TEST_P(Exposures, NothingIsShownBeyondTheCapBeforeTheNextDay) {
  for (int i = 0; i < 3; ++i, now_ += std::chrono::minutes(1)) ASSERT_EQ(see(1, 3), Stop::none);
  now_ -= std::chrono::seconds(30);
  EXPECT_EQ(see(1, 3), Stop::none) << "the last minute may be finished";
  now_ += std::chrono::seconds(30);
  EXPECT_EQ(see(1, 3), Stop::minutes);
  EXPECT_TRUE(today(3).is_full());
  EXPECT_EQ(today(3).shown.at(1), 4) << "a refused picture was not shown";
  EXPECT_EQ(facts("exposure_paused"), 1U);
  now_ += std::chrono::hours(24);
  EXPECT_EQ(see(1, 3), Stop::none);
  EXPECT_EQ(today(3).minutes, 1);
}

TEST_P(Exposures, InNoScheduleIsThereAMinuteBeyondTheCap) {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same walk each time.
  for (int i = 0; i < 200; ++i) {
    now_ += std::chrono::seconds(random() % 150);
    const auto before = today(12).minutes;
    const auto stop = see(static_cast<int>(random() % 4) + 1, 12);
    ASSERT_LE(today(12).minutes, 12);
    if (stop == Stop::minutes) {
      ASSERT_EQ(before, 12);
    }
  }
  EXPECT_EQ(today(12).minutes, 12);
}

TEST_P(Exposures, OnesOwnLimitCountsFromTheNextPicture) {
  ASSERT_EQ(see(1, 240), Stop::none);
  ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
    return accounts::set_preference(tx, anna_.id, "minutes_max", "1");
  }));
  now_ += std::chrono::minutes(1);
  EXPECT_EQ(see(1, 240), Stop::minutes);
  EXPECT_EQ(today().minutes_max, 1);
}

TEST_P(Exposures, AnOverrideLastsHalfAnHourAtMostAndIsAFact) {
  const auto lifted = [&](std::int64_t minutes) {
    return database().transact([&](db::Transaction& tx) {
      return lift(tx, anna_, minutes, "per_00000000000000000000000000", now_);
    });
  };
  EXPECT_EQ(lifted(31).error().kind, ErrorKind::invalid);
  ASSERT_EQ(see(1, 1), Stop::none);
  now_ += std::chrono::minutes(1);
  ASSERT_EQ(see(1, 1), Stop::minutes);
  ASSERT_TRUE(lifted(30));
  EXPECT_EQ(see(1, 1), Stop::none);
  EXPECT_EQ(facts("exposure_lifted"), 1U);
  now_ += std::chrono::minutes(30);
  EXPECT_EQ(see(1, 1), Stop::minutes);
}

TEST_P(Exposures, AWishForTodayIsGoneTomorrow) {
  ASSERT_TRUE(database().transact(
      [&](db::Transaction& tx) { return check_in(tx, anna_.id, {480, {"video"}}, rules_, now_); }));
  EXPECT_EQ(today().opt_outs, std::vector<std::string>{"video"});
  ASSERT_EQ(see(1, 240), Stop::none);
  now_ += std::chrono::hours(24);
  EXPECT_TRUE(today().opt_outs.empty());
}

TEST_P(Exposures, TheTeamsMeansNeedFivePeople) {
  const auto team = [&] {
    return *database().read([&](db::Transaction& tx) { return team_day(tx, tenant_, now_); });
  };
  ASSERT_EQ(see(3, 240), Stop::none);
  EXPECT_FALSE(team());
  for (int i = 0; i < 4; ++i) {
    const auto one = test::add_colleague(database(), tenant_, "p" + std::to_string(i),
                                         accounts::Role::analyst, now_);
    ASSERT_TRUE(database().transact(
        [&](db::Transaction& tx) { return count_view(tx, one, {3, 0}, rules_, now_); }));
  }
  EXPECT_EQ(team()->people, 5);
  EXPECT_EQ(team()->minutes_mean, 1);
}

INSTANTIATE_TEST_SUITE_P(Engines, Exposures, test::kEngines);

}  // namespace
}  // namespace hotline::assessment
