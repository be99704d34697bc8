#include "assessment/budget.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace hotline::assessment {
namespace {

BudgetRules small_rules(std::mt19937& random) {
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  return {.minutes_max = between(1, 12),
          .dose_max = between(4, 60),
          .break_after = between(1, 6),
          .break_minutes = between(2, 4),
          .rest_minutes = between(10, 20),
          .shift_minutes = between(10, 40),
          .cutoff_minutes = between(0, 5),
          .severe_run_max = between(1, 3),
          .severe_cases_max = between(1, 5)};
}

/// What happened, kept as a plain list, and the limits read off that list again: written without
/// the counters that budget.cc keeps.
struct Ledger {
  struct Served {
    std::int64_t minute, weight;
  };
  std::vector<Served> served;
  std::int64_t shift_ends = 0, shift_began = 0, shift_made_after = 0;
  std::int64_t run = 0, run_since = 0, lifted_until = 0;

  /// Distinct minutes with a picture, back to the last gap of at least `gap`.
  [[nodiscard]] std::set<std::int64_t> minutes_since(std::int64_t gap, std::int64_t now) const {
    std::set<std::int64_t> minutes;
    std::int64_t later = now;
    for (auto one = served.rbegin(); one != served.rend(); ++one) {
      if (later - one->minute - 1 >= gap) break;
      minutes.insert(one->minute);
      later = one->minute;
    }
    return minutes;
  }
  [[nodiscard]] std::int64_t dose_today(std::int64_t rest, std::int64_t now) const {
    std::int64_t sum = 0, later = now;
    for (auto one = served.rbegin(); one != served.rend(); ++one) {
      if (later - one->minute - 1 >= rest) break;
      sum += one->weight;
      later = one->minute;
    }
    return sum;
  }
  /// Why serving this picture would break a limit; empty if it would not.
  [[nodiscard]] std::string broken(const BudgetRules& rules, std::int64_t now,
                                   std::int64_t weight) const {
    auto streak = minutes_since(rules.break_minutes, now);
    if (run >= rules.severe_run_max && !served.empty() &&
        now - served.back().minute - 1 < rules.break_minutes)
      return "severe run";
    streak.insert(now);
    if (static_cast<std::int64_t>(streak.size()) > rules.break_after) return "break";
    if (now < lifted_until) return "";
    auto day = minutes_since(rules.rest_minutes, now);
    const bool known = day.contains(now);
    day.insert(now);
    if (!known && static_cast<std::int64_t>(day.size()) > rules.minutes_max) return "minutes";
    if (dose_today(rules.rest_minutes, now) + weight > rules.dose_max) return "dose";
    return "";
  }
};

TEST(Budget, InAHundredThousandSchedulesNotOnePictureIsServedBeyondALimit) {
  std::mt19937 random(20300304);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same walk each time.
  std::int64_t served = 0, refused = 0, beyond = 0;
  for (int schedule = 0; schedule < 100000; ++schedule) {
    const BudgetRules rules = small_rules(random);
    Exposure state;
    Ledger ledger;
    std::int64_t now = 31'000'000 + static_cast<std::int64_t>(random() % 1000);
    for (int call = 0; call < 40; ++call) {
      switch (random() % 12) {
        case 0: now += static_cast<std::int64_t>(random() % 30); break;
        case 1: now += static_cast<std::int64_t>(random() % 4); break;
        case 2:
        case 3: ++now; break;
        case 4: {
          const bool severe = random() % 2 == 0;
          state = finished(state, rules, now, severe);
          // A break that has passed ends a run before this case is counted.
          if (ledger.served.empty() || now - ledger.served.back().minute - 1 >= rules.break_minutes)
            ledger.run = 0;
          ledger.run = severe ? ledger.run + 1 : 0;
          break;
        }
        case 5:
          if (random() % 8 != 0) break;
          state.lifted_until = ledger.lifted_until = now + 1 + static_cast<int>(random() % 3);
          break;
        default: {
          const auto weight =
              dose_of(static_cast<int>(random() % 4) + 1, static_cast<int>(random() % 3));
          const Stop stop = stop_of(state, rules, now, weight);
          if (stop != Stop::none) {
            ++refused;
            break;
          }
          const std::string wrong = ledger.broken(rules, now, weight);
          EXPECT_EQ(wrong, "") << "schedule " << schedule << " call " << call;
          beyond += wrong.empty() ? 0 : 1;
          const Exposure before = state;
          state = shown(state, rules, now, weight);
          EXPECT_TRUE(now < state.lifted_until || now < state.shift_ends - rules.cutoff_minutes)
              << "served in the last part of the shift";
          EXPECT_GE(state.used, rested(before, rules, now).used);
          if (ledger.served.empty() || now - ledger.served.back().minute - 1 >= rules.break_minutes)
            ledger.run = 0;
          ledger.served.push_back({now, weight});
          ++served;
        }
      }
    }
    if (HasFailure()) break;
  }
  EXPECT_EQ(beyond, 0);
  EXPECT_GT(served, 300000) << "the walk must reach both sides";
  EXPECT_GT(refused, 300000);
}

TEST(Budget, ABreakIsDueAfterFiftyMinutesAndEndsByItself) {
  const BudgetRules rules;
  Exposure state;
  std::int64_t now = 31'000'000;
  for (int i = 0; i < 50; ++i, ++now) state = shown(state, rules, now, 1);
  EXPECT_EQ(stop_of(state, rules, now, 1), Stop::break_due);
  EXPECT_EQ(minutes_to_wait(state, rules, now), 10);
  now += 9;
  EXPECT_EQ(stop_of(state, rules, now, 1), Stop::break_due);
  EXPECT_EQ(stop_of(state, rules, now + 1, 1), Stop::none);
}

TEST(Budget, AShiftAcrossMidnightIsOneDay) {
  BudgetRules rules;
  rules.minutes_max = 30;
  Exposure state;
  const std::int64_t midnight = 31'000'320 / 1440 * 1440;
  for (std::int64_t now = midnight - 30; now < midnight; ++now) state = shown(state, rules, now, 1);
  EXPECT_EQ(stop_of(state, rules, midnight + 20, 1), Stop::minutes);
  EXPECT_EQ(stop_of(state, rules, midnight + rules.rest_minutes, 1), Stop::none);
}

TEST(Budget, TheLastPartOfAShiftHasNoPictures) {
  const BudgetRules rules;
  Exposure state = checked_in({}, rules, 31'000'000, 120);
  EXPECT_EQ(stop_of(state, rules, 31'000'089, 1), Stop::none);
  EXPECT_EQ(stop_of(state, rules, 31'000'090, 1), Stop::cut_off);
  state = checked_in(state, rules, 31'000'010, 480);
  EXPECT_EQ(state.shift_ends, 31'000'120) << "a running shift is never made longer";
}

TEST(Budget, AnOverrideLiftsTheDayButNotTheBreak) {
  BudgetRules rules;
  rules.minutes_max = 3;
  rules.break_after = 5;
  Exposure state;
  std::int64_t now = 31'000'000;
  for (int i = 0; i < 3; ++i, ++now) state = shown(state, rules, now, 1);
  EXPECT_EQ(stop_of(state, rules, now, 1), Stop::minutes);
  state.lifted_until = now + 30;
  for (int i = 0; i < 2; ++i, ++now) state = shown(state, rules, now, 1);
  EXPECT_EQ(stop_of(state, rules, now, 1), Stop::break_due);
  EXPECT_EQ(stop_of(state, rules, now + 40, 1), Stop::minutes) << "it ends by itself";
}

TEST(Budget, SeveralSevereCasesInARowAskForOtherWork) {
  const BudgetRules rules;
  Exposure state = shown({}, rules, 31'000'000, 1);
  for (int i = 0; i < 3; ++i) state = finished(state, rules, 31'000'000, true);
  EXPECT_EQ(stop_of(state, rules, 31'000'001, 1), Stop::severe_run);
  EXPECT_TRUE(spares_severe(state, rules, 31'000'001));
  EXPECT_EQ(stop_of(finished(state, rules, 31'000'001, false), rules, 31'000'002, 1), Stop::none);
  EXPECT_EQ(stop_of(state, rules, 31'000'011, 1), Stop::none) << "a break ends it too";
}

TEST(Budget, AClockSetBackOpensNothing) {
  BudgetRules rules;
  rules.minutes_max = 2;
  Exposure state = shown({}, rules, 31'000'000, 1);
  state = shown(state, rules, 31'000'001, 1);
  for (std::int64_t back = 2; back < 3000; back += 7)
    EXPECT_NE(stop_of(state, rules, 31'000'002, 1), Stop::none);
  const auto before = state.used;
  if (stop_of(state, rules, 30'990'000, 1) == Stop::none)
    EXPECT_EQ(shown(state, rules, 30'990'000, 1).used, before);
}

TEST(Budget, OnesOwnLimitsOnlyTighten) {
  const BudgetRules rules;
  const auto loose = tightened(
      rules, {.minutes_max = 999, .break_after = 999, .cutoff_minutes = 1, .severe_run_max = 99});
  EXPECT_EQ(loose.minutes_max, rules.minutes_max);
  EXPECT_EQ(loose.break_after, rules.break_after);
  EXPECT_EQ(loose.cutoff_minutes, rules.cutoff_minutes);
  const auto tight = tightened(
      rules, {.minutes_max = 60, .break_after = 20, .cutoff_minutes = 90, .severe_run_max = 1});
  EXPECT_EQ(tight.minutes_max, 60);
  EXPECT_EQ(tight.cutoff_minutes, 90);
}

TEST(Budget, NoSettingLoosensTheFloor) {
  Settings settings = *Settings::defaults();
  ASSERT_TRUE(settings.set("console.exposure_minutes_max", "1000"));
  ASSERT_TRUE(settings.set("exposure.break_after", "10h"));
  ASSERT_TRUE(settings.set("exposure.break", "1m"));
  const auto rules = budget_rules(settings);
  EXPECT_EQ(rules.minutes_max, 240);
  EXPECT_EQ(rules.break_after, 50);
  EXPECT_EQ(rules.break_minutes, 10);
}

TEST(Budget, LargerSharperAndMoreSevereWeighsMore) {
  for (int level = 1; level < 4; ++level) EXPECT_LT(dose_of(level, 0), dose_of(level + 1, 0));
  EXPECT_EQ(dose_of(4, 2), 18);
}

}  // namespace
}  // namespace hotline::assessment
