#include "assessment/desk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

#include "assessment/assessment.h"
#include "assessment/exposure.h"
#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::assessment {
namespace {

using accounts::Role;

class DeskSuite : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    anna_ = test::add_colleague(database(), tenant_, "anna", Role::analyst, now_);
    berta_ = test::add_colleague(database(), tenant_, "berta", Role::analyst, now_);
    clara_ = test::add_colleague(database(), tenant_, "clara", Role::senior, now_);
  }
  test::SeededCase queued(int items = 3, Priority priority = {1, "because"}, int side = 400) {
    ++cases_;
    return *database().transact([&](db::Transaction& tx) -> Result<test::SeededCase> {
      auto made = test::add_case(
          tx, tenant_, {"http://gallery.example/" + std::to_string(cases_), items, side, ""}, now_);
      TRY_DONE(enqueue(tx, made.id, priority, "uk_abc", now_));
      return made;
    });
  }
  template <class Work>
  auto at_desk(Work&& work) {
    return database().transact([&](db::Transaction& tx) {
      Desk desk(tx, schemes_, rules_, now_);
      return work(desk);
    });
  }
  Done claim(const Person& who, const CaseId& id) {
    return at_desk([&](Desk& desk) { return desk.claim(who, id); });
  }
  Result<std::string> decide(const Person& who, const CaseId& id, const ItemId& item, Grade grade) {
    return at_desk([&](Desk& desk) { return desk.decide(who, id, item, grade); });
  }
  Result<Finished> finish(const Person& who, const CaseId& id, Finish how = {}) {
    return at_desk([&](Desk& desk) { return desk.finish(who, id, how); });
  }
  CaseView view(const Person& who, const CaseId& id) {
    return *at_desk([&](Desk& desk) { return desk.view(who, id); });
  }
  std::optional<Standing> standing_verdict(const CaseId& id) {
    return *database().read([&](db::Transaction& tx) { return verdict(tx, id); });
  }
  std::vector<std::string> kinds_of(const CaseId& id) {
    std::vector<std::string> kinds;
    const auto facts = database().read(
        [&](db::Transaction& tx) { return facts::FactStore(tx).of_case(id.str()); });
    for (const auto& fact : *facts) kinds.push_back(fact.kind);
    return kinds;
  }

  const Grade a_{"A", "7-10", "girl", {}}, c_{"C", "11-13", "boy", {}};
  Instant now_ = test::start_of_tests();
  Schemes schemes_ = *Schemes::open(HOTLINE_SOURCE_DIR "/policy/schemes", "uk_abc");
  DeskRules rules_;
  TenantId tenant_;
  Person anna_, berta_, clara_;
  int cases_ = 0;
};

TEST_P(DeskSuite, StartGivesTheHighestRankThenTheOldestThenOnesOwn) {
  const auto low = queued(1, {1, "low"});
  now_ += std::chrono::seconds(1);
  const auto high = queued(1, {9, "high"});
  now_ += std::chrono::seconds(1);
  queued(1, {9, "high too"});
  const auto first = at_desk([&](Desk& desk) { return desk.start(anna_); });
  EXPECT_EQ(**first, high.id);
  EXPECT_EQ(**at_desk([&](Desk& desk) { return desk.start(anna_); }), high.id)
      << "the open one again";
  EXPECT_NE(**at_desk([&](Desk& desk) { return desk.start(berta_); }), high.id);
  EXPECT_EQ(**at_desk([&](Desk& desk) { return desk.start(clara_); }), low.id);
}

TEST_P(DeskSuite, EnqueueingTwiceKeepsOnePlaceAndRaisesTheRank) {
  const auto made = queued(1, {5, "first"});
  const auto again = [&](Priority priority) {
    return *database().transact(
        [&](db::Transaction& tx) { return enqueue(tx, made.id, priority, "uk_abc", now_); });
  };
  EXPECT_FALSE(again({3, "less"}));
  EXPECT_EQ(view(anna_, made.id).entry.priority.words, "first");
  EXPECT_FALSE(again({7, "reported 4 times"}));
  EXPECT_EQ(view(anna_, made.id).entry.priority.words, "reported 4 times");
}

