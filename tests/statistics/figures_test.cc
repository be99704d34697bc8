#include "statistics/figures.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "statistics/reader.h"
#include "support/test_database.h"

namespace hotline::statistics {
namespace {

using namespace std::chrono_literals;
const Instant kStart = *parse_rfc3339("2030-01-01T00:00Z");
const Period kYear{kStart, *parse_rfc3339("2031-01-01T00:00Z")};

facts::Fact fact(std::string kind, std::string casefile, Instant at, json::object details = {}) {
  facts::Fact made;
  made.kind = std::move(kind);
  made.casefile = std::move(casefile);
  made.subject = "subject of " + made.casefile;
  made.details = std::move(details);
  made.at = at;
  return made;
}

const Table& table(const std::vector<Table>& all, std::string_view id) {
  for (const auto& one : all)
    if (one.id == id) return one;
  ADD_FAILURE() << "there is no table " << id;
  return all.front();
}

std::vector<std::optional<std::int64_t>> row(const Table& table, std::string_view label) {
  for (const auto& one : table.rows)
    if (one.label == label) {
      std::vector<std::optional<std::int64_t>> numbers;
      for (const auto& cell : one.cells) numbers.push_back(cell.number);
      return numbers;
    }
  ADD_FAILURE() << "there is no row " << label << " in " << table.id;
  return {};
}

using Numbers = std::vector<std::optional<std::int64_t>>;

TEST(Figures, TheGoldenChangeOfTheArticleIs37Percent) {
  EXPECT_EQ(percent_change(57335, 78589), 37);
  EXPECT_EQ(percent_change(78589, 57335), -27);
  EXPECT_EQ(percent_change(200, 201), 1) << "half goes away from zero";
  EXPECT_EQ(percent_change(200, 199), -1);
  EXPECT_EQ(percent_change(0, 5), std::nullopt);
}

TEST(Figures, TheGoldenSharesOfTheArticle) {
  EXPECT_EQ(percent_of(2040, 2082), 98);
  EXPECT_EQ(percent_of(1999, 2082), 96);
  EXPECT_EQ(percent_of(1, 0), std::nullopt);
}

TEST(Figures, TheGoldenYearsAreCountedFromFacts) {
  Tally tally;
  const auto fill = [&](Instant from, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = "cas_" + std::to_string(us(from)) + "_" + std::to_string(i);
      tally.add(
          fact("case_assessed", id, from + i * 1s, {{"verdict", "actionable"}, {"category", "B"}}));
    }
  };
  fill(kStart - 365 * 24h, 57335);
  fill(kStart, 78589);
  const auto numbers = row(table(figures(tally, kYear), "numbers"), "addresses confirmed");
  EXPECT_EQ(numbers, (Numbers{78589, 57335, 37}));
}

TEST(Figures, TheMedianIsTheMiddle) {
  EXPECT_EQ(median({}), std::nullopt);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({4, 1, 2, 9}), 3);
}

/// Received, assessed after an hour, noticed after two, removed after three.
Tally one_case() {
  Tally tally;
  tally.add(fact("report_received", "c", kStart, {{"duplicate", false}}));
  tally.add(fact("report_received", "c", kStart + 10min, {{"duplicate", true}}));
  tally.add(fact("url_traced", "c", kStart + 20min, {{"country", "NL"}, {"asn", 64500}}));
  tally.add(fact("case_assessed", "c", kStart + 1h,
                 {{"verdict", "actionable"}, {"category", "B"}, {"known", 4}}));
  tally.add(fact("entry_listed", "c", kStart + 1h));
  tally.add(fact("notice_sent", "c", kStart + 2h));
  tally.add(fact("item_removed", "c", kStart + 3h));
  tally.add(fact("entry_delisted", "c", kStart + 3h));
  return tally;
}

