#include <algorithm>

#include "accounts/preferences.h"
#include "assessment/exposure.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::assessment {

namespace {

constexpr std::int64_t kLiftMax = 30;
constexpr std::size_t kTeamAtLeast = 5;
constexpr std::chrono::days kKept{90};

std::string day_of(Instant now) {
  return rfc3339(now).substr(0, 10);
}

std::int64_t minute_since_1970(Instant now) {
  return std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto word : split(text, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

Done add(db::Transaction& tx, const PersonId& person, const std::string& what, std::int64_t count,
         Instant now) {
  TRY_DONE(tx.run(R"sql(
    INSERT INTO exposure_count (person, day, what, count) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person, day, what) DO UPDATE SET count = exposure_count.count + excluded.count)sql",
                  {person.str(), day_of(now), what, count}));
  return {};
}

Done fact(db::Transaction& tx, const accounts::Person& person, std::string_view kind,
          std::string_view actor, json::object details, Instant now) {
  facts::Fact fact;
  fact.tenant = person.tenant.str();
  fact.kind = kind;
  fact.actor = actor;
  fact.subject = person.id.str();
  fact.details = std::move(details);
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

constexpr std::string_view kState =
    "last_minute, used, streak, dose, severe_run, severe, shift_began, shift_ends, lifted_until, "
    "opt_outs";

struct Stored {
  Exposure state;
  std::string opt_outs;
};

Stored stored_from(const db::Row& row) {
  Stored stored;
  auto& state = stored.state;
  state.last_minute = row.integer(0);
  state.used = row.integer(1);
  state.streak = row.integer(2);
  state.dose = row.integer(3);
  state.severe_run = row.integer(4);
  state.severe = row.integer(5);
  state.shift_began = row.integer(6);
  state.shift_ends = row.integer(7);
  state.lifted_until = row.integer(8);
  stored.opt_outs = row.text(9);
  return stored;
}

/// Takes the person's row for this transaction: two requests at once cannot both be the last one.
Result<Stored> hold(db::Transaction& tx, const PersonId& person) {
  TRY_DONE(tx.run("INSERT INTO exposure_state (person) VALUES ($1) ON CONFLICT (person) DO NOTHING",
                  {person.str()}));
  TRY(rows, tx.run("UPDATE exposure_state SET used = used WHERE person = $1 RETURNING " +
                       std::string(kState),
                   {person.str()}));
  return stored_from(rows.at(0));
}

Done keep(db::Transaction& tx, const PersonId& person, const Stored& stored) {
  const auto& state = stored.state;
  TRY_DONE(tx.change(
      R"sql(
    UPDATE exposure_state SET last_minute = $2, used = $3, streak = $4, dose = $5, severe_run = $6,
           severe = $7, shift_began = $8, shift_ends = $9, lifted_until = $10, opt_outs = $11
     WHERE person = $1)sql",
      {person.str(), state.last_minute, state.used, state.streak, state.dose, state.severe_run,
       state.severe, state.shift_began, state.shift_ends, state.lifted_until, stored.opt_outs}));
  return {};
}

Result<BudgetRules> own_rules(db::Transaction& tx, const PersonId& person,
                              const BudgetRules& rules) {
  TRY(own, accounts::preferences(tx, person));
  return tightened(rules, {accounts::number_of(own, "minutes_max", 0),
                           accounts::number_of(own, "break_after", 0),
                           accounts::number_of(own, "cutoff_minutes", 0),
                           accounts::number_of(own, "severe_run_max", 0)});
}

}  // namespace

Result<Meter> meter(db::Transaction& tx, const PersonId& person, const BudgetRules& rules,
                    Instant now) {
  Meter today;
  TRY(own, own_rules(tx, person, rules));
  TRY(rows, tx.run("SELECT " + std::string(kState) + " FROM exposure_state WHERE person = $1",
                   {person.str()}));
  const Stored stored = rows.empty() ? Stored{} : stored_from(rows[0]);
  const std::int64_t minute = minute_since_1970(now);
  today.rules = own;
  today.state = rested(stored.state, own, minute);
  today.stop = stop_of(stored.state, own, minute, 1);
  today.minutes = today.state.used;
  today.minutes_max = own.minutes_max;
  today.to_break = minutes_to_break(stored.state, own, minute);
  today.to_wait = minutes_to_wait(stored.state, own, minute);
  if (today.state.shift_ends > 0) today.opt_outs = words_of(stored.opt_outs);
  TRY(preferences, accounts::preferences(tx, person));
  for (auto& theme : words_of(accounts::text_of(preferences, "opt_outs")))
    if (std::find(today.opt_outs.begin(), today.opt_outs.end(), theme) == today.opt_outs.end())
      today.opt_outs.push_back(std::move(theme));
  TRY(counts, tx.run("SELECT what, count FROM exposure_count WHERE person = $1 AND day = $2",
                     {person.str(), day_of(now)}));
  for (const auto& row : counts) {
    const std::string what = row.text(0);
    if (what == "avoided") {
      today.avoided = row.integer(1);
    } else if (what.starts_with("level_")) {
      TRY(level, parse_integer(std::string_view(what).substr(6)));
      today.shown[static_cast<int>(level)] = row.integer(1);
    }
  }
  return today;
}

