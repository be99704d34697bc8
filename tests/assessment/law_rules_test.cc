#include "assessment/law_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>

namespace hotline::assessment {
namespace {

const std::string kPolicy = HOTLINE_SOURCE_DIR "/policy";

struct LawRulesTest : testing::Test {
  Schemes schemes = *Schemes::open(kPolicy + "/schemes", "uk_abc");
  Result<LawRules> opened = LawRules::open(kPolicy, schemes);
  const LawRules& rules() { return *opened; }

  std::string gives(const Answers& answers, std::string_view scheme, std::string_view field) {
    for (const auto& one : rules().map(answers))
      if (one.scheme == scheme && one.field == field) return one.gives;
    return "no such field";
  }
  /// Every question answered with the answer of that number; one more than there are: cannot
  /// decide.
  template <class Visit>
  void every_answer(const Visit& visit) {
    std::vector<std::size_t> at(rules().labels().size(), 0);
    // Sex, commercial and self-generated bear on no category: one answer is enough.
    const auto count = [&](std::size_t i) {
      return i >= 6 ? std::size_t{1} : rules().labels()[i].answers.size() + 1;
    };
    for (;;) {
      Answers answers;
      for (std::size_t i = 0; i < at.size(); ++i) {
        const auto& label = rules().labels()[i];
        const bool none = at[i] == label.answers.size();
        answers[label.id] = none ? std::string(kCannotDecide) : label.answers[at[i]].id;
      }
      visit(answers);
      std::size_t i = 0;
      while (i < at.size() && ++at[i] == count(i)) at[i++] = 0;
      if (i == at.size()) return;
    }
  }
};

TEST_F(LawRulesTest, FiveSchemesAndTheCasesOfTheirOwnTexts) {
  ASSERT_TRUE(opened) << opened.error().sentence;
  std::set<std::string> names;
  std::size_t cases = 0;
  for (const auto& source : rules().sources()) {
    names.insert(source.scheme);
    cases += source.cases;
  }
  EXPECT_EQ(names, (std::set<std::string>{"uk_abc", "interpol_baseline", "industry_a1_b2", "iccam",
                                          "example_national"}));
  EXPECT_GE(cases, 30U);
}

TEST_F(LawRulesTest, NothingAnsweredGivesNothing) {
  Answers undecided;
  for (const auto& label : rules().labels()) undecided[label.id] = kCannotDecide;
  for (const auto& answers : {Answers{}, undecided})
    for (const auto& one : rules().map(answers)) {
      EXPECT_EQ(one.gives, kCannotDecide) << one.scheme << " " << one.field;
      EXPECT_FALSE(one.missing.empty()) << one.scheme << " " << one.field;
    }
}

TEST_F(LawRulesTest, OneMoreAnswerNeverChangesWhatIsDecided) {
  std::mt19937_64 random(18);
  for (int round = 0; round < 3000; ++round) {
    Answers full;
    for (const auto& label : rules().labels())
      full[label.id] = label.answers[random() % label.answers.size()].id;
    Answers some;
    for (const auto& [label, answer] : full)
      if (random() % 2) some[label] = random() % 4 ? answer : std::string(kCannotDecide);
    // What was "cannot decide" may be answered later; what was answered stays.
    const auto before = rules().map(some), after = rules().map(full);
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i].gives != kCannotDecide) {
        EXPECT_EQ(before[i].gives, after[i].gives) << before[i].scheme << " " << before[i].field;
      }
  }
}

TEST_F(LawRulesTest, SchemesDisagreeNowhereThatTheirTextsAgree) {
  std::size_t all = 0, decided_by_all = 0, baseline = 0;
  every_answer([&](const Answers& answers) {
    ++all;
    std::map<std::string, std::string> category;
    for (const auto& one : rules().map(answers))
      if (one.field == "category") category[one.scheme] = one.gives;
    bool whole = true;
    for (const auto& [scheme, gives] : category) whole = whole && gives != kCannotDecide;
    decided_by_all += whole ? 1 : 0;
    // The same criteria under two names.
    ASSERT_EQ(category["interpol_baseline"], category["iccam"]);
    if (category["interpol_baseline"] == "baseline") {
      ++baseline;
      ASSERT_EQ(answers.at("depiction"), "photographic");
      ASSERT_EQ(answers.at("maturity"), "prepubescent");
      // Baseline is unlawful everywhere: no scheme that decides says otherwise.
      for (const auto& [scheme, gives] : category) ASSERT_NE(gives, "not_actionable") << scheme;
      ASSERT_NE(category["industry_a1_b2"].front(), 'B');
    }
    if (answers.at("age") == "adult" || answers.at("age") == "nobody")
      for (const auto& [scheme, gives] : category) ASSERT_EQ(gives, "not_actionable") << scheme;
  });
  EXPECT_GT(baseline, 0U);
  RecordProperty("combinations", static_cast<int>(all));
  RecordProperty("decided_by_all_five", static_cast<int>(decided_by_all));
  std::printf("%zu combinations of answers, %zu decided by all five schemes, %zu baseline\n", all,
              decided_by_all, baseline);
}

TEST_F(LawRulesTest, WhatIsStillPossibleAndWhatWouldTellAreNamed) {
  const Answers answers{{"depiction", "photographic"},
                        {"age", "7-10"},
                        {"activity", "cannot_decide"},
                        {"aggravated", "no"},
                        {"focus", "none"}};
  for (const auto& one : rules().map(answers)) {
    if (one.scheme != "uk_abc" || one.field != "category") continue;
    EXPECT_EQ(one.gives, kCannotDecide);
    EXPECT_EQ(one.possible, (std::vector<std::string>{"not_actionable", "A", "B"}));
    EXPECT_EQ(one.missing, (std::vector<std::string>{"activity"}));
  }
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(LawRulesTest, AFileThatContradictsItsOwnTextIsRefused) {
  const auto labels = text_of(kPolicy + "/labels.json");
  const auto good = text_of(kPolicy + "/rules/uk_abc.json");
  ASSERT_TRUE(LawRules::parse(labels, {good}, schemes));
  const auto changed = [&](std::string_view from, std::string_view to) {
    auto text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return LawRules::parse(labels, {text}, schemes);
  };
  EXPECT_FALSE(changed(R"({"gives": "B")", R"({"gives": "C")"));  // A case fails.
  EXPECT_FALSE(changed(R"({"gives": "B")", R"({"gives": "Z")"));  // No such class.
  EXPECT_FALSE(
      changed(R"({"gives": "B")", R"({"gives": "unsure")"));  // No default by another name.
  EXPECT_FALSE(changed(R"("activity": ["other"])", R"("activity": ["cannot_decide"])"));
  EXPECT_FALSE(changed(R"("labels": 1)", R"("labels": 2)"));
  EXPECT_FALSE(changed(R"("scheme": "uk_abc")", R"("scheme": "elsewhere")"));
}

}  // namespace
}  // namespace hotline::assessment