TEST(Figures, OneCaseIsCountedOnceInEachTable) {
  const auto all = figures(one_case(), kYear);
  const Table& numbers = table(all, "numbers");
  EXPECT_EQ(row(numbers, "reports received")[0], 2);
  EXPECT_EQ(row(numbers, "reports of an address that was known")[0], 1);
  EXPECT_EQ(row(numbers, "new addresses")[0], 1);
  EXPECT_EQ(row(numbers, "views avoided (items)")[0], 4);
  EXPECT_EQ(row(numbers, "entries on the list now")[0], 0);
  EXPECT_EQ(row(numbers, "median minutes from report to removal")[0], 180);
  EXPECT_EQ(row(table(all, "verdicts"), "actionable"), (Numbers{1, 100}));
  EXPECT_EQ(row(table(all, "categories"), "B"), (Numbers{1, 100}));
  EXPECT_EQ(row(table(all, "countries"), "NL"), (Numbers{1, 100, 1, 60}));
  EXPECT_EQ(row(table(all, "hosts"), "AS64500"), (Numbers{1, 100, 1, 60}));
  EXPECT_EQ(row(table(all, "months"), "2030-01"), (Numbers{2, 1, 1, 1, 1, 1}));
  EXPECT_EQ(row(table(all, "months"), "all"), (Numbers{2, 1, 1, 1, 1, 1}));
  const Table& times = table(all, "times");
  EXPECT_EQ(row(times, "received to assessed"), (Numbers{1, 60, 1, 1, 1, 0}));
  EXPECT_EQ(row(times, "received to removed"), (Numbers{1, 180, 0, 1, 1, 0}));
}

TEST(Figures, EachClockOfACaseIsRead) {
  Tally tally;
  tally.add(fact("report_received", "c", kStart, {{"duplicate", false}}));
  tally.add(fact("sighting_captured", "c", kStart + 1min));
  tally.add(fact("case_assessed", "c", kStart + 11min,
                 {{"verdict", "actionable"}, {"category", "B"}, {"known", 0}}));
  tally.add(fact("notice_opened", "c", kStart + 11min, {{"state", "held"}}));
  tally.add(fact("notice_released", "c", kStart + 41min));
  tally.add(fact("notice_sent", "c", kStart + 44min));
  tally.add(fact("notice_receipt", "c", kStart + 44min));
  tally.add(fact("notice_answered", "c", kStart + 50min, {{"answer", "removed"}}));
  const auto all = figures(tally, kYear);
  const Table& times = table(all, "times");
  EXPECT_EQ(row(times, "received to captured"), (Numbers{1, 1, 1, 1, 1, 0}));
  EXPECT_EQ(row(times, "assessed to authorised"), (Numbers{1, 30, 1, 1, 1, 0}));
  EXPECT_EQ(row(times, "authorised to first notice"), (Numbers{1, 3, 1, 1, 1, 0}));
  EXPECT_EQ(row(times, "first notice to answered"), (Numbers{1, 0, 1, 1, 1, 0}));
  EXPECT_EQ(row(times, "first notice to removed")[5], 1);
}

TEST(Figures, WhatIsStillUpCountsAsWatched) {
  Tally tally;
  const auto course = [&](const std::string& id, const char* country, int asn,
                          std::optional<std::chrono::hours> gone_after) {
    tally.add(fact("report_received", id, kStart, {{"duplicate", false}}));
    tally.add(fact("url_traced", id, kStart, {{"country", country}, {"asn", asn}}));
    tally.add(fact("case_assessed", id, kStart,
                   {{"verdict", "actionable"}, {"category", "B"}, {"known", 0}}));
    tally.add(fact("notice_sent", id, kStart));
    if (gone_after) tally.add(fact("item_removed", id, kStart + *gone_after));
  };
  course("a", "NL", 64500, 2h);
  course("b", "NL", 64500, 4h);
  course("c", "US", 64501, 30h);
  course("d", "US", 64501, {});
  course("e", "US", 64502, {});
  tally.add(fact("report_received", "f", kStart + 100h, {{"duplicate", false}}));
  const auto all = figures(tally, kYear);
  const Table& countries = table(all, "survival");
  EXPECT_EQ(countries.rows[0].label, "US");  // Slowest first.
  EXPECT_EQ(row(countries, "NL"), (Numbers{2, 100, 0, 0, 0, 0, 120}));
  const auto us = row(countries, "US");
  EXPECT_EQ(us[3], 100);
  EXPECT_EQ(us[4], 67);
  EXPECT_FALSE(us[5]);  // Nothing was watched for ten days.
  EXPECT_FALSE(us[6]);  // Half were never gone.
  EXPECT_EQ(row(countries, "all")[4], 40);
  EXPECT_TRUE(table(all, "survival_hosts").staff_only);
  EXPECT_EQ(row(table(all, "survival_hosts"), "AS64501")[4], 50);
}