TEST_P(DeskSuite, ACaseBelongsToOnePersonUntilItLapses) {
  const auto made = queued();
  ASSERT_TRUE(claim(anna_, made.id));
  EXPECT_EQ(claim(berta_, made.id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(decide(berta_, made.id, made.items[0], a_).error().kind, ErrorKind::conflict);
  now_ += std::chrono::minutes(20);
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], a_)) << "which also keeps the claim alive";
  now_ += std::chrono::minutes(20);
  EXPECT_FALSE(claim(berta_, made.id));
  now_ += std::chrono::minutes(11);
  EXPECT_TRUE(claim(berta_, made.id));
  EXPECT_EQ(decide(anna_, made.id, made.items[1], a_).error().kind, ErrorKind::conflict);
}

TEST_P(DeskSuite, AWholeCaseIsDecidedUndoneAndFinished) {
  const auto made = queued(3);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], {"B", "", "", {}}));
  EXPECT_EQ(finish(anna_, made.id).error().kind, ErrorKind::conflict) << "half a grade";
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], {"B", "14-15", "", {}}));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], {"B", "14-15", "boy", {}}));
  ASSERT_TRUE(decide(anna_, made.id, made.items[1], a_));
  EXPECT_EQ(*at_desk([&](Desk& desk) { return desk.undo(anna_, made.id, std::nullopt); }),
            made.items[1]);
  EXPECT_EQ(view(anna_, made.id).items[1].part, Part::to_do);
  EXPECT_EQ(view(anna_, made.id).items[0].grade.sex, "boy");
  EXPECT_EQ(*at_desk([&](Desk& desk) { return desk.redo(anna_, made.id); }), made.items[1]);
  EXPECT_EQ(finish(anna_, made.id, {GradeMode::grade_all, {}}).error().kind, ErrorKind::conflict);
  const auto done = finish(anna_, made.id);
  ASSERT_TRUE(done.has_value()) << done.error().sentence;
  EXPECT_TRUE(done->decides);
  EXPECT_EQ(standing_verdict(made.id)->outcome, done->outcome);
  EXPECT_EQ(done->outcome.category, "A");
  EXPECT_EQ(done->outcome.item, made.items[1]);
  EXPECT_EQ(kinds_of(made.id), (std::vector<std::string>{
                                   "case_queued", "case_claimed", "item_assessed", "item_assessed",
                                   "item_assessment_undone", "item_assessed", "case_assessed"}));
}

TEST_P(DeskSuite, WithdrawingOpensTheCaseAgainAndKeepsTheGrades) {
  const auto made = queued(1);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], a_));
  ASSERT_TRUE(finish(anna_, made.id));
  EXPECT_EQ(at_desk([&](Desk& desk) { return desk.withdraw(berta_, made.id); }).error().kind,
            ErrorKind::forbidden)
      << "not hers, and she is no senior";
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.withdraw(anna_, made.id); }));
  EXPECT_FALSE(standing_verdict(made.id));
  EXPECT_TRUE(view(anna_, made.id).mine);
  EXPECT_EQ(view(anna_, made.id).items[0].grade, a_);
  EXPECT_EQ(kinds_of(made.id)[4], "assessment_withdrawn");
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.undo(anna_, made.id, std::nullopt); }));
  ASSERT_TRUE(finish(anna_, made.id, {GradeMode::act_on_page, Verdict::not_actionable}));
  EXPECT_EQ(standing_verdict(made.id)->outcome.verdict, Verdict::not_actionable);
}

