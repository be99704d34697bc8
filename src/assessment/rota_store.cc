#include <algorithm>
#include <cstdio>

#include "assessment/rota.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::assessment {

Result<std::string> day_after(std::string_view day, int days) {
  const auto wrong = fail(ErrorKind::invalid, "A day is a date like 2026-11-22.");
  const auto parts = split(day, '-');
  if (day.size() != 10 || parts.size() != 3) return wrong;
  const auto year = parse_integer(parts[0]), month = parse_integer(parts[1]),
             date = parse_integer(parts[2]);
  if (!year || !month || !date || *month < 1 || *date < 1) return wrong;
  const std::chrono::year_month_day given{std::chrono::year(static_cast<int>(*year)),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*date))};
  if (!given.ok()) return wrong;
  const std::chrono::year_month_day then{std::chrono::sys_days(given) + std::chrono::days(days)};
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(then.year()),
                static_cast<unsigned>(then.month()), static_cast<unsigned>(then.day()));
  return std::string(text.data());
}

Done set_shift(db::Transaction& tx, const accounts::Person& by, const Shift& shift, Instant now) {
  TRY_DONE(accounts::check_allowed(by.role, accounts::Action::see_board));
  TRY_DONE(day_after(shift.day, 0));
  if (std::none_of(kShifts.begin(), kShifts.end(),
                   [&](const ShiftKind& one) { return one.id == shift.shift; }))
    return fail(ErrorKind::invalid, "There is no such shift.");
  TRY(people, accounts::people(tx, by.tenant));
  if (std::none_of(people.begin(), people.end(),
                   [&](const auto& one) { return one.id == shift.person; }))
    return fail(ErrorKind::not_found, "There is no such person.");
  TRY_DONE(tx.run(R"sql(
    INSERT INTO rota (person, day, shift, changed_by, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (person, day) DO UPDATE SET shift = excluded.shift,
      changed_by = excluded.changed_by, at = excluded.at)sql",
                  {shift.person.str(), shift.day, shift.shift, by.id.str(), us(now)}));
  return facts::FactStore(tx).append({.tenant = by.tenant.str(),
                                      .kind = "rota_changed",
                                      .actor = by.id.str(),
                                      .subject = shift.person.str(),
                                      .details = {{"day", shift.day}, {"shift", shift.shift}},
                                      .at = now});
}

Result<std::vector<Shift>> shifts(db::Transaction& tx, const casework::TenantId& tenant,
                                  std::string_view first, std::string_view last) {
  TRY(rows, tx.run("SELECT r.person, r.day, r.shift FROM rota r JOIN person p ON p.id = r.person "
                   "WHERE p.tenant = $1 AND r.day >= $2 AND r.day <= $3 ORDER BY r.day, r.person",
                   {tenant.str(), std::string(first), std::string(last)}));
  std::vector<Shift> all;
  for (const auto& row : rows) {
    TRY(person, casework::PersonId::parse(row.text(0)));
    all.push_back({person, row.text(1), row.text(2)});
  }
  return all;
}

}  // namespace hotline::assessment
