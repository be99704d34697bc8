#include "assessment/exposure.h"

#include <gtest/gtest.h>

#include <random>

#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::assessment {
namespace {

class Exposure : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    anna_ = test::add_person(database(), tenant_, "anna", accounts::Role::analyst, now_).id;
  }
  Done see(int level, std::int64_t cap) {
    return database().transact(
        [&](db::Transaction& tx) { return count_view(tx, tenant_, anna_, level, cap, now_); });
  }
  Meter today(std::int64_t cap = 240) {
    return *database().read([&](db::Transaction& tx) { return meter(tx, anna_, cap, now_); });
  }
  Instant now_ = test::start_of_tests();
  TenantId tenant_;
  PersonId anna_;
};

TEST_P(Exposure, OnlyMinutesWithAPictureCount) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(see(1, 240));
  now_ += std::chrono::minutes(30);
  ASSERT_TRUE(see(3, 240));
  EXPECT_EQ(today().minutes, 2);
  EXPECT_EQ(today().shown.at(1), 20);
  EXPECT_EQ(today().shown.at(3), 1);
}

TEST_P(Exposure, NothingIsShownBeyondTheCapBeforeTheNextDay) {
  for (int i = 0; i < 3; ++i, now_ += std::chrono::minutes(1)) ASSERT_TRUE(see(1, 3)) << i;
  now_ -= std::chrono::seconds(30);
  EXPECT_TRUE(see(1, 3)) << "the last minute may be finished";
  now_ += std::chrono::seconds(30);
  EXPECT_EQ(see(1, 3).error().kind, ErrorKind::forbidden);
  EXPECT_TRUE(today(3).is_full());
  EXPECT_EQ(today(3).shown.at(1), 4) << "a refused picture was not shown";
  const auto paused = *database().read([&](db::Transaction& tx) {
    return facts::FactStore(tx).of_kind("", "exposure_paused", now_ - std::chrono::hours(1),
                                        now_ + std::chrono::hours(1));
  });
  EXPECT_EQ(paused.size(), 1U);
  now_ += std::chrono::hours(24);
  EXPECT_TRUE(see(1, 3));
  EXPECT_EQ(today(3).minutes, 1);
}

TEST_P(Exposure, InNoScheduleIsThereAMinuteBeyondTheCap) {
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same walk each time.
  const auto day = std::chrono::floor<std::chrono::days>(now_);
  for (int i = 0; i < 400; ++i) {
    now_ += std::chrono::seconds(random() % 150);
    if (std::chrono::floor<std::chrono::days>(now_) != day) break;
    const auto before = today(12).minutes;
    const auto shown = see(static_cast<int>(random() % 4) + 1, 12);
    ASSERT_LE(today(12).minutes, 12);
    if (!shown) {
      ASSERT_EQ(before, 12);
    }
  }
  EXPECT_EQ(today(12).minutes, 12);
}

INSTANTIATE_TEST_SUITE_P(Engines, Exposure, test::kEngines);

}  // namespace
}  // namespace hotline::assessment
