#include <gtest/gtest.h>

#include "assessment/agreement.h"
#include "assessment/assessment.h"
#include "assessment/consult.h"
#include "assessment/desk.h"
#include "assessment/exposure.h"
#include "assessment/quality.h"
#include "assessment/stacks.h"
#include "assessment/themes.h"
#include "assessment/viewing.h"
#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::assessment {
namespace {

using accounts::Role;

class SecondOpinion : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    anna_ = test::add_colleague(database(), tenant_, "anna", Role::analyst, now_);
    berta_ = test::add_colleague(database(), tenant_, "berta", Role::analyst, now_);
    clara_ = test::add_colleague(database(), tenant_, "clara", Role::senior, now_);
    mara_ = test::add_colleague(database(), tenant_, "mara", Role::manager, now_);
    rules_.second_look_categories = {"A"};
  }
  test::SeededCase queued(int items = 2) {
    ++cases_;
    return *database().transact([&](db::Transaction& tx) -> Result<test::SeededCase> {
      auto made = test::add_case(
          tx, tenant_, {"http://gallery.example/" + std::to_string(cases_), items, 400, ""}, now_);
      TRY_DONE(enqueue(tx, made.id, {1, "because"}, "uk_abc", now_));
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
  template <class Work>
  auto write(Work&& work) {
    return database().transact([&](db::Transaction& tx) { return work(tx); });
  }
  Result<Finished> look(const Person& who, const test::SeededCase& made, const Grade& grade) {
    now_ += std::chrono::seconds(1);
    EXPECT_TRUE(at_desk([&](Desk& desk) { return desk.claim(who, made.id); }));
    for (const auto& item : made.items)
      EXPECT_TRUE(at_desk([&](Desk& desk) { return desk.decide(who, made.id, item, grade); }));
    return at_desk([&](Desk& desk) { return desk.finish(who, made.id, {}); });
  }
  std::optional<Comparison> comparison(const Person& who, const CaseId& id) {
    return *at_desk([&](Desk& desk) { return desk.comparison(who, id); });
  }
  std::optional<Standing> verdict_of(const CaseId& id) {
    return *database().read([&](db::Transaction& tx) { return verdict(tx, id); });
  }

  Instant now_ = test::start_of_tests();
  TenantId tenant_;
  Person anna_, berta_, clara_, mara_;
  Schemes schemes_ = *Schemes::open(HOTLINE_SOURCE_DIR "/policy/schemes", "uk_abc");
  DeskRules rules_;
  int cases_ = 0;
  const Grade kA{"A", "7-10", "girl", {}}, kB{"B", "7-10", "girl", {}}, kC{"C", "11-13", "boy", {}};
};

TEST_P(SecondOpinion, WhoAgreesIsNotAskedToCompare) {
  const auto made = queued();
  EXPECT_FALSE(look(anna_, made, kA)->decides);
  EXPECT_TRUE(look(berta_, made, kA)->decides);
  EXPECT_FALSE(comparison(berta_, made.id));
}

TEST_P(SecondOpinion, AfterDisagreeingTheSecondReaderSeesBothAndTheFirstDoesNot) {
  const auto made = queued();
  look(anna_, made, kA);
  EXPECT_FALSE(look(berta_, made, kB)->decides);
  const auto open = comparison(berta_, made.id);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->items.size(), 2U);
  EXPECT_EQ(open->items[0].mine.category, "B");
  EXPECT_EQ(open->items[0].theirs.category, "A");
  EXPECT_FALSE(comparison(anna_, made.id));
  EXPECT_FALSE(comparison(clara_, made.id));
}

TEST_P(SecondOpinion, ChangingDecidesWithTheFirstAnswerAndKeepsTheBlindOne) {
  const auto made = queued();
  look(anna_, made, kA);
  look(berta_, made, kB);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(at_desk([&](Desk& desk) { return desk.stand(berta_, made.id, Stand::change, " "); })
                .error()
                .kind,
            ErrorKind::invalid);
  ASSERT_TRUE(at_desk(
      [&](Desk& desk) { return desk.stand(berta_, made.id, Stand::change, "I see it now"); }));
  EXPECT_EQ(verdict_of(made.id)->outcome.category, "A");
  const auto learned =
      *database().read([&](db::Transaction& tx) { return decisions_of(tx, made.id); });
  ASSERT_EQ(learned.size(), 2U);
  EXPECT_EQ(learned[0].grade.category, "A");
  const auto agreement = *database().read([&](db::Transaction& tx) {
    return agreement_by_attribute(tx, tenant_, "uk_abc", now_ - std::chrono::hours(1),
                                  now_ + std::chrono::hours(1));
  });
  EXPECT_EQ(agreement[0].agreement.pairs, 2U);
  EXPECT_EQ(agreement[0].agreement.same, 0U) << "only what was said blind counts";
  EXPECT_EQ(agreement[1].agreement.same, 2U);
}

TEST_P(SecondOpinion, KeepingLeavesItToASeniorAndIsAnsweredOnce) {
  const auto made = queued();
  look(anna_, made, kA);
  look(berta_, made, kB);
  now_ += std::chrono::seconds(1);
  ASSERT_TRUE(
      at_desk([&](Desk& desk) { return desk.stand(berta_, made.id, Stand::keep, "still B"); }));
  EXPECT_FALSE(verdict_of(made.id));
  EXPECT_FALSE(comparison(berta_, made.id));
  EXPECT_TRUE(look(clara_, made, kA)->decides);
  EXPECT_EQ(verdict_of(made.id)->by, clara_.id);
}

TEST_P(SecondOpinion, AgeAndDoubtAboutThePhotographAskForASecondReaderToo) {
  rules_.second_look_categories = {};
  rules_.second_look_ages = {"16-17"};
  rules_.second_look_flags = {"not_photographic"};
  EXPECT_FALSE(look(anna_, queued(), {"C", "16-17", "girl", {}})->decides);
  EXPECT_FALSE(look(anna_, queued(), {"C", "7-10", "girl", {"not_photographic"}})->decides);
  EXPECT_TRUE(look(anna_, queued(), {"C", "7-10", "girl", {}})->decides);
}

TEST_P(SecondOpinion, AStackIsDecidedInOneStepAndTakenBackInOne) {
  const auto made = queued(5);
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.claim(anna_, made.id); }));
  for (const Grade& key : {Grade{"A", "", "", {}}, Grade{"A", "7-10", "", {}}, kA})
    ASSERT_TRUE(
        at_desk([&](Desk& desk) { return desk.decide_all(anna_, made.id, made.items, key); }));
  auto seen = *at_desk([&](Desk& desk) { return desk.view(anna_, made.id); });
  EXPECT_EQ(seen.count(Part::decided), 5);
  EXPECT_EQ(seen.strip.size(), 1U);
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.undo(anna_, made.id, std::nullopt); }));
  seen = *at_desk([&](Desk& desk) { return desk.view(anna_, made.id); });
  EXPECT_EQ(seen.count(Part::to_do), 5);
  EXPECT_FALSE(seen.can_undo);
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.redo(anna_, made.id); }));
  seen = *at_desk([&](Desk& desk) { return desk.view(anna_, made.id); });
  EXPECT_EQ(seen.count(Part::decided), 5);
}