TEST(Figures, AWithdrawnAssessmentIsCountedNowhere) {
  Tally tally = one_case();
  tally.add(fact("assessment_withdrawn", "c", kStart + 4h));
  const auto all = figures(tally, kYear);
  EXPECT_EQ(row(table(all, "numbers"), "addresses confirmed")[0], 0);
  EXPECT_EQ(row(table(all, "numbers"), "addresses removed")[0], 0);
  EXPECT_EQ(row(table(all, "verdicts"), "all")[0], 0);
  EXPECT_EQ(row(table(all, "numbers"), "notices sent")[0], 1) << "the letter was sent all the same";
}

TEST(Figures, AReturnDoesNotTakeTheFirstRemovalBack) {
  Tally tally = one_case();
  tally.add(fact("item_returned", "c", kStart + 30h));
  tally.add(fact("notice_sent", "c", kStart + 31h));
  tally.add(fact("item_removed", "c", kStart + 40h));
  const auto all = figures(tally, kYear);
  EXPECT_EQ(row(table(all, "numbers"), "returns after removal")[0], 1);
  EXPECT_EQ(row(table(all, "numbers"), "addresses removed")[0], 1);
  EXPECT_EQ(row(table(all, "times"), "first notice to removed"), (Numbers{1, 60, 1, 1, 1, 0}));
}

TEST(Figures, TheCountryIsWhereTheFirstNoticeWent) {
  Tally tally = one_case();
  tally.add(fact("url_traced", "c", kStart + 9h, {{"country", "FR"}, {"asn", 64501}}));
  EXPECT_EQ(row(table(figures(tally, kYear), "countries"), "NL")[0], 1);
}

TEST(Figures, APeriodTakesItsFirstDayAndLeavesItsLast) {
  const Tally tally = one_case();
  EXPECT_EQ(row(table(figures(tally, {kStart, kStart + 24h}), "numbers"), "reports received")[0],
            2);
  EXPECT_EQ(row(table(figures(tally, {kStart - 24h, kStart}), "numbers"), "reports received")[0],
            0);
  EXPECT_EQ(row(table(figures(tally, {kStart + 24h, kStart + 48h}), "numbers"), "reports received"),
            (Numbers{0, 2, -100}));
}

Table small_table(std::initializer_list<std::int64_t> counts) {
  Table made{"t", "T", "D", "country", {"addresses", "percent"}};
  std::int64_t sum = 0;
  for (const auto count : counts) {
    made.rows.push_back({"r" + std::to_string(made.rows.size()), {{count}, {50}}});
    sum += count;
  }
  made.rows.push_back({"all", {{sum}, {100}}});
  made.total = true;
  return made;
}

TEST(SmallCells, OneToFourAreHiddenAndZeroIsNot) {
  const Table shown = for_the_public(small_table({0, 1, 4, 5, 90}));
  EXPECT_EQ(shown.rows[0].cells[0].number, 0);
  EXPECT_TRUE(shown.rows[1].cells[0].hidden);
  EXPECT_FALSE(shown.rows[1].cells[0].number) << "the number itself must be gone";
  EXPECT_TRUE(shown.rows[2].cells[0].hidden);
  EXPECT_TRUE(shown.rows[2].cells[1].hidden) << "its share would give it back";
  EXPECT_EQ(shown.rows[3].cells[0].number, 5);
  EXPECT_EQ(shown.rows[5].cells[0].number, 100);
}

TEST(SmallCells, ASingleHiddenCellTakesTheNextSmallestWithIt) {
  const Table shown = for_the_public(small_table({3, 40, 7}));
  EXPECT_TRUE(shown.rows[0].cells[0].hidden);
  EXPECT_FALSE(shown.rows[1].cells[0].hidden);
  EXPECT_TRUE(shown.rows[2].cells[0].hidden);
}

TEST(SmallCells, WithNobodyToHideBehindTheTotalGoes) {
  const Table shown = for_the_public(small_table({3, 0}));
  EXPECT_TRUE(shown.rows[0].cells[0].hidden);
  EXPECT_TRUE(shown.rows[2].cells[0].hidden);
}