TEST_P(DeskSuite, APageIsNotSaidToBeHarmlessWhileAnItemSaysOtherwise) {
  const auto made = queued(2);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], a_));
  for (const auto said :
       {Verdict::not_actionable, Verdict::gone, Verdict::unsure, Verdict::actionable})
    EXPECT_EQ(finish(anna_, made.id, {GradeMode::act_on_page, said}).error().kind,
              ErrorKind::conflict);
}

TEST_P(DeskSuite, WhatIsKnownIsFilledInAndNotAsked) {
  const auto made = queued(3);
  ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
    TRY_DONE(prefill(tx, made.id, {made.items[0], "A", "3-6", "", "known here", true}, now_));
    TRY_DONE(
        prefill(tx, made.id, {made.items[1], "C", "7-10", "boy", "near, distance 6", false}, now_));
    return prefill(tx, made.id, {made.items[2], "made_up", "", "", "another scheme", true}, now_);
  }));
  ASSERT_TRUE(claim(anna_, made.id));
  const auto before = view(anna_, made.id);
  EXPECT_EQ(before.items[0].part, Part::known);
  EXPECT_EQ(before.items[0].source, "known here");
  EXPECT_EQ(before.items[1].part, Part::to_do);
  ASSERT_TRUE(before.items[1].suggestion.has_value());
  EXPECT_EQ(before.items[2].part, Part::to_do)
      << "a word of another scheme is never mapped silently";
  EXPECT_EQ(
      at_desk([&](Desk& desk) { return desk.accept(anna_, made.id, made.items[2]); }).error().kind,
      ErrorKind::invalid);
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.accept(anna_, made.id, made.items[1]); }));
  const auto done = finish(anna_, made.id);
  ASSERT_TRUE(done.has_value()) << done.error().sentence;
  EXPECT_EQ(done->outcome.category, "A");
  EXPECT_EQ(done->outcome.age, "3-6");
  const auto graders = [&](const ItemId& item) {
    return *database().read([&](db::Transaction& tx) { return graders_of(tx, item); });
  };
  EXPECT_TRUE(graders(made.items[0]).empty()) << "filled in is not graded";
  EXPECT_EQ(graders(made.items[1]), std::vector<PersonId>{anna_.id});
  const auto learned =
      *database().read([&](db::Transaction& tx) { return decisions_of(tx, made.id); });
  ASSERT_EQ(learned.size(), 1U);
  EXPECT_EQ(learned[0].item, made.items[1]);
  const auto today = *database().read(
      [&](db::Transaction& tx) { return meter(tx, anna_.id, BudgetRules{}, now_); });
  EXPECT_EQ(today.avoided, 2);
}

TEST_P(DeskSuite, IconsAreFurnitureAndNeedNoDecision) {
  const auto made = queued(2, {1, "x"}, 32);
  ASSERT_TRUE(claim(anna_, made.id));
  EXPECT_EQ(view(anna_, made.id).count(Part::furniture), 2);
  EXPECT_FALSE(finish(anna_, made.id)) << "nothing to decide by";
  EXPECT_TRUE(finish(anna_, made.id, {GradeMode::act_on_page, Verdict::not_actionable}));
}

TEST_P(DeskSuite, TheSecondLookIsBlindAndByAnotherPerson) {
  rules_.second_look_categories = {"A"};
  const auto made = queued(1);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], a_));
  const auto first = finish(anna_, made.id);
  EXPECT_FALSE(first->decides);
  EXPECT_FALSE(standing_verdict(made.id));
  EXPECT_EQ(claim(anna_, made.id).error().kind, ErrorKind::forbidden);
  EXPECT_FALSE(*at_desk([&](Desk& desk) { return desk.start(anna_); }));
  ASSERT_TRUE(claim(berta_, made.id));
  const auto blind = view(berta_, made.id);
  EXPECT_EQ(blind.items[0].grade, Grade{});
  EXPECT_TRUE(blind.looks.empty());
  EXPECT_TRUE(blind.strip.empty());
  ASSERT_TRUE(decide(berta_, made.id, made.items[0], a_));
  EXPECT_EQ(view(anna_, made.id).items[0].grade, Grade{}) << "nor may the first watch the second";
  EXPECT_TRUE(finish(berta_, made.id)->decides);
  EXPECT_EQ(view(anna_, made.id).looks.size(), 2U);
  EXPECT_EQ(standing_verdict(made.id)->by, berta_.id);
}

