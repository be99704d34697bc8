#include "assessment/queue_state.h"

#include <gtest/gtest.h>

namespace hotline::assessment {
namespace {

TEST(QueueState, EveryPairIsEitherInTheTableOrRefused) {
  for (const auto from : kQueueStates)
    for (const auto on : kQueueEvents) {
      const QueueStep* row = nullptr;
      for (const auto& step : kQueueSteps)
        if (step.from == from && step.on == on) row = &step;
      const auto to = next(from, on);
      ASSERT_EQ(to.has_value(), row != nullptr) << name(from) << " " << name(on);
      if (row)
        EXPECT_EQ(*to, row->to);
      else
        EXPECT_EQ(to.error().kind, ErrorKind::conflict);
    }
}

TEST(QueueState, NoTwoRowsAnswerTheSameQuestion) {
  for (const auto& a : kQueueSteps)
    for (const auto& b : kQueueSteps) EXPECT_TRUE(&a == &b || a.from != b.from || a.on != b.on);
}

TEST(QueueState, ADecisionIsReachedOnlyThroughAClaimOrByAgreeingAfterTwo) {
  for (const auto& step : kQueueSteps)
    if (step.to == QueueState::decided && step.on != QueueEvent::agreed) {
      EXPECT_EQ(step.from, QueueState::claimed);
    }
  for (const auto& step : kQueueSteps)
    if (step.to == QueueState::claimed) {
      EXPECT_EQ(step.on, QueueEvent::taken);
    }
}

TEST(QueueState, EveryStateCanBeLeft) {
  for (const auto state : kQueueStates) {
    bool left = false;
    for (const auto on : kQueueEvents) left = left || next(state, on).has_value();
    EXPECT_TRUE(left) << name(state);
    EXPECT_EQ(parse_queue_state(name(state)), state);
  }
}

}  // namespace
}  // namespace hotline::assessment
