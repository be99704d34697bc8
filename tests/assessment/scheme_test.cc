#include "assessment/scheme.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "assessment/grade.h"
#include "base/text.h"

namespace hotline::assessment {
namespace {

constexpr std::string_view kFolder = HOTLINE_SOURCE_DIR "/policy/schemes";

constexpr std::string_view kSmall = R"json({
  "id": "small", "version": 2, "name": "Small", "about": "For tests.",
  "categories": [{"id": "X", "label": "X", "actionable": true},
                 {"id": "not_actionable", "label": "No", "actionable": false}],
  "ages": [{"id": "young", "label": "Y"}, {"id": "not_determined", "label": "?"}],
  "sexes": [{"id": "girl", "label": "G"}, {"id": "not_determined", "label": "?"}],
  "flags": []})json";

std::string changed(std::string_view from, std::string_view to) {
  const auto text = replace_all(std::string(kSmall), from, to);
  EXPECT_NE(text, kSmall) << from;
  return text;
}

TEST(Scheme, EveryShippedFileIsValid) {
  const auto schemes = load_schemes(std::string(kFolder));
  ASSERT_TRUE(schemes.has_value()) << schemes.error().sentence;
  EXPECT_GE(schemes->size(), 5U);
  for (const char* id :
       {"uk_abc", "interpol_baseline", "industry_a1_b2", "iccam", "example_national"})
    EXPECT_TRUE(std::any_of(schemes->begin(), schemes->end(), [&](const Scheme& scheme) {
      return scheme.id == id;
    })) << id;
}

TEST(Scheme, UkHasThreeCategoriesAndSixAgeBandsInTheirOrder) {
  const auto schemes = Schemes::open(std::string(kFolder), "uk_abc");
  ASSERT_TRUE(schemes.has_value()) << schemes.error().sentence;
  const auto& uk = schemes->active();
  std::vector<std::string> categories, ages;
  for (const auto& one : uk.categories) categories.push_back(one.id);
  for (const auto& one : uk.ages) ages.push_back(one.id);
  EXPECT_EQ(join(categories, " "), "A B C not_actionable");
  EXPECT_EQ(join(ages, " "), "0-2 3-6 7-10 11-13 14-15 16-17 not_determined");
  EXPECT_EQ(uk.reference(), "uk_abc_1");
  EXPECT_LT(uk.severity("A"), uk.severity("B"));
  EXPECT_LT(uk.age_order("3-6"), uk.age_order("16-17"));
  EXPECT_TRUE(schemes->find("interpol_baseline"));
  EXPECT_TRUE(schemes->find("uk_abc_1"));
  EXPECT_FALSE(schemes->find("uk_abc_2"));
}

TEST(Scheme, OnlyWhatIsBeyondDoubtMapsToTheBaseline) {
  const auto schemes = load_schemes(std::string(kFolder));
  ASSERT_TRUE(schemes);
  for (const Scheme& scheme : *schemes) {
    if (scheme.id != "uk_abc") continue;
    EXPECT_TRUE(scheme.is_baseline("A", "7-10", {}));
    EXPECT_TRUE(scheme.is_baseline("B", "0-2", {"commercial"}));
    EXPECT_FALSE(scheme.is_baseline("C", "0-2", {})) << "the category alone does not say";
    EXPECT_FALSE(scheme.is_baseline("A", "11-13", {})) << "the band crosses the border";
    EXPECT_FALSE(scheme.is_baseline("A", "not_determined", {}));
    EXPECT_FALSE(scheme.is_baseline("A", "7-10", {"not_photographic"})) << "no real child";
    EXPECT_FALSE(scheme.is_baseline("", "", {}));
  }
}

TEST(Scheme, AMissingActiveSchemeIsAnError) {
  EXPECT_EQ(Schemes::open(std::string(kFolder), "none").error().kind, ErrorKind::not_found);
}

TEST(Scheme, WhatBreaksTheRulesIsRefused) {
  ASSERT_TRUE(parse_scheme(kSmall)) << parse_scheme(kSmall).error().sentence;
  for (const auto& text : {
           changed("\"version\": 2", "\"version\": 0"),
           changed("\"id\": \"small\"", "\"id\": \"sm all\""),
           changed("\"about\": \"For tests.\"", "\"about\": \"\""),
           changed("\"id\": \"X\"", "\"id\": \"unsure\""),
           changed("\"id\": \"X\"", "\"id\": \"not_actionable\""),
           changed("\"actionable\": false", "\"actionable\": true"),
           changed("\"id\": \"not_actionable\"", "\"id\": \"no\""),
           changed("\"id\": \"young\"", "\"id\": \"not_determined\""),
           changed("\"flags\": []", "\"flags\": {}"),
           changed("\"label\": \"G\"", "\"label\": \"\""),
           std::string("[]"),
           std::string("{"),
       }) {
    const auto scheme = parse_scheme(text);
    ASSERT_FALSE(scheme) << text;
    EXPECT_EQ(scheme.error().kind, ErrorKind::invalid);
  }
}

class Grading : public ::testing::Test {
 protected:
  Scheme uk_ = (*Schemes::open(std::string(kFolder), "uk_abc")).active();
  static ItemId item(int number) { return ItemId::make(instant(number * 1000000LL)); }
  static ItemGrade graded(int number, std::string category, std::string age = "",
                          std::string sex = "") {
    return {item_ids().at(static_cast<std::size_t>(number)),
            {std::move(category), std::move(age), std::move(sex), {}},
            true,
            false};
  }
  static const std::vector<ItemId>& item_ids() {
    static const std::vector<ItemId> ids = [] {
      std::vector<ItemId> made;
      for (int i = 0; i < 10; ++i) made.push_back(item(i));
      return made;
    }();
    return ids;
  }
  Result<Outcome> outcome(const std::vector<ItemGrade>& items,
                          GradeMode mode = GradeMode::act_on_page) {
    return outcome_of(uk_, items, mode);
  }
};