// Whatever the counts: no hidden cell can be reckoned from what is shown.
TEST(SmallCells, NoTotalGivesAHiddenCellAway) {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    Table whole = small_table({});
    whole.rows.clear();
    std::int64_t sum = 0;
    const int rows = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < rows; ++i) {
      const std::int64_t count = random() % 3 == 0 ? random() % 100 : random() % 7;
      whole.rows.push_back({"r", {{count}, {1}}});
      sum += count;
    }
    whole.rows.push_back({"all", {{sum}, {100}}});
    const Table shown = for_the_public(whole);
    int hidden = 0;
    for (const auto& one : shown.rows) hidden += one.cells[0].hidden ? 1 : 0;
    EXPECT_NE(hidden, 1) << "one unknown in one sum is known";
    for (std::size_t i = 0; i < shown.rows.size(); ++i) {
      const auto number = shown.rows[i].cells[0].number;
      EXPECT_FALSE(number && *number >= 1 && *number <= 4);
    }
  }
}

TEST(Export, CsvIsSafeInASpreadsheet) {
  Table made = small_table({7});
  made.rows[0].label = "=1+1,\"x\"";
  made.rows[0].cells[1] = {std::nullopt, true};
  EXPECT_EQ(csv(made, kYear),
            "country,addresses,percent,from,to\r\n"
            "\"'=1+1,\"\"x\"\"\",7,hidden,2030-01-01,2031-01-01\r\n"
            "all,7,100,2030-01-01,2031-01-01\r\n");
}

TEST(Export, JsonSaysWhatIsCountedAndWhen) {
  const auto value = parse_json(json_text(small_table({7}), kYear, kStart));
  ASSERT_TRUE(value);
  EXPECT_EQ(text_at(*value, "extracted_at"), "2030-01-01T00:00:00Z");
  EXPECT_EQ(integer_at(*value, "definition_version"), kDefinitionVersion);
  EXPECT_EQ(member(*value, "rows")->as_array().size(), 2U);
}

TEST(Days, AreReadAndWritten) {
  EXPECT_EQ(day_text(*parse_day("2030-03-04")), "2030-03-04");
  for (const auto& text : {"2030-3-4", "2030-02-30", "04.03.2030", "", "2030-03-04T"})
    EXPECT_FALSE(parse_day(text)) << text;
}

// ---------------------------------------------------------------------------------------------
// The second implementation: straight from the list of facts, one question after the other, no
// state, no fold. It shares nothing with tally.cc but the definitions.
class Plain {
 public:
  explicit Plain(const std::vector<facts::Fact>& facts) : facts_(facts) {}

  std::int64_t events(std::string_view kind, const Period& p, bool duplicates_only = false) const {
    std::int64_t sum = 0;
    for (const auto& f : facts_)
      if (f.kind == kind && f.at >= p.from && f.at < p.to)
        sum += !duplicates_only || f.details.at("duplicate").as_bool() ? 1 : 0;
    return sum;
  }
  std::set<std::string> cases() const {
    std::set<std::string> all;
    for (const auto& f : facts_) all.insert(f.casefile);
    return all;
  }
  /// What stands of a case: the facts after its last withdrawal.
  std::vector<const facts::Fact*> standing(const std::string& id) const {
    std::vector<const facts::Fact*> all;
    for (const auto& f : facts_) {
      if (f.casefile != id) continue;
      if (f.kind == "assessment_withdrawn")
        all.clear();
      else
        all.push_back(&f);
    }
    return all;
  }
  std::string verdict(const std::string& id) const {
    std::string last;
    for (const auto* f : standing(id))
      if (f->kind == "case_assessed") last = std::string(f->details.at("verdict").as_string());
    return last;
  }
  std::optional<Instant> assessed(const std::string& id) const {
    for (const auto* f : standing(id))
      if (f->kind == "case_assessed") return f->at;
    return {};
  }
  /// The first of the unbroken run of "actionable" that the standing decisions end in.
  std::optional<Instant> confirmed(const std::string& id) const {
    std::optional<Instant> at;
    for (const auto* f : standing(id)) {
      if (f->kind != "case_assessed") continue;
      const bool yes = f->details.at("verdict").as_string() == "actionable";
      if (!yes)
        at.reset();
      else if (!at)
        at = f->at;
    }
    return at;
  }
  std::int64_t confirmed_in(const Period& p) const {
    std::int64_t sum = 0;
    for (const auto& id : cases()) {
      const auto at = confirmed(id);
      sum += at && *at >= p.from && *at < p.to ? 1 : 0;
    }
    return sum;
  }

