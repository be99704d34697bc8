#include "assessment/facts_of.h"
#include "assessment/quality.h"
#include "base/crypto.h"

namespace hotline::assessment {

namespace {

constexpr std::chrono::minutes kTakenFor{30};

/// A fair draw: nobody who grades can know or choose what is drawn.
bool drawn(std::int64_t percent) {
  // 65,500 is a multiple of 100: no number is favoured.
  for (;;) {
    const std::string bytes = crypto::random_bytes(2);
    const auto number = static_cast<unsigned>(static_cast<unsigned char>(bytes[0])) * 256U +
                        static_cast<unsigned char>(bytes[1]);
    if (number < 65500U) return static_cast<std::int64_t>(number % 100U) < percent;
  }
}

constexpr std::string_view kColumns =
    "id, tenant, casefile, item, scheme, first_by, first_category, first_age, first_sex, taken_by, "
    "category, age, sex";

Result<Sample> sample_from(const db::Row& row) {
  Sample sample;
  TRY(id, SampleId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(casefile, CaseId::parse(row.text(2)));
  TRY(item, ItemId::parse(row.text(3)));
  TRY(first_by, PersonId::parse(row.text(5)));
  sample.id = id;
  sample.tenant = tenant;
  sample.casefile = casefile;
  sample.item = item;
  sample.scheme = row.text(4);
  sample.first_by = first_by;
  sample.first = {row.text(6), row.text(7), row.text(8), {}};
  if (!row.is_null(9)) {
    TRY(taken_by, PersonId::parse(row.text(9)));
    sample.taken_by = taken_by;
  }
  sample.second = {row.text(10), row.text(11), row.text(12), {}};
  return sample;
}

Result<std::vector<Sample>> samples_from(const db::Rows& rows) {
  std::vector<Sample> found;
  for (const auto& row : rows) {
    TRY(sample, sample_from(row));
    found.push_back(std::move(sample));
  }
  return found;
}

}  // namespace

Done draw_samples(db::Transaction& tx, const Entry& entry, const accounts::Person& person,
                  std::int64_t percent, Instant now) {
  TRY(events, AssessmentStore(tx).events(entry.casefile, entry.look));
  for (const auto& [item, step] : standing(events)) {
    if (step.person != person.id || !is_whole(step.grade) || !drawn(percent)) continue;
    TRY_DONE(tx.run(R"sql(
      INSERT INTO quality_sample (id, tenant, casefile, item, scheme, first_by, first_category,
                                  first_age, first_sex, drawn_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (casefile, item) DO NOTHING)sql",
                    {SampleId::make(now).str(), entry.tenant.str(), entry.casefile.str(),
                     item.str(), entry.scheme, person.id.str(), step.grade.category, step.grade.age,
                     step.grade.sex, us(now)}));
  }
  return {};
}

Result<std::int64_t> samples_waiting(db::Transaction& tx, const accounts::Person& person,
                                     Instant now) {
  TRY(rows, tx.run(R"sql(
    SELECT COUNT(*) FROM quality_sample
     WHERE tenant = $1 AND given_at IS NULL AND first_by <> $2
       AND (taken_by IS NULL OR taken_by = $2 OR taken_until <= $3)
       AND NOT EXISTS (SELECT 1 FROM consult c JOIN consult_answer o ON o.consult = c.id
                        WHERE c.item = quality_sample.item AND o.person = $2))sql",
                   {person.tenant.str(), person.id.str(), us(now)}));
  return rows.at(0).integer(0);
}

Result<std::optional<Sample>> take_sample(db::Transaction& tx, const accounts::Person& person,
                                          Instant now) {
  // The condition stands twice on purpose: PostgreSQL rechecks the outer one only.
  TRY(rows, tx.run(R"sql(
    UPDATE quality_sample SET taken_by = $2, taken_until = $4
     WHERE given_at IS NULL AND (taken_by IS NULL OR taken_by = $2 OR taken_until <= $3)
       AND id IN (SELECT id FROM quality_sample
                   WHERE tenant = $1 AND given_at IS NULL AND first_by <> $2
                     AND (taken_by IS NULL OR taken_by = $2 OR taken_until <= $3)
                     AND NOT EXISTS (SELECT 1 FROM consult c
                                       JOIN consult_answer o ON o.consult = c.id
                                      WHERE c.item = quality_sample.item AND o.person = $2)
                   ORDER BY drawn_at, id LIMIT 1)
    RETURNING )sql" + std::string(kColumns),
                   {person.tenant.str(), person.id.str(), us(now), us(now + kTakenFor)}));
  if (rows.empty()) return std::nullopt;
  TRY(sample, sample_from(rows[0]));
  // Blind: the first grade leaves this room only as a figure.
  sample.first = {};
  sample.first_by = {};
  return sample;
}

Result<bool> give_sample(db::Transaction& tx, const accounts::Person& person, const SampleId& id,
                         const Scheme& scheme, const Grade& grade, Instant now) {
  TRY_DONE(check(scheme, grade));
  if (!is_complete(scheme, grade))
    return fail(ErrorKind::invalid, "Category, age and sex, where they are asked, are all needed.");
  TRY(rows, tx.run(R"sql(
    UPDATE quality_sample SET category = $3, age = $4, sex = $5, given_at = $6
     WHERE id = $1 AND taken_by = $2 AND given_at IS NULL AND taken_until > $6
    RETURNING )sql" + std::string(kColumns),
                   {id.str(), person.id.str(), grade.category, grade.age, grade.sex, us(now)}));
  if (rows.empty())
    return fail(ErrorKind::conflict, "This sample is not yours at the moment. Take the next one.");
  TRY(sample, sample_from(rows[0]));
  const bool same = sample.first == sample.second;
  TRY(entry, AssessmentStore(tx).entry(sample.casefile));
  if (entry)
    TRY_DONE(append_fact(tx, *entry, "quality_checked", person.id.str(),
                         {{"item", sample.item.str()}, {"same", same}}, now));
  return same;
}

Result<std::vector<Sample>> checked_samples(db::Transaction& tx, const TenantId& tenant,
                                            Instant from, Instant to) {
  TRY(rows, tx.run("SELECT " + std::string(kColumns) +
                       " FROM quality_sample WHERE tenant = $1 AND given_at >= $2 "
                       "AND given_at < $3 ORDER BY given_at",
                   {tenant.str(), us(from), us(to)}));
  return samples_from(rows);
}

Result<bool> holds_sample(db::Transaction& tx, const PersonId& person, const ItemId& item,
                          Instant now) {
  TRY(rows, tx.run("SELECT id FROM quality_sample WHERE item = $1 AND taken_by = $2 "
                   "AND given_at IS NULL AND taken_until > $3",
                   {item.str(), person.str(), us(now)}));
  return !rows.empty();
}

}  // namespace hotline::assessment