TEST_F(Grading, OnlyWordsOfTheSchemeAreTaken) {
  EXPECT_TRUE(check(uk_, {"A", "7-10", "girl", {"clues"}}));
  EXPECT_TRUE(check(uk_, {"A", "", "", {}}));
  EXPECT_TRUE(check(uk_, {"unsure", "", "", {}}));
  EXPECT_FALSE(check(uk_, {"D", "", "", {}}));
  EXPECT_FALSE(check(uk_, {"A", "7-11", "", {}}));
  EXPECT_FALSE(check(uk_, {"A", "7-10", "x", {}}));
  EXPECT_FALSE(check(uk_, {"A", "7-10", "boy", {"other"}}));
  EXPECT_FALSE(check(uk_, {"not_actionable", "7-10", "", {}}));
}

TEST_F(Grading, AnActionableCategoryNeedsAgeAndSex) {
  EXPECT_FALSE(is_complete(uk_, {"", "", "", {}}));
  EXPECT_FALSE(is_complete(uk_, {"A", "", "", {}}));
  EXPECT_FALSE(is_complete(uk_, {"A", "7-10", "", {}}));
  EXPECT_TRUE(is_complete(uk_, {"A", "not_determined", "not_determined", {}}));
  EXPECT_TRUE(is_complete(uk_, {"not_actionable", "", "", {}}));
  EXPECT_TRUE(is_complete(uk_, {"furniture", "", "", {}}));
  EXPECT_FALSE(is_whole({"unsure", "", "", {}}));
  EXPECT_FALSE(is_whole({"A", "7-10", "", {}}));
  EXPECT_TRUE(is_whole({"A", "7-10", "boy", {}}));
}

TEST_F(Grading, TheAddressTakesTheMostSevereCategoryAndTheYoungestAge) {
  const auto found =
      outcome({graded(0, "C", "3-6", "girl"), graded(1, "A", "14-15", "boy"),
               graded(2, "not_actionable"), graded(3, "A", "11-13", "not_determined")});
  ASSERT_TRUE(found.has_value()) << found.error().sentence;
  EXPECT_EQ(found->verdict, Verdict::actionable);
  EXPECT_EQ(found->category, "A");
  EXPECT_EQ(found->age, "3-6");
  EXPECT_EQ(found->sex, "both");
  EXPECT_EQ(found->item, item_ids()[3]) << "of two with the same category the younger decides";
}

TEST_F(Grading, NotDeterminedNeverBeatsAKnownAge) {
  const auto found =
      outcome({graded(0, "B", "not_determined", "not_determined"), graded(1, "B", "16-17", "boy")});
  EXPECT_EQ(found->age, "16-17");
  EXPECT_EQ(found->sex, "boy");
}

TEST_F(Grading, OneConfirmedItemIsEnoughOnlyToActOnThePage) {
  const std::vector<ItemGrade> items = {graded(0, "B", "7-10", "girl"), graded(1, ""),
                                        graded(2, "")};
  EXPECT_TRUE(outcome(items));
  EXPECT_EQ(outcome(items, GradeMode::grade_all).error().kind, ErrorKind::conflict);
  EXPECT_FALSE(outcome({graded(0, "not_actionable"), graded(1, "")})) << "the other one may be";
  EXPECT_FALSE(outcome({graded(0, "B", "7-10", "girl"), graded(1, "A")})) << "half a grade";
}

TEST_F(Grading, WithoutAConfirmedItemTheRestDecides) {
  EXPECT_EQ(outcome({graded(0, "not_actionable"), graded(1, "furniture")})->verdict,
            Verdict::not_actionable);
  EXPECT_EQ(outcome({graded(0, "not_actionable"), graded(1, "unsure")})->verdict, Verdict::unsure);
  EXPECT_EQ(outcome({graded(0, "not_loaded"), graded(1, "not_loaded")})->verdict, Verdict::gone);
  EXPECT_EQ(outcome({graded(0, "not_loaded"), graded(1, "not_actionable")})->verdict,
            Verdict::not_actionable);
  EXPECT_FALSE(outcome({}));
  ItemGrade icon = graded(0, "");
  icon.needed = false;
  EXPECT_FALSE(outcome({icon})) << "nothing to decide by";
  EXPECT_TRUE(outcome({icon, graded(1, "not_actionable")}, GradeMode::grade_all));
}

TEST_F(Grading, WhatIsFilledInCountsThoughNobodyRecordedTheSex) {
  ItemGrade known = graded(0, "A", "7-10");
  known.filled_in = true;
  const auto found = outcome({known}, GradeMode::grade_all);
  ASSERT_TRUE(found.has_value()) << found.error().sentence;
  EXPECT_EQ(found->sex, "not_determined");
}

TEST_F(Grading, VerdictsAndModesAreReadBack) {
  for (const auto verdict :
       {Verdict::actionable, Verdict::not_actionable, Verdict::gone, Verdict::unsure})
    EXPECT_EQ(parse_verdict(name(verdict)), verdict);
  for (const auto mode : {GradeMode::act_on_page, GradeMode::grade_all})
    EXPECT_EQ(parse_grade_mode(name(mode)), mode);
  EXPECT_FALSE(parse_verdict("maybe"));
}

}  // namespace
}  // namespace hotline::assessment