TEST_P(SecondOpinion, ColleaguesAnswerPrivatelyAndAllAnswersOpenTogether) {
  const auto made = queued();
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.claim(anna_, made.id); }));
  const auto call = [&](const std::vector<PersonId>& people) {
    return write([&](db::Transaction& tx) {
      return call_over(tx, anna_, made.id, made.items[0], people, now_);
    });
  };
  EXPECT_EQ(call({anna_.id}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(call({mara_.id}).error().kind, ErrorKind::invalid) << "a manager does not grade";
  const auto id = *call({berta_.id, clara_.id});
  const auto view = [&](const Person& who) {
    return *write([&](db::Transaction& tx) { return consult(tx, who, id); });
  };
  const auto may_see = [&](const Person& who, std::size_t item) {
    return write([&](db::Transaction& tx) { return may_view(tx, who, made.items[item], now_); });
  };
  EXPECT_FALSE(may_see(berta_, 0)) << "asked is not accepted";
  for (const auto& who : {berta_, clara_})
    ASSERT_TRUE(write([&](db::Transaction& tx) { return respond(tx, who, id, true, now_); }));
  EXPECT_EQ(*may_see(berta_, 0), "consult");
  EXPECT_FALSE(may_see(berta_, 1)) << "one item, not the case";
  ASSERT_TRUE(write([&](db::Transaction& tx) {
    return give_opinion(tx, berta_, id, schemes_.active(), kA, "the doorway", now_);
  }));
  EXPECT_FALSE(may_see(berta_, 0)) << "answered is done";
  for (const auto& answer : view(anna_).answers) EXPECT_TRUE(answer.grade.category.empty());
  for (const auto& answer : view(clara_).answers) EXPECT_TRUE(answer.words.empty());
  EXPECT_EQ(write([&](db::Transaction& tx) { return consult(tx, mara_, id); }).error().kind,
            ErrorKind::not_found);
  ASSERT_TRUE(write([&](db::Transaction& tx) {
    return give_opinion(tx, clara_, id, schemes_.active(), kB, "", now_);
  }));
  const auto opened = view(anna_);
  ASSERT_TRUE(opened.opened_at);
  EXPECT_FALSE(opened.answers[0].grade.category.empty());
}

TEST_P(SecondOpinion, WhoWasConsultedIsNoBlindReader) {
  const auto made = queued();
  ASSERT_TRUE(at_desk([&](Desk& desk) { return desk.claim(anna_, made.id); }));
  const auto id = *write([&](db::Transaction& tx) {
    return call_over(tx, anna_, made.id, made.items[0], {berta_.id}, now_);
  });
  ASSERT_TRUE(write([&](db::Transaction& tx) { return respond(tx, berta_, id, true, now_); }));
  ASSERT_TRUE(write([&](db::Transaction& tx) {
    return give_opinion(tx, berta_, id, schemes_.active(), kA, "", now_);
  }));
  EXPECT_FALSE(look(anna_, made, kA)->decides);
  EXPECT_EQ(at_desk([&](Desk& desk) { return desk.claim(berta_, made.id); }).error().kind,
            ErrorKind::forbidden);
  EXPECT_FALSE(*at_desk([&](Desk& desk) { return desk.start(berta_); }));
}

TEST_P(SecondOpinion, ADrawnDecisionIsGradedBlindBySomebodyElse) {
  rules_.second_look_categories = {};
  rules_.quality_percent = 100;
  const auto made = queued();
  ASSERT_TRUE(look(anna_, made, kA)->decides);
  EXPECT_EQ(*write([&](db::Transaction& tx) { return samples_waiting(tx, anna_, now_); }), 0);
  EXPECT_EQ(*write([&](db::Transaction& tx) { return samples_waiting(tx, berta_, now_); }), 2);
  const auto sample = *write([&](db::Transaction& tx) { return take_sample(tx, berta_, now_); });
  ASSERT_TRUE(sample);
  EXPECT_TRUE(sample->first.category.empty());
  EXPECT_TRUE(sample->first_by.empty());
  EXPECT_EQ(*write([&](db::Transaction& tx) { return may_view(tx, berta_, sample->item, now_); }),
            "quality");
  const auto give = [&](const Person& who, const Grade& grade) {
    return write([&](db::Transaction& tx) {
      return give_sample(tx, who, sample->id, schemes_.active(), grade, now_);
    });
  };
  EXPECT_EQ(give(clara_, kA).error().kind, ErrorKind::conflict);
  EXPECT_EQ(give(berta_, {"A", "", "", {}}).error().kind, ErrorKind::invalid);
  EXPECT_FALSE(*give(berta_, kC));
  EXPECT_EQ(give(berta_, kA).error().kind, ErrorKind::conflict) << "once";
  EXPECT_EQ(verdict_of(made.id)->outcome.category, "A") << "a sample measures, it decides nothing";
}

TEST_P(SecondOpinion, BrokenGlassIsRecordedFirstClosesAndIsLookedAtByAnother) {
  rules_.second_look_categories = {};
  const auto made = queued();
  const auto shatter = [&](const Person& who, std::string_view code, std::string_view reason) {
    return write(
        [&](db::Transaction& tx) { return break_glass(tx, who, made.id, code, reason, now_); });
  };
  EXPECT_EQ(shatter(clara_, "appeal", "the owner has written").error().kind, ErrorKind::conflict)
      << "an open case stays blind";
  ASSERT_TRUE(look(anna_, made, kA)->decides);
  EXPECT_EQ(shatter(anna_, "appeal", "the owner has written").error().kind, ErrorKind::forbidden);
  EXPECT_EQ(shatter(clara_, "curious", "the owner has written").error().kind, ErrorKind::invalid);
  EXPECT_EQ(shatter(clara_, "appeal", "").error().kind, ErrorKind::invalid);
  const auto may_see = [&] {
    return write([&](db::Transaction& tx) { return may_view(tx, clara_, made.items[0], now_); });
  };
  EXPECT_FALSE(may_see());
  const auto id = *shatter(clara_, "appeal", "the owner has written");
  EXPECT_EQ(*may_see(), "broken_glass");
  now_ += std::chrono::minutes(16);
  EXPECT_FALSE(may_see());
  const auto review = [&](const Person& who) {
    return write([&](db::Transaction& tx) { return review_access(tx, who, id, "in_order", now_); });
  };
  EXPECT_EQ(review(clara_).error().kind, ErrorKind::forbidden);
  now_ += std::chrono::hours(24);
  EXPECT_TRUE(write([&](db::Transaction& tx) { return accesses(tx, tenant_, 9); })
                  ->front()
                  .is_overdue(now_));
  EXPECT_TRUE(review(mara_));
  EXPECT_EQ(review(mara_).error().kind, ErrorKind::conflict);
}

TEST_P(SecondOpinion, RoutingKeepsAwayWhatSomebodyWishesNotToMeet) {
  const auto hard = queued();
  ASSERT_TRUE(write([&](db::Transaction& tx) {
    return prefill(tx, hard.id, {hard.items[0], "A", "0-2", "girl", "a near match", false}, now_);
  }));
  now_ += std::chrono::seconds(1);
  ASSERT_TRUE(write([&](db::Transaction& tx) {
    return check_in(tx, berta_.id, {480, {"most_severe"}}, rules_.budget, now_);
  }));
  EXPECT_FALSE(*at_desk([&](Desk& desk) { return desk.start(berta_); }));
  const auto plain = queued();
  EXPECT_EQ(*at_desk([&](Desk& desk) { return desk.start(berta_); }), plain.id);
  EXPECT_EQ(*at_desk([&](Desk& desk) { return desk.start(anna_); }), hard.id);
}

INSTANTIATE_TEST_SUITE_P(Engines, SecondOpinion, test::kEngines);

TEST(Agreement, KappaIsThatOfTheTextbook) {
  // Cohen 1960, as in every textbook: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no give 0.4.
  std::vector<Pair> pairs;
  const auto add = [&](int count, const char* first, const char* second) {
    for (int i = 0; i < count; ++i) pairs.push_back({first, second});
  };
  add(20, "yes", "yes");
  add(5, "yes", "no");
  add(10, "no", "yes");
  add(15, "no", "no");
  const auto found = agreement_of(pairs);
  EXPECT_EQ(found.pairs, 50U);
  EXPECT_EQ(found.same, 35U);
  EXPECT_NEAR(*found.kappa, 0.4, 1e-12);
}

TEST(Agreement, HasNoKappaWhereOnlyOneWordIsEverSaid) {
  EXPECT_FALSE(agreement_of({{"A", "A"}, {"A", "A"}}).kappa);
  EXPECT_FALSE(agreement_of({}).kappa);
  EXPECT_NEAR(*agreement_of({{"A", "B"}, {"B", "A"}}).kappa, -1.0, 1e-12);
}

TEST(Stacks, TheSamePictureStandsOnceAndChainsDoNotGrow) {
  const std::string base(64, '0');
  const auto with_bits = [&](int bits) {
    std::string text = base;
    for (int i = 0; i < bits / 4; ++i) text[static_cast<std::size_t>(i)] = 'f';
    return text;
  };
  const auto stacks = stacks_of({{base, 90},
                                 {with_bits(12), 90},  // 12 from the first: joins it.
                                 {with_bits(24), 90},  // 12 from the second, 24 from the first.
                                 {base, 10},           // Says nothing about itself.
                                 {"", 0},
                                 {with_bits(24), 90}});
  EXPECT_EQ(stacks, (std::vector<std::size_t>{0, 0, 2, 3, 4, 2}));
}

}  // namespace
}  // namespace hotline::assessment
