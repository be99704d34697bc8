// Exposure: how much a person was shown, and the end of it.
//
// Every picture is counted here before it is served; what budget.h stops is not
// counted and must not be served. The figures belong to the person: they stand
// on no board and measure nobody's work. A welfare lead sees that a limit was
// reached, and means of five people or more. Rows of minutes and counts are
// erased after 90 days.
//
// Facts: exposure_paused, when the last minute of a working day is used;
// exposure_lifted, when an override that two people agreed on begins.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "assessment/budget.h"
#include "assessment/grade.h"
#include "db/db.h"

namespace hotline::assessment {

struct Meter {
  Exposure state;     ///< As it stands now, rests taken into account.
  BudgetRules rules;  ///< The hotline's, tightened by the person.
  Stop stop = Stop::none;
  std::int64_t minutes = 0;  ///< Of this working day, with a picture.
  std::int64_t minutes_max = 0;
  std::int64_t to_break = 0, to_wait = 0;  ///< See budget.h.
  std::map<int, std::int64_t> shown;       ///< Pictures by level of the reveal ladder.
  std::int64_t avoided = 0;           ///< Decided today without a view: known, near, not needed.
  std::vector<std::string> opt_outs;  ///< Themes: today's and the standing ones.
  [[nodiscard]] bool is_full() const { return stop != Stop::none; }
  [[nodiscard]] bool is_nearly_full() const {
    return stop == Stop::none && minutes * 10 >= minutes_max * 8;
  }
};

[[nodiscard]] Result<Meter> meter(db::Transaction& tx, const PersonId& person,
                                  const BudgetRules& rules, Instant now);

struct View {
  int level = 1;
  int severity = 0;  ///< As far as it is known: 0 not or least, 2 most severe.
};
/// Counts one picture before it is served. Anything but Stop::none: nothing was counted, and
/// nothing may be served.
[[nodiscard]] Result<Stop> count_view(db::Transaction& tx, const accounts::Person& person,
                                      const View& view, const BudgetRules& rules, Instant now);
/// What the person is told.
[[nodiscard]] std::string stop_words(Stop stop, std::int64_t minutes_to_wait);

[[nodiscard]] Done count_avoided(db::Transaction& tx, const PersonId& person, std::int64_t items,
                                 Instant now);
/// After a finished case; `severe`: its outcome is of the most severe kind.
[[nodiscard]] Done count_finished(db::Transaction& tx, const PersonId& person, bool severe,
                                  const BudgetRules& rules, Instant now);

struct CheckIn {
  std::int64_t shift_minutes = 0;
  std::vector<std::string> opt_outs;  ///< Today's; no reason is asked and none is kept.
};
[[nodiscard]] Done check_in(db::Transaction& tx, const PersonId& person, const CheckIn& given,
                            const BudgetRules& rules, Instant now);

/// An override begins: at most 30 minutes from now. Only after two people agreed (approvals.h).
[[nodiscard]] Done lift(db::Transaction& tx, const accounts::Person& person, std::int64_t minutes,
                        std::string_view actor, Instant now);

/// One's own days, newest first: for "my wellbeing".
struct DayFigures {
  std::string day;
  std::int64_t minutes = 0, small = 0, revealed = 0, avoided = 0;
};
[[nodiscard]] Result<std::vector<DayFigures>> own_days(db::Transaction& tx, const PersonId& person,
                                                       int days, Instant now);
/// Means of a tenant's people over a day; nothing if fewer than five were shown anything.
struct TeamFigures {
  std::int64_t people = 0, minutes_mean = 0, revealed_mean = 0, avoided_sum = 0;
};
[[nodiscard]] Result<std::optional<TeamFigures>> team_day(db::Transaction& tx,
                                                          const TenantId& tenant, Instant now);

}  // namespace hotline::assessment