TEST_P(DeskSuite, WhereTwoDisagreeASeniorSeesBothAndDecides) {
  rules_.second_look_categories = {"A"};
  const auto made = queued(1);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], a_));
  ASSERT_TRUE(finish(anna_, made.id));
  ASSERT_TRUE(claim(berta_, made.id));
  ASSERT_TRUE(decide(berta_, made.id, made.items[0], c_));
  EXPECT_FALSE(finish(berta_, made.id)->decides);
  const auto dora = test::add_colleague(database(), tenant_, "dora", Role::analyst, now_);
  EXPECT_EQ(claim(dora, made.id).error().kind, ErrorKind::forbidden);
  ASSERT_TRUE(claim(clara_, made.id));
  EXPECT_EQ(view(clara_, made.id).looks.size(), 2U);
  ASSERT_TRUE(decide(clara_, made.id, made.items[0], c_));
  EXPECT_TRUE(finish(clara_, made.id)->decides);
  EXPECT_EQ(standing_verdict(made.id)->outcome.category, "C");
}

TEST_P(DeskSuite, UnsureGoesToASecondPersonWhoseWordCounts) {
  const auto made = queued(1);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], {"unsure", "", "", {}}));
  EXPECT_FALSE(finish(anna_, made.id)->decides);
  ASSERT_TRUE(claim(berta_, made.id));
  ASSERT_TRUE(decide(berta_, made.id, made.items[0], c_));
  EXPECT_TRUE(finish(berta_, made.id)->decides);
}