Result<Stop> count_view(db::Transaction& tx, const accounts::Person& person, const View& view,
                        const BudgetRules& rules, Instant now) {
  TRY(stored, hold(tx, person.id));
  TRY(own, own_rules(tx, person.id, rules));
  const std::int64_t minute = minute_since_1970(now);
  const std::int64_t weight = dose_of(view.level, view.severity);
  const Stop stop = stop_of(stored.state, own, minute, weight);
  if (stop != Stop::none) return stop;
  const std::int64_t before = rested(stored.state, own, minute).used;
  stored.state = shown(stored.state, own, minute, weight);
  TRY_DONE(keep(tx, person.id, stored));
  if (stored.state.used != before) {
    TRY_DONE(
        tx.run("INSERT INTO exposure_minute (person, day, minute) VALUES ($1, $2, $3) "
               "ON CONFLICT (person, day, minute) DO NOTHING",
               {person.id.str(), day_of(now), minute % (24 * 60)}));
    if (stored.state.used == own.minutes_max)
      TRY_DONE(fact(tx, person, "exposure_paused", person.id.str(),
                    {{"why", "minutes"}, {"minutes", stored.state.used}}, now));
  }
  TRY_DONE(add(tx, person.id, "level_" + std::to_string(view.level), 1, now));
  return Stop::none;
}

std::string stop_words(Stop stop, std::int64_t minutes_to_wait) {
  const std::string wait = std::to_string(minutes_to_wait) + " min";
  switch (stop) {
    case Stop::none: return "";
    case Stop::minutes: return "Your picture time for today is used up. Nothing more is shown.";
    case Stop::dose: return "You have been shown enough for today. Nothing more is shown.";
    case Stop::break_due: return "Time for a break: pictures come back in " + wait + ".";
    case Stop::cut_off: return "Your shift ends soon: no more pictures today.";
    case Stop::severe_run:
      return "Several hard cases in a row: other work now, pictures come back in " + wait + ".";
  }
  return "";
}

Done count_avoided(db::Transaction& tx, const PersonId& person, std::int64_t items, Instant now) {
  if (items <= 0) return {};
  return add(tx, person, "avoided", items, now);
}

Done count_finished(db::Transaction& tx, const PersonId& person, bool severe,
                    const BudgetRules& rules, Instant now) {
  TRY(stored, hold(tx, person));
  TRY(own, own_rules(tx, person, rules));
  stored.state = finished(stored.state, own, minute_since_1970(now), severe);
  return keep(tx, person, stored);
}

Done check_in(db::Transaction& tx, const PersonId& person, const CheckIn& given,
              const BudgetRules& rules, Instant now) {
  TRY(stored, hold(tx, person));
  TRY(own, own_rules(tx, person, rules));
  stored.state = checked_in(stored.state, own, minute_since_1970(now), given.shift_minutes);
  stored.opt_outs = join(given.opt_outs, " ");
  const std::string oldest = day_of(now - kKept);
  TRY_DONE(tx.change("DELETE FROM exposure_minute WHERE day < $1", {oldest}));
  TRY_DONE(tx.change("DELETE FROM exposure_count WHERE day < $1", {oldest}));
  return keep(tx, person, stored);
}

Done lift(db::Transaction& tx, const accounts::Person& person, std::int64_t minutes,
          std::string_view actor, Instant now) {
  if (minutes < 1 || minutes > kLiftMax)
    return fail(ErrorKind::invalid, "An override lasts 1 to 30 minutes.");
  TRY(stored, hold(tx, person.id));
  stored.state.lifted_until = minute_since_1970(now) + minutes;
  TRY_DONE(keep(tx, person.id, stored));
  return fact(tx, person, "exposure_lifted", actor, {{"minutes", minutes}}, now);
}

Result<std::vector<DayFigures>> own_days(db::Transaction& tx, const PersonId& person, int days,
                                         Instant now) {
  TRY(counts, tx.run("SELECT day, what, count FROM exposure_count WHERE person = $1 AND day > $2",
                     {person.str(), day_of(now - std::chrono::days(days))}));
  TRY(minutes, tx.run("SELECT day, COUNT(*) FROM exposure_minute WHERE person = $1 AND day > $2 "
                      "GROUP BY day",
                      {person.str(), day_of(now - std::chrono::days(days))}));
  std::map<std::string, DayFigures, std::greater<>> by_day;
  for (const auto& row : minutes) by_day[row.text(0)].minutes = row.integer(1);
  for (const auto& row : counts) {
    auto& day = by_day[row.text(0)];
    const std::string what = row.text(1);
    auto& figure = what == "avoided"                        ? day.avoided
                   : what == "level_1" || what == "level_2" ? day.small
                                                            : day.revealed;
    figure += row.integer(2);
  }
  std::vector<DayFigures> found;
  for (auto& [day, figures] : by_day) {
    figures.day = day;
    found.push_back(figures);
  }
  return found;
}

Result<std::optional<TeamFigures>> team_day(db::Transaction& tx, const TenantId& tenant,
                                            Instant now) {
  TRY(minutes, tx.run(R"sql(
    SELECT m.person, COUNT(*) FROM exposure_minute m JOIN person p ON p.id = m.person
     WHERE p.tenant = $1 AND m.day = $2 GROUP BY m.person)sql",
                      {tenant.str(), day_of(now)}));
  if (minutes.size() < kTeamAtLeast) return std::nullopt;
  TRY(counts, tx.run(R"sql(
    SELECT c.what, CAST(SUM(c.count) AS BIGINT) FROM exposure_count c JOIN person p ON p.id = c.person
     WHERE p.tenant = $1 AND c.day = $2 GROUP BY c.what)sql",
                     {tenant.str(), day_of(now)}));
  TeamFigures team;
  team.people = static_cast<std::int64_t>(minutes.size());
  for (const auto& row : minutes) team.minutes_mean += row.integer(1);
  team.minutes_mean /= team.people;
  for (const auto& row : counts) {
    const std::string what = row.text(0);
    if (what == "avoided") team.avoided_sum = row.integer(1);
    if (what == "level_3" || what == "level_4") team.revealed_mean += row.integer(1) / team.people;
  }
  return team;
}

}  // namespace hotline::assessment
