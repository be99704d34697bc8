#include "assessment/findings.h"

#include <gtest/gtest.h>

#include "assessment/find.h"
#include "assessment/reach.h"
#include "assessment/rota.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::assessment {
namespace {

const Vocabulary kVocabulary = *Vocabulary::open(HOTLINE_SOURCE_DIR "/policy/methods.json");

Finding region() {
  Finding finding;
  finding.kind = "region";
  finding.value = "plug";
  finding.item = "itm_01m82pzzzzzzzzzzzzzzzzzzzz";
  finding.frame = {100, 100, 200, 200};
  finding.nobody_inside = true;
  return finding;
}

TEST(Finding, AFrameIsNeverDrawnWithoutSayingThatNobodyIsInside) {
  auto finding = region();
  EXPECT_TRUE(check(finding, kVocabulary));
  finding.nobody_inside = false;
  EXPECT_EQ(check(finding, kVocabulary).error().kind, ErrorKind::invalid);
}

TEST(Finding, NoWordForWhatAFrameHoldsIsAPerson) {
  for (const auto* word : {"person", "child", "face", "body", ""}) {
    auto finding = region();
    finding.value = word;
    EXPECT_FALSE(check(finding, kVocabulary)) << word;
  }
}

TEST(Finding, AFrameLiesWithinThePictureAndLeavesHalfOfIt) {
  for (const Frame frame : {Frame{-10, 0, 100, 100}, Frame{0, 0, 5, 100}, Frame{950, 0, 100, 100},
                            Frame{0, 0, 1000, 600}}) {
    auto finding = region();
    finding.frame = frame;
    EXPECT_FALSE(check(finding, kVocabulary)) << frame.left << " " << frame.width;
  }
}

TEST(Finding, APlaceSaysHowSureAndWhy) {
  Finding place;
  place.kind = "place";
  place.value = "NL";
  place.confidence = 60;
  place.words = "plug of that country";
  EXPECT_TRUE(check(place, kVocabulary));
  for (const std::int64_t sure : {0, 101, -1}) {
    auto wrong = place;
    wrong.confidence = sure;
    EXPECT_FALSE(check(wrong, kVocabulary)) << sure;
  }
  auto silent = place;
  silent.words.clear();
  EXPECT_FALSE(check(silent, kVocabulary));
}

TEST(Finding, AMethodIsAWordOfTheVocabulary) {
  Finding method;
  method.kind = "method";
  method.value = "link_list";
  EXPECT_TRUE(check(method, kVocabulary));
  method.value = "something_else";
  EXPECT_FALSE(check(method, kVocabulary));
}

TEST(Reach, WhatNobodyHasSeenComesBeforeWhatWasCopied) {
  const auto fresh = reach_of({.items = 4, .hours_since_seen = 100});
  const auto mixed = reach_of({.items = 4, .known = 2, .hours_since_seen = 100});
  const auto copied = reach_of({.items = 4, .known = 4, .hours_since_seen = 100});
  EXPECT_GT(fresh.order, mixed.order);
  EXPECT_GT(mixed.order, copied.order);
  const auto danger = reach_of({.reporter_sees_danger = true, .items = 4, .known = 4});
  EXPECT_GT(danger.order, fresh.order);
  EXPECT_NE(danger.reasons.front().find("at risk"), std::string::npos);
}

TEST(Reach, EveryPlaceIsExplained) {
  for (int items = 0; items < 4; ++items)
    for (int known = 0; known <= items; ++known)
      for (const bool danger : {false, true})
        for (const std::int64_t hours : {1, 1000})
          EXPECT_FALSE(reach_of({.reporter_sees_danger = danger,
                                 .items = items,
                                 .known = known,
                                 .hours_since_seen = hours})
                           .reasons.empty());
}

class FindingStore : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    tenant_ = test::add_tenant(database(), now_);
    anna_ = test::add_colleague(database(), tenant_, "anna", accounts::Role::analyst, now_);
    mara_ = test::add_colleague(database(), tenant_, "mara", accounts::Role::manager, now_);
  }
  template <class Work>
  auto in(Work&& work) {
    return database().transact(std::forward<Work>(work));
  }
  test::SeededCase case_of(const std::string& address, int items) {
    return *in([&](db::Transaction& tx) -> Result<test::SeededCase> {
      return test::add_case(tx, tenant_, {address, items, 400, ""}, now_);
    });
  }
  Instant now_ = test::start_of_tests();
  TenantId tenant_;
  accounts::Person anna_, mara_;
};

