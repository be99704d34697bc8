#include "assessment/budget.h"

#include <algorithm>
#include <array>

namespace hotline::assessment {

namespace {

// The floor: a setting may tighten these, whatever somebody writes into a file.
constexpr std::int64_t kMinutesFloor = 240;
constexpr std::int64_t kBreakAfterFloor = 50;
constexpr std::int64_t kBreakFloor = 10;

// Rows of the reveal ladder: small and blurred, a little sharper, sharp and grey, colour.
constexpr std::array<std::int64_t, 5> kLevelWeight = {0, 1, 2, 4, 6};
constexpr std::array<std::int64_t, 3> kSeverityWeight = {1, 2, 3};

std::int64_t tighter(std::int64_t rule, std::int64_t own) {
  return own > 0 ? std::min(rule, own) : rule;
}

/// Full minutes without a picture before `minute`.
std::int64_t gap(const Exposure& state, std::int64_t minute) {
  return minute - state.last_minute - 1;
}

}  // namespace

std::string_view name(Stop stop) {
  switch (stop) {
    case Stop::none: return "none";
    case Stop::minutes: return "minutes";
    case Stop::dose: return "dose";
    case Stop::break_due: return "break_due";
    case Stop::cut_off: return "cut_off";
    case Stop::severe_run: return "severe_run";
  }
  return "unknown";
}

BudgetRules budget_rules(const Settings& settings) {
  const auto minutes = [&](std::string_view key) {
    return std::chrono::duration_cast<std::chrono::minutes>(settings.duration(key)).count();
  };
  BudgetRules rules;
  rules.minutes_max = std::min(settings.integer("console.exposure_minutes_max"), kMinutesFloor);
  rules.dose_max = settings.integer("exposure.dose_max");
  rules.break_after = std::min(minutes("exposure.break_after"), kBreakAfterFloor);
  rules.break_minutes = std::max(minutes("exposure.break"), kBreakFloor);
  rules.rest_minutes = std::max(minutes("exposure.rest"), rules.break_minutes);
  rules.shift_minutes = minutes("exposure.shift");
  rules.cutoff_minutes = minutes("exposure.cutoff");
  rules.severe_run_max = settings.integer("exposure.severe_run_max");
  rules.severe_cases_max = settings.integer("exposure.severe_cases_max");
  return rules;
}

BudgetRules tightened(BudgetRules rules, const OwnLimits& own) {
  rules.minutes_max = tighter(rules.minutes_max, own.minutes_max);
  rules.break_after = tighter(rules.break_after, own.break_after);
  rules.cutoff_minutes = std::max(rules.cutoff_minutes, own.cutoff_minutes);
  rules.severe_run_max = tighter(rules.severe_run_max, own.severe_run_max);
  return rules;
}

std::int64_t dose_of(int level, int severity) {
  const auto row = static_cast<std::size_t>(std::clamp(level, 1, 4));
  return kLevelWeight.at(row) *
         kSeverityWeight.at(static_cast<std::size_t>(std::clamp(severity, 0, 2)));
}

Exposure rested(Exposure now, const BudgetRules& rules, std::int64_t minute) {
  const bool shift_is_over =
      now.shift_ends > 0 && minute >= now.shift_began + rules.shift_minutes + rules.rest_minutes;
  if (gap(now, minute) >= rules.rest_minutes) {
    now.used = now.streak = now.dose = now.severe = now.severe_run = 0;
    if (shift_is_over || now.shift_began <= now.last_minute) now.shift_began = now.shift_ends = 0;
  }
  if (gap(now, minute) >= rules.break_minutes) now.streak = now.severe_run = 0;
  return now;
}

Stop stop_of(const Exposure& state, const BudgetRules& rules, std::int64_t minute,
             std::int64_t weight) {
  // A clock that was set back opens nothing: the last minute counts as this one.
  minute = std::max(minute, state.last_minute);
  const Exposure now = rested(state, rules, minute);
  const bool fresh = minute != now.last_minute || now.used == 0;
  if (now.severe_run >= rules.severe_run_max) return Stop::severe_run;
  if (fresh && now.streak >= rules.break_after) return Stop::break_due;
  if (minute < now.lifted_until) return Stop::none;
  if (fresh && now.used >= rules.minutes_max) return Stop::minutes;
  if (now.dose + weight > rules.dose_max) return Stop::dose;
  if (now.shift_ends > 0 && minute >= now.shift_ends - rules.cutoff_minutes) return Stop::cut_off;
  return Stop::none;
}

Exposure shown(const Exposure& state, const BudgetRules& rules, std::int64_t minute,
               std::int64_t weight) {
  minute = std::max(minute, state.last_minute);
  CHECK(stop_of(state, rules, minute, weight) == Stop::none);
  Exposure now = rested(state, rules, minute);
  if (now.shift_ends == 0) {
    now.shift_began = minute;
    now.shift_ends = minute + rules.shift_minutes;
  }
  if (minute != now.last_minute || now.used == 0) {
    ++now.used;
    ++now.streak;
  }
  now.last_minute = minute;
  now.dose += weight;
  return now;
}

Exposure finished(const Exposure& state, const BudgetRules& rules, std::int64_t minute,
                  bool severe) {
  Exposure now = rested(state, rules, std::max(minute, state.last_minute));
  now.severe_run = severe ? now.severe_run + 1 : 0;
  now.severe += severe ? 1 : 0;
  return now;
}

Exposure checked_in(const Exposure& state, const BudgetRules& rules, std::int64_t minute,
                    std::int64_t length) {
  Exposure now = rested(state, rules, std::max(minute, state.last_minute));
  const std::int64_t wanted = std::clamp<std::int64_t>(length, 1, rules.shift_minutes);
  if (now.shift_ends == 0) {
    now.shift_began = minute;
    now.shift_ends = minute + wanted;
  } else {
    now.shift_ends = std::min(now.shift_ends, now.shift_began + wanted);
  }
  return now;
}

bool spares_severe(const Exposure& state, const BudgetRules& rules, std::int64_t minute) {
  const Exposure now = rested(state, rules, std::max(minute, state.last_minute));
  return now.severe_run >= rules.severe_run_max || now.severe >= rules.severe_cases_max;
}

std::int64_t minutes_to_wait(const Exposure& state, const BudgetRules& rules, std::int64_t minute) {
  switch (stop_of(state, rules, minute, 1)) {
    case Stop::none: return 0;
    case Stop::break_due:
    case Stop::severe_run:
      return std::max<std::int64_t>(state.last_minute + rules.break_minutes + 1 - minute, 1);
    case Stop::minutes:
    case Stop::dose:
    case Stop::cut_off: return -1;
  }
  return -1;
}

std::int64_t minutes_to_break(const Exposure& state, const BudgetRules& rules,
                              std::int64_t minute) {
  const Exposure now = rested(state, rules, std::max(minute, state.last_minute));
  return std::max<std::int64_t>(rules.break_after - now.streak, 0);
}

}  // namespace hotline::assessment
