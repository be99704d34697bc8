#include <algorithm>
#include <array>

#include "accounts/preferences.h"
#include "base/text.h"

namespace hotline::accounts {

namespace {

constexpr std::size_t kValueMax = 4000;
constexpr std::array<std::string_view, 15> kNames = {
    "keys",         // Remapped keys, as JSON: action to physical key.
    "single_keys",  // off: only keys with Ctrl.
    "left_handed",  // on
    "reveal",       // toggle instead of hold
    "density",      // 120, 160 or 240 pixels a cell
    "grey_only",    // on: no colour, whatever is pressed
    "language",     // Of the console; English without it.
    "views",        // Saved views of the queue, as JSON.
    "minutes_max",  // The rest: tighter limits of one's own (assessment/budget.h).
    "break_after", "cutoff_minutes", "severe_run_max",
    "opt_outs",    // Standing, beside those of today's check-in.
    "practice",    // The score of the last round, for oneself.
    "dose_words",  // off: no hint at 80 percent
};

}  // namespace

Result<Preferences> preferences(db::Transaction& tx, const casework::PersonId& person) {
  TRY(rows, tx.run("SELECT name, value FROM person_preference WHERE person = $1", {person.str()}));
  Preferences all;
  for (const auto& row : rows) all[row.text(0)] = row.text(1);
  return all;
}

Done set_preference(db::Transaction& tx, const casework::PersonId& person, std::string_view name,
                    std::string_view value) {
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end())
    return fail(ErrorKind::invalid, "There is no such preference.");
  if (value.size() > kValueMax) return fail(ErrorKind::invalid, "This preference is too long.");
  if (value.empty()) {
    TRY_DONE(tx.change("DELETE FROM person_preference WHERE person = $1 AND name = $2",
                       {person.str(), std::string(name)}));
    return {};
  }
  TRY_DONE(tx.run(R"sql(
    INSERT INTO person_preference (person, name, value) VALUES ($1, $2, $3)
    ON CONFLICT (person, name) DO UPDATE SET value = excluded.value)sql",
                  {person.str(), std::string(name), clean_utf8(value)}));
  return {};
}

std::int64_t number_of(const Preferences& all, const std::string& name, std::int64_t otherwise) {
  const auto found = all.find(name);
  if (found == all.end()) return otherwise;
  return parse_integer(found->second).value_or(otherwise);
}

std::string text_of(const Preferences& all, const std::string& name) {
  const auto found = all.find(name);
  return found == all.end() ? "" : found->second;
}

}  // namespace hotline::accounts
