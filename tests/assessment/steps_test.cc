#include "assessment/steps.h"

#include <gtest/gtest.h>

#include <random>

namespace hotline::assessment {
namespace {

/// The plainest thing that undo and redo can mean: the list of what was done, and a mark in it.
struct Model {
  struct Done {
    ItemId item;
    Grade grade;
  };
  std::vector<Done> done;
  std::size_t mark = 0;

  [[nodiscard]] std::map<ItemId, Grade> shown() const {
    std::map<ItemId, Grade> grades;
    for (std::size_t i = 0; i < mark; ++i) grades[done[i].item] = done[i].grade;
    return grades;
  }
};

class Steps : public ::testing::Test {
 protected:
  Steps() {
    for (int i = 0; i < 6; ++i) items_.push_back(ItemId::make(instant(i)));
  }
  void set(const ItemId& item, const Grade& grade) {
    events_.push_back({Act::set, "stp_" + std::to_string(events_.size()), item, anna_, grade, {}});
  }
  void act(Act act, const std::string& step) { events_.push_back({act, step, {}, anna_, {}, {}}); }
  std::map<ItemId, Grade> shown() const {
    std::map<ItemId, Grade> grades;
    for (const auto& [item, step] : standing(events_)) grades[item] = step.grade;
    return grades;
  }

  std::vector<ItemId> items_;
  PersonId anna_ = PersonId::make(instant(1));
  std::vector<Event> events_;
};

TEST_F(Steps, UndoAndRedoDoWhatAListWithAMarkWouldDo) {
  std::mt19937 random(20300304);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same walk each time.
  for (int walk = 0; walk < 200; ++walk) {
    events_.clear();
    Model model;
    for (int move = 0; move < 60; ++move) {
      switch (random() % 4) {
        case 0: {
          const auto step = next_undo(events_, anna_);
          ASSERT_EQ(step.has_value(), model.mark > 0);
          if (!step) break;
          act(Act::undo, *step);
          --model.mark;
          break;
        }
        case 1: {
          const auto step = next_redo(events_, anna_);
          ASSERT_EQ(step.has_value(), model.mark < model.done.size());
          if (!step) break;
          act(Act::redo, *step);
          ++model.mark;
          break;
        }
        default: {
          const auto& item = items_[random() % items_.size()];
          const Grade grade{
              std::string(1, static_cast<char>('A' + random() % 3)), "7-10", "boy", {}};
          set(item, grade);
          model.done.resize(model.mark);
          model.done.push_back({item, grade});
          ++model.mark;
        }
      }
      ASSERT_EQ(shown(), model.shown()) << "walk " << walk << " move " << move;
    }
  }
}

TEST_F(Steps, NothingIsEverRemovedFromTheEvents) {
  set(items_[0], {"A", "", "", {}});
  act(Act::undo, *next_undo(events_, anna_));
  act(Act::redo, *next_redo(events_, anna_));
  EXPECT_EQ(events_.size(), 3U);
  EXPECT_EQ(shown().size(), 1U);
}

TEST_F(Steps, UndoingAnEarlierStepLeavesTheLaterOnes) {
  set(items_[0], {"A", "7-10", "girl", {}});
  set(items_[1], {"B", "7-10", "girl", {}});
  act(Act::undo, events_[0].step);
  EXPECT_FALSE(shown().contains(items_[0]));
  EXPECT_TRUE(shown().contains(items_[1]));
}

TEST_F(Steps, EachPersonUndoesOnlyTheirOwn) {
  const auto berta = PersonId::make(instant(2));
  set(items_[0], {"A", "7-10", "girl", {}});
  EXPECT_FALSE(next_undo(events_, berta));
}

TEST_F(Steps, KeysOfOneGradeAreOneStep) {
  const auto schemes = Schemes::open(HOTLINE_SOURCE_DIR "/policy/schemes", "uk_abc");
  ASSERT_TRUE(schemes.has_value());
  const auto& uk = schemes->active();
  set(items_[0], {"A", "", "", {}});
  EXPECT_EQ(unfinished_group(uk, events_, anna_, {items_[0]}), events_[0].step);
  EXPECT_FALSE(unfinished_group(uk, events_, anna_, {items_[1]}));
  events_.push_back({Act::set, events_[0].step, items_[0], anna_, {"A", "3-6", "boy", {}}, {}});
  EXPECT_FALSE(unfinished_group(uk, events_, anna_, {items_[0]})) << "complete";
  ASSERT_EQ(steps_of(events_).size(), 1U);
  EXPECT_EQ(steps_of(events_)[0].grade.age, "3-6");
  act(Act::undo, *next_undo(events_, anna_));
  EXPECT_TRUE(shown().empty()) << "one undo takes all three keys back";
}

}  // namespace
}  // namespace hotline::assessment
