#include "assessment/exposure.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::assessment {

namespace {

std::string day_of(Instant now) {
  return rfc3339(now).substr(0, 10);
}

std::int64_t minute_of(Instant now) {
  const auto midnight = std::chrono::floor<std::chrono::days>(now);
  return std::chrono::duration_cast<std::chrono::minutes>(now - midnight).count();
}

Done add(db::Transaction& tx, const PersonId& person, const std::string& what, std::int64_t count,
         Instant now) {
  TRY_DONE(tx.run(R"sql(
    INSERT INTO exposure_count (person, day, what, count) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person, day, what) DO UPDATE SET count = exposure_count.count + excluded.count)sql",
                  {person.str(), day_of(now), what, count}));
  return {};
}

Result<std::int64_t> minutes_used(db::Transaction& tx, const PersonId& person, Instant now) {
  TRY(rows, tx.run("SELECT COUNT(*) FROM exposure_minute WHERE person = $1 AND day = $2",
                   {person.str(), day_of(now)}));
  return rows.at(0).integer(0);
}

Done paused(db::Transaction& tx, const TenantId& tenant, const PersonId& person,
            std::int64_t minutes, Instant now) {
  facts::Fact fact;
  fact.tenant = tenant.str();
  fact.kind = "exposure_paused";
  fact.actor = person.str();
  fact.subject = person.str();
  fact.details = {{"minutes", minutes}};
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

}  // namespace

Result<Meter> meter(db::Transaction& tx, const PersonId& person, std::int64_t minutes_max,
                    Instant now) {
  Meter today;
  TRY(minutes, minutes_used(tx, person, now));
  today.minutes = minutes;
  today.minutes_max = minutes_max;
  TRY(rows, tx.run("SELECT what, count FROM exposure_count WHERE person = $1 AND day = $2",
                   {person.str(), day_of(now)}));
  for (const auto& row : rows) {
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

Done count_view(db::Transaction& tx, const TenantId& tenant, const PersonId& person, int level,
                std::int64_t minutes_max, Instant now) {
  // Inserting first takes the row, so that two requests at once cannot both be the last one.
  TRY(fresh, tx.run("INSERT INTO exposure_minute (person, day, minute) VALUES ($1, $2, $3) "
                    "ON CONFLICT (person, day, minute) DO NOTHING RETURNING minute",
                    {person.str(), day_of(now), minute_of(now)}));
  TRY(minutes, minutes_used(tx, person, now));
  if (!fresh.empty() && minutes > minutes_max)
    return fail(ErrorKind::forbidden,
                "Your picture time for today is used up. Nothing more is shown.");
  if (!fresh.empty() && minutes == minutes_max) TRY_DONE(paused(tx, tenant, person, minutes, now));
  return add(tx, person, "level_" + std::to_string(level), 1, now);
}

Done count_avoided(db::Transaction& tx, const PersonId& person, std::int64_t items, Instant now) {
  if (items <= 0) return {};
  return add(tx, person, "avoided", items, now);
}

}  // namespace hotline::assessment
