#include "jobs/jobs.h"

#include <gtest/gtest.h>

#include "support/test_database.h"

namespace hotline::jobs {
namespace {

const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");
using std::chrono::minutes;

class Jobs : public test::OnBothDatabases {
 protected:
  template <class Work>
  auto with(Work work) {
    return database().transact([&](db::Transaction& tx) {
      JobStore store(tx);
      return work(store);
    });
  }
  std::size_t due_at(Instant now) {
    return with([&](JobStore& s) { return s.take_due(now, minutes(1), 100); }).value().size();
  }
};

TEST_P(Jobs, AJobIsTakenOnceAndComesBackWhenItsLeaseEnds) {
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("trace", "a", kNow); }));
  EXPECT_EQ(due_at(kNow), 1u);
  EXPECT_EQ(due_at(kNow), 0u);
  EXPECT_EQ(due_at(kNow + minutes(1)), 1u);
}

TEST_P(Jobs, OneSubjectHasOneJobOfAKind) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(with([](JobStore& s) { return s.schedule("trace", "a", kNow); }));
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("trace", "b", kNow + minutes(5)); }));
  EXPECT_EQ(due_at(kNow + minutes(2)), 1u);
}

TEST_P(Jobs, HasteningNeverDelays) {
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow + minutes(1)); }));
  ASSERT_TRUE(with([](JobStore& s) { return s.hasten("look", "a", kNow + minutes(30)); }));
  EXPECT_EQ(due_at(kNow + minutes(1)), 1u);
  ASSERT_TRUE(with([](JobStore& s) { return s.hasten("look", "a", kNow); }));
  EXPECT_EQ(due_at(kNow), 1u);
}

TEST_P(Jobs, FailuresAreCountedAndGivingUpIsVisible) {
  const Error error{ErrorKind::unavailable, "No answer."};
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow); }));
  ASSERT_TRUE(with([&](JobStore& s) { return s.fail_until("look", "a", kNow + minutes(5), error); }));
  const auto due = with([](JobStore& s) { return s.take_due(kNow + minutes(5), minutes(1), 10); });
  ASSERT_EQ(due->size(), 1u);
  EXPECT_EQ((*due)[0].attempts, 1);
  ASSERT_TRUE(with([&](JobStore& s) { return s.give_up("look", "a", error); }));
  EXPECT_EQ(due_at(kNow + minutes(500)), 0u);
  const auto troubles = with([](JobStore& s) { return s.given_up(); });
  ASSERT_EQ(troubles->size(), 1u);
  EXPECT_EQ((*troubles)[0].sentence, "No answer.");
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow); }));
  EXPECT_EQ(due_at(kNow), 1u);
}

TEST_P(Jobs, TheNextDueTimeIsKnown) {
  EXPECT_EQ(with([](JobStore& s) { return s.next_due(); }).value(), std::nullopt);
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow + minutes(3)); }));
  EXPECT_EQ(with([](JobStore& s) { return s.next_due(); }).value(), kNow + minutes(3));
  ASSERT_TRUE(with([](JobStore& s) { return s.finish("look", "a"); }));
  EXPECT_EQ(with([](JobStore& s) { return s.waiting(kNow + minutes(9)); }).value(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, Jobs, test::kEngines);

}  // namespace
}  // namespace hotline::jobs
