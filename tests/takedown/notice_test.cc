#include "takedown/notice.h"

#include <gtest/gtest.h>

#include <set>

namespace hotline::takedown {
namespace {

TEST(Notice, NothingLeavesWhileThePoliceHoldIt) {
  EXPECT_EQ(next(NoticeState::held, NoticeEvent::delivered).error().kind, ErrorKind::conflict);
}

TEST(Notice, NoTwoRowsAnswerTheSameQuestion) {
  for (const auto& a : kSteps)
    for (const auto& b : kSteps) EXPECT_TRUE(&a == &b || a.from != b.from || a.on != b.on);
}

TEST(Notice, EveryStateAndEventGivesItsRowOrAConflict) {
  for (const auto from : kNoticeStates)
    for (const auto on : kNoticeEvents) {
      const Step* row = nullptr;
      for (const auto& step : kSteps)
        if (step.from == from && step.on == on) row = &step;
      const auto to = next(from, on);
      ASSERT_EQ(to.has_value(), row != nullptr) << name(from) << " " << name(on);
      if (row != nullptr)
        EXPECT_EQ(*to, row->to);
      else
        EXPECT_EQ(to.error().kind, ErrorKind::conflict);
    }
}

TEST(Notice, EveryOpenStateCanEndInEachOfTheThreeWays) {
  for (const auto state : kNoticeStates) {
    if (!is_open(state)) continue;
    EXPECT_EQ(next(state, NoticeEvent::item_gone).value(), NoticeState::removed) << name(state);
    EXPECT_EQ(next(state, NoticeEvent::item_moved).value(), NoticeState::moved) << name(state);
    EXPECT_EQ(next(state, NoticeEvent::withdraw_asked).value(), NoticeState::withdrawn);
  }
}

TEST(Notice, OnlyAnAnalystsNewDecisionRevivesAWithdrawnOne) {
  for (const auto on : kNoticeEvents)
    EXPECT_EQ(next(NoticeState::withdrawn, on).has_value(), on == NoticeEvent::assessed_again);
}

TEST(Notice, WhatMovedNeverComesBackHere) {
  for (const auto on : kNoticeEvents) EXPECT_FALSE(next(NoticeState::moved, on));
}

TEST(Notice, EveryStateButTheFirstTwoIsReachedFromThem) {
  std::set<NoticeState> reached{NoticeState::held, NoticeState::ready};
  for (std::size_t round = 0; round < kNoticeStates.size(); ++round)
    for (const auto& step : kSteps)
      if (reached.contains(step.from)) reached.insert(step.to);
  EXPECT_EQ(reached.size(), kNoticeStates.size());
}

TEST(Notice, NamesGoBothWays) {
  for (const auto state : kNoticeStates) EXPECT_EQ(parse_notice_state(name(state)).value(), state);
  for (const auto answer : kAnswers) EXPECT_EQ(parse_answer(name(answer)).value(), answer);
  EXPECT_EQ(parse_notice_state("open").error().kind, ErrorKind::invalid);
}

TEST(Notice, ItsReferenceSurvivesTicketSystems) {
  const auto id = NoticeId::make(instant(1'900'000'000'000'000));
  const std::string mark = reference(id);
  for (const std::string& subject :
       std::vector<std::string>{"Re: [Hotline " + mark + "] Illegal content",
                                "AW: WG: [Ticket#123] [Hotline " + mark + "]",
                                "[abuse #4711] re: [hotline " + mark + "] illegal", "FW:" + mark,
                                "NTC-short then [Hotline " + mark + "]"})
    EXPECT_EQ(find_reference(subject).value(), id) << subject;
  EXPECT_EQ(find_reference("Re: your mail").error().kind, ErrorKind::not_found);
  EXPECT_EQ(find_reference("NTC-01HQ").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace hotline::takedown