TEST_P(DeskSuite, AnotherTenantsCaseIsNotThere) {
  const auto made = queued(1);
  const auto other = test::add_tenant(database(), now_);
  const auto stranger = test::add_colleague(database(), other, "stranger", Role::senior, now_);
  EXPECT_EQ(claim(stranger, made.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(at_desk([&](Desk& desk) { return desk.view(stranger, made.id); }).error().kind,
            ErrorKind::not_found);
  EXPECT_EQ(at_desk([&](Desk& desk) { return desk.withdraw(stranger, made.id); }).error().kind,
            ErrorKind::not_found);
  EXPECT_FALSE(*at_desk([&](Desk& desk) { return desk.start(stranger); }));
}

TEST_P(DeskSuite, RolesThatDoNotGradeCannot) {
  const auto made = queued(1);
  for (const auto role : {Role::manager, Role::police, Role::admin}) {
    const auto who =
        test::add_colleague(database(), tenant_, std::string(accounts::name(role)), role, now_);
    EXPECT_EQ(claim(who, made.id).error().kind, ErrorKind::forbidden);
    EXPECT_EQ(at_desk([&](Desk& desk) { return desk.start(who); }).error().kind,
              ErrorKind::forbidden);
  }
}

TEST_P(DeskSuite, AnItemOfAnotherPageCannotBeDecidedHere) {
  const auto one = queued(1);
  const auto two = queued(1);
  ASSERT_TRUE(claim(anna_, one.id));
  EXPECT_EQ(decide(anna_, one.id, two.items[0], a_).error().kind, ErrorKind::not_found);
}

TEST_P(DeskSuite, SomethingNewOnADecidedAddressComesBackWithItsGrades) {
  const auto made = queued(1);
  ASSERT_TRUE(claim(anna_, made.id));
  ASSERT_TRUE(decide(anna_, made.id, made.items[0], a_));
  ASSERT_TRUE(finish(anna_, made.id));
  const auto again = [&] {
    return database().transact([&](db::Transaction& tx) {
      return reopen(tx, made.id, priority_of({.returned = true}), now_);
    });
  };
  ASSERT_TRUE(again());
  EXPECT_EQ(again().error().kind, ErrorKind::conflict);
  EXPECT_TRUE(standing_verdict(made.id)) << "until a person says otherwise";
  EXPECT_EQ(view(berta_, made.id).entry.priority.words, "it was removed and is back");
  ASSERT_TRUE(claim(berta_, made.id));
  EXPECT_EQ(view(berta_, made.id).items[0].grade, a_) << "nobody has to look at it again";
  now_ += std::chrono::minutes(1);
  ASSERT_TRUE(finish(berta_, made.id));
  EXPECT_EQ(standing_verdict(made.id)->by, berta_.id);
}

INSTANTIATE_TEST_SUITE_P(Engines, DeskSuite, test::kEngines);

TEST(Queue, ThirteenAnalystsWhoPressStartAtOnceNeverShareACase) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("hotline_queue_" + hex(crypto::random_bytes(6)));
  std::filesystem::create_directories(folder);
  {
    const auto opened = db::Database::open("sqlite:" + (folder / "hotline.db").string(), 13);
    ASSERT_TRUE(opened.has_value());
    db::Database& database = **opened;
    ASSERT_TRUE(db::migrate(database, HOTLINE_SOURCE_DIR "/schema"));
    const auto now = test::start_of_tests();
    const auto tenant = test::add_tenant(database, now);
    ASSERT_TRUE(database.transact([&](db::Transaction& tx) -> Done {
      for (int i = 0; i < 26; ++i) {
        const auto made = test::add_case(
            tx, tenant, {"http://gallery.example/" + std::to_string(i), 1, 400, ""}, now);
        TRY_DONE(enqueue(tx, made.id, {1, "x"}, "uk_abc", now));
      }
      return {};
    }));
    const auto schemes = Schemes::open(HOTLINE_SOURCE_DIR "/policy/schemes", "uk_abc");
    const DeskRules rules;
    std::vector<Person> people;
    for (int i = 0; i < 13; ++i)
      people.push_back(
          test::add_colleague(database, tenant, "analyst" + std::to_string(i), Role::analyst, now));
    std::vector<std::vector<CaseId>> got(people.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < people.size(); ++i)
      threads.emplace_back([&, i] {
        for (int round = 0; round < 3; ++round) {
          const auto mine =
              database.transact([&](db::Transaction& tx) -> Result<std::optional<CaseId>> {
                Desk desk(tx, *schemes, rules, now);
                TRY(id, desk.start(people[i]));
                return id;
              });
          if (!mine || !*mine) continue;
          got[i].push_back(**mine);
          EXPECT_TRUE(database.transact([&](db::Transaction& tx) {
            Desk desk(tx, *schemes, rules, now);
            return desk.finish(people[i], **mine,
                               {GradeMode::act_on_page, Verdict::not_actionable});
          }));
        }
      });
    for (auto& thread : threads) thread.join();
    std::set<CaseId> all;
    std::size_t count = 0;
    for (const auto& ids : got)
      for (const auto& id : ids) {
        all.insert(id);
        ++count;
      }
    EXPECT_EQ(count, 26U) << "every case is taken";
    EXPECT_EQ(all.size(), count) << "and none twice";
  }
  std::filesystem::remove_all(folder);
}

TEST(Priority, TheReasonIsInWords) {
  const auto priority = priority_of({.reports = 3, .new_items = 1, .known_items = 2});
  EXPECT_EQ(priority.words, "1 item nobody has assessed; reported 3 times; 2 items known already");
  EXPECT_GT(priority_of({.child_at_risk = true}).rank,
            priority_of({.reports = 99, .new_items = 99, .returned = true}).rank);
  EXPECT_EQ(priority_of({}).words, "oldest first");
}

}  // namespace
}  // namespace hotline::assessment
