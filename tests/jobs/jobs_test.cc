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
  static DueJob take(JobStore& store, Instant now) {
    const auto due = store.take_due("w", now, minutes(1), 1);
    EXPECT_EQ(due->size(), 1u);
    return due->at(0);
  }
  std::size_t due_at(Instant now) {
    return with([&](JobStore& s) { return s.take_due("w", now, minutes(1), 100); }).value().size();
  }
};

TEST_P(Jobs, AJobIsTakenOnceAndComesBackWhenItsLeaseEnds) {
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("trace", "a", kNow); }));
  EXPECT_EQ(due_at(kNow), 1u);
  EXPECT_EQ(due_at(kNow), 0u);
  EXPECT_EQ(due_at(kNow + minutes(1)), 1u);
}

TEST_P(Jobs, OneSubjectHasOneJobOfAKind) {
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(with([](JobStore& s) { return s.schedule("trace", "a", kNow); }));
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
  ASSERT_TRUE(
      with([&](JobStore& s) { return s.fail_until(take(s, kNow), kNow + minutes(5), error); }));
  EXPECT_EQ(due_at(kNow + minutes(4)), 0u);
  ASSERT_TRUE(with([&](JobStore& s) {
    const DueJob job = take(s, kNow + minutes(5));
    EXPECT_EQ(job.attempts, 1);
    return s.give_up(job, error);
  }));
  EXPECT_EQ(due_at(kNow + minutes(500)), 0u);
  const auto troubles = with([](JobStore& s) { return s.given_up(); });
  ASSERT_EQ(troubles->size(), 1u);
  EXPECT_EQ((*troubles)[0].sentence, "No answer.");
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow); }));
  EXPECT_EQ(due_at(kNow), 1u);
}

TEST_P(Jobs, WhatWasScheduledMeanwhileIsNotFinishedAway) {
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow); }));
  ASSERT_TRUE(with([&](JobStore& s) -> Done {
    const DueJob job = take(s, kNow);
    TRY_DONE(s.schedule("look", "a", kNow + minutes(7)));
    TRY_DONE(s.finish(job));
    TRY_DONE(s.again(job, kNow));
    return s.fail_until(job, kNow, {ErrorKind::invalid, "No."});
  }));
  EXPECT_EQ(due_at(kNow + minutes(6)), 0u);
  EXPECT_EQ(due_at(kNow + minutes(7)), 1u);
}

TEST_P(Jobs, AKilledWorkersJobsAreDueAtOnceWhenItStartsAgain) {
  for (const char* subject : {"a", "b"})
    ASSERT_TRUE(with([&](JobStore& s) { return s.schedule("look", subject, kNow); }));
  ASSERT_TRUE(with([&](JobStore& s) { return s.take_due("one", kNow, minutes(9), 1); }));
  ASSERT_TRUE(with([&](JobStore& s) { return s.take_due("two", kNow, minutes(9), 1); }));
  EXPECT_EQ(with([](JobStore& s) { return s.reclaim("one", kNow + minutes(1)); }).value(), 1);
  EXPECT_EQ(due_at(kNow + minutes(1)), 1u);
}

TEST_P(Jobs, TheNextDueTimeIsKnown) {
  EXPECT_EQ(with([](JobStore& s) { return s.next_due(); }).value(), std::nullopt);
  ASSERT_TRUE(with([](JobStore& s) { return s.schedule("look", "a", kNow + minutes(3)); }));
  EXPECT_EQ(with([](JobStore& s) { return s.next_due(); }).value(), kNow + minutes(3));
  ASSERT_TRUE(with([](JobStore& s) { return s.finish(take(s, kNow + minutes(3))); }));
  EXPECT_EQ(with([](JobStore& s) { return s.waiting(kNow + minutes(9)); }).value(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, Jobs, test::kEngines);

}  // namespace
}  // namespace hotline::jobs
