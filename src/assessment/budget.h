// The exposure budget: whether a person may be shown a picture now.
//
// A working day is what lies between two long rests, so a shift across midnight is
// one day. A minute counts once a picture was served in it. Pictures stop when the
// day's minutes or dose are used, when a break is due, in the last part of the
// shift, and after several severe cases in a row; a break ends the last two. An
// override lifts minutes, dose and cut-off for half an hour at most, never breaks.
// The same rule answers the preview, the Start button and the person's own page.
//
// Pure functions over whole minutes; storing is exposure.h. Limits of a person may
// be tighter than the hotline's, never looser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/settings.h"

namespace hotline::assessment {

struct BudgetRules {
  std::int64_t minutes_max = 240;      ///< With a picture, between two long rests.
  std::int64_t dose_max = 6000;        ///< See dose_of().
  std::int64_t break_after = 50;       ///< Minutes with a picture without a break.
  std::int64_t break_minutes = 10;     ///< A break is as many minutes without a picture.
  std::int64_t rest_minutes = 480;     ///< A long rest: the next working day begins.
  std::int64_t shift_minutes = 480;    ///< From the first picture or the check-in.
  std::int64_t cutoff_minutes = 30;    ///< At the end of the shift: no pictures.
  std::int64_t severe_run_max = 3;     ///< Severe cases one after another.
  std::int64_t severe_cases_max = 40;  ///< Severe cases in a working day.
};
[[nodiscard]] BudgetRules budget_rules(const Settings& settings);

/// A person's own limits, 0 where there is none: they only make a rule stricter.
struct OwnLimits {
  std::int64_t minutes_max = 0, break_after = 0, cutoff_minutes = 0, severe_run_max = 0;
};
[[nodiscard]] BudgetRules tightened(BudgetRules rules, const OwnLimits& own);

/// Where a person stands. Minutes are counted from 1970.
struct Exposure {
  std::int64_t last_minute = 0;  ///< In which a picture was last served.
  std::int64_t used = 0;         ///< Minutes with a picture since the last long rest.
  std::int64_t streak = 0;       ///< The same since the last break.
  std::int64_t dose = 0;
  std::int64_t severe_run = 0, severe = 0;
  std::int64_t shift_began = 0, shift_ends = 0;  ///< 0: not begun.
  std::int64_t lifted_until = 0;                 ///< An override, or 0.
  friend bool operator==(const Exposure&, const Exposure&) = default;
};

/// Why no picture is shown; spelled as it is sent and recorded.
enum class Stop : std::uint8_t { none, minutes, dose, break_due, cut_off, severe_run };
[[nodiscard]] std::string_view name(Stop stop);

/// What one picture weighs: more the larger and sharper it is, and the more severe it is known
/// to be (0 not known or least, 2 most).
[[nodiscard]] std::int64_t dose_of(int level, int severity);

/// The same state, seen `minute`: a long rest or a break that has passed is taken into account.
[[nodiscard]] Exposure rested(Exposure now, const BudgetRules& rules, std::int64_t minute);
/// Whether a picture of this weight may be served in `minute`, and if not, why.
[[nodiscard]] Stop stop_of(const Exposure& state, const BudgetRules& rules, std::int64_t minute,
                           std::int64_t weight);
/// The state after serving it. Only for what stop_of() lets through (CHECK).
[[nodiscard]] Exposure shown(const Exposure& state, const BudgetRules& rules, std::int64_t minute,
                             std::int64_t weight);
/// After finishing a case.
[[nodiscard]] Exposure finished(const Exposure& state, const BudgetRules& rules,
                                std::int64_t minute, bool severe);
/// The shift begins: at most rules.shift_minutes long. A running shift is only ever shortened.
[[nodiscard]] Exposure checked_in(const Exposure& state, const BudgetRules& rules,
                                  std::int64_t minute, std::int64_t length);
/// Whether routing should keep cases away that are expected to be severe.
[[nodiscard]] bool spares_severe(const Exposure& state, const BudgetRules& rules,
                                 std::int64_t minute);
/// Minutes until pictures may be shown again; 0 now, -1 not before the next working day.
[[nodiscard]] std::int64_t minutes_to_wait(const Exposure& state, const BudgetRules& rules,
                                           std::int64_t minute);
/// Minutes with pictures until the next break is due.
[[nodiscard]] std::int64_t minutes_to_break(const Exposure& state, const BudgetRules& rules,
                                            std::int64_t minute);

}  // namespace hotline::assessment