TEST_P(FindingStore, IsNotedShownAndTakenBackByItsAuthorOnly) {
  const auto made = case_of("http://gallery.example/a", 2);
  Finding place;
  place.casefile = made.id;
  place.kind = "place";
  place.value = "NL";
  place.confidence = 60;
  place.words = "a sign";
  const auto id =
      in([&](db::Transaction& tx) { return add_finding(tx, anna_, place, kVocabulary, now_); });
  ASSERT_TRUE(id) << id.error().sentence;
  EXPECT_FALSE(
      in([&](db::Transaction& tx) { return add_finding(tx, mara_, place, kVocabulary, now_); }));
  const auto seen = in([&](db::Transaction& tx) { return findings_of(tx, mara_, made.id); });
  ASSERT_EQ(seen->size(), 1U);
  EXPECT_EQ(seen->front().confidence, 60);
  EXPECT_FALSE(in([&](db::Transaction& tx) { return remove_finding(tx, mara_, *id, now_); }));
  EXPECT_TRUE(in([&](db::Transaction& tx) { return remove_finding(tx, anna_, *id, now_); }));
  EXPECT_TRUE(in([&](db::Transaction& tx) { return findings_of(tx, anna_, made.id); })->empty());
}

TEST_P(FindingStore, SimilarCasesShareHostSeriesOrMethodAndSayWhich) {
  const auto one = case_of("http://gallery.example/a", 1);
  const auto two = case_of("http://gallery.example/b", 1);
  const auto far = case_of("http://gallery.example/c", 1);
  EXPECT_TRUE(
      in([&](db::Transaction& tx) { return add_to_series(tx, anna_, one.id, "lakes", now_); }));
  EXPECT_TRUE(
      in([&](db::Transaction& tx) { return add_to_series(tx, anna_, far.id, "lakes", now_); }));
  const auto found = in([&](db::Transaction& tx) { return similar_cases(tx, anna_, one.id, 10); });
  ASSERT_TRUE(found) << found.error().sentence;
  std::map<CaseId, std::vector<std::string>> reasons;
  for (const auto& each : *found) reasons[each.casefile] = each.reasons;
  EXPECT_EQ(reasons[two.id], (std::vector<std::string>{"the same host"}));
  EXPECT_EQ(reasons[far.id],
            (std::vector<std::string>{"the same host", "in the same series"}));  // Seeded so.
  EXPECT_EQ(found->front().casefile, far.id);
  EXPECT_FALSE(reasons.contains(one.id));
  const auto hosts =
      in([&](db::Transaction& tx) { return by_host(tx, tenant_, "gallery.example"); });
  EXPECT_EQ(hosts->size(), 3U);
  const auto words = in([&](db::Transaction& tx) { return by_words(tx, tenant_, "LAKE"); });
  EXPECT_EQ(words->size(), 2U);
  EXPECT_TRUE(in([&](db::Transaction& tx) { return by_words(tx, tenant_, "%"); })->empty());
  const auto end = one.id.str().substr(one.id.str().size() - 6);
  const auto reference = in([&](db::Transaction& tx) { return by_reference(tx, tenant_, end); });
  EXPECT_EQ(reference->size(), 1U);
}

TEST_P(FindingStore, LabelsAreKeptAPersonAndAsLastAnswered) {
  const auto made = case_of("http://gallery.example/a", 1);
  const auto answer = [&](const char* words) {
    return in([&](db::Transaction& tx) {
      return answer_labels(tx, anna_, made.id, made.items[0], {{"depiction", words}}, now_);
    });
  };
  EXPECT_TRUE(answer("drawn"));
  EXPECT_TRUE(answer("cannot_decide"));
  const auto kept =
      in([&](db::Transaction& tx) { return labels_of(tx, anna_, made.id, made.items[0]); });
  ASSERT_EQ(kept->size(), 1U);
  EXPECT_EQ(kept->front().second, "cannot_decide");
}

TEST_P(FindingStore, TheRotaIsSetByWhoSeesTheBoardForADayThatThereIs) {
  const auto set = [&](const accounts::Person& by, const char* day, const char* shift) {
    return in([&](db::Transaction& tx) { return set_shift(tx, by, {anna_.id, day, shift}, now_); });
  };
  EXPECT_TRUE(set(mara_, "2030-03-04", "early"));
  EXPECT_TRUE(set(mara_, "2030-03-04", "off"));
  EXPECT_FALSE(set(anna_, "2030-03-04", "late"));
  EXPECT_FALSE(set(mara_, "2030-02-30", "late"));
  EXPECT_FALSE(set(mara_, "2030-03-04", "night"));
  const auto week =
      in([&](db::Transaction& tx) { return shifts(tx, tenant_, "2030-03-01", "2030-03-07"); });
  ASSERT_EQ(week->size(), 1U);
  EXPECT_EQ(week->front().shift, "off");
  EXPECT_EQ(*day_after("2030-02-28", 1), "2030-03-01");
}

INSTANTIATE_TEST_SUITE_P(Engines, FindingStore, test::kEngines);

}  // namespace
}  // namespace hotline::assessment