 private:
  const std::vector<facts::Fact>& facts_;
};

TEST(Recompute, ASecondImplementationAgreesToTheDigit) {
  std::mt19937 random(12);
  for (int round = 0; round < 20; ++round) {
    std::vector<facts::Fact> facts;
    Instant at = kStart - 100 * 24h;
    for (int i = 0; i < 400; ++i) {
      at += std::chrono::minutes(random() % 3000);
      const std::string id = "c" + std::to_string(random() % 40);
      switch (random() % 6) {
        case 0:
          facts.push_back(fact("report_received", id, at, {{"duplicate", random() % 2 == 0}}));
          break;
        case 1:
        case 2: {
          const char* verdicts[] = {"actionable", "actionable", "not_actionable", "unsure"};
          facts.push_back(
              fact("case_assessed", id, at,
                   {{"verdict", verdicts[random() % 4]}, {"category", "B"}, {"known", 1}}));
          break;
        }
        case 3: facts.push_back(fact("assessment_withdrawn", id, at)); break;
        case 4: facts.push_back(fact("notice_sent", id, at)); break;
        default: facts.push_back(fact("item_returned", id, at)); break;
      }
    }
    Tally tally;
    for (const auto& f : facts) tally.add(f);
    const Plain plain(facts);
    const Period period{kStart, kStart + 200 * 24h};
    const auto all = figures(tally, period);
    const Table& numbers = table(all, "numbers");
    for (const auto& [p, column] : {std::pair{period, 0U}, {period.before(), 1U}}) {
      EXPECT_EQ(row(numbers, "reports received")[column], plain.events("report_received", p));
      EXPECT_EQ(row(numbers, "reports of an address that was known")[column],
                plain.events("report_received", p, true));
      EXPECT_EQ(row(numbers, "notices sent")[column], plain.events("notice_sent", p));
      EXPECT_EQ(row(numbers, "returns after removal")[column], plain.events("item_returned", p));
      EXPECT_EQ(row(numbers, "views avoided (items)")[column], plain.events("case_assessed", p));
      EXPECT_EQ(row(numbers, "addresses confirmed")[column], plain.confirmed_in(p));
    }
    std::map<std::string, std::int64_t> verdicts;
    for (const auto& id : plain.cases())
      if (const auto when = plain.assessed(id); when && *when >= period.from && *when < period.to)
        ++verdicts[plain.verdict(id)];
    for (const auto& [verdict, count] : verdicts)
      EXPECT_EQ(row(table(all, "verdicts"), verdict)[0], count);
  }
}

class StatisticsReader : public test::OnBothDatabases {};

TEST_P(StatisticsReader, FollowsSealedFactsOfEachTenantOnce) {
  const auto mine = casework::TenantId::make(kStart), theirs = casework::TenantId::make(kStart);
  Reader reader;
  const auto add = [&](const casework::TenantId& tenant) {
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
      auto one = fact("report_received", "c", kStart, {{"duplicate", false}});
      one.tenant = tenant.str();
      one.subject = "rep";
      TRY_DONE(facts::FactStore(tx).append(one));
      TRY_DONE(facts::FactStore(tx).seal());
      return {};
    }));
    ASSERT_TRUE(reader.follow(database()));
    ASSERT_TRUE(reader.follow(database()));
  };
  add(mine);
  add(theirs);
  add(mine);
  const auto reports = [&](const casework::TenantId& tenant) {
    return row(table(reader.figures(tenant, kYear), "numbers"), "reports received")[0];
  };
  EXPECT_EQ(reports(mine), 2);
  EXPECT_EQ(reports(theirs), 1);
  EXPECT_EQ(reader.position(), 3);
}

INSTANTIATE_TEST_SUITE_P(Engines, StatisticsReader, test::kEngines);

}  // namespace
}  // namespace hotline::statistics
