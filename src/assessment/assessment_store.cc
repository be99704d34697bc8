#include "assessment/assessment_store.h"

#include "base/text.h"

namespace hotline::assessment {

namespace {

constexpr std::string_view kEntryColumns =
    "SELECT casefile, tenant, state, look, priority, reason, scheme, grade_mode, entered_at, "
    "claimed_by, claimed_until FROM assessment ";

Result<Entry> entry_from(const db::Row& row) {
  Entry entry;
  TRY(casefile, CaseId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(state, parse_queue_state(row.text(2)));
  TRY(mode, parse_grade_mode(row.text(7)));
  entry.casefile = casefile;
  entry.tenant = tenant;
  entry.state = state;
  entry.look = static_cast<int>(row.integer(3));
  entry.priority = {row.integer(4), row.text(5)};
  entry.scheme = row.text(6);
  entry.mode = mode;
  entry.entered_at = instant(row.integer(8));
  if (!row.is_null(9)) {
    TRY(person, PersonId::parse(row.text(9)));
    entry.claimed_by = person;
    entry.claimed_until = instant(row.integer(10));
  }
  return entry;
}

Result<std::vector<Entry>> entries_from(const db::Rows& rows) {
  std::vector<Entry> found;
  for (const auto& row : rows) {
    TRY(entry, entry_from(row));
    found.push_back(std::move(entry));
  }
  return found;
}

Result<Event> event_from(const db::Row& row) {
  Event event;
  TRY(item, ItemId::parse(row.text(0)));
  TRY(person, PersonId::parse(row.text(1)));
  TRY(act, parse_act(row.text(2)));
  event.item = item;
  event.person = person;
  event.act = act;
  event.step = row.text(3);
  event.grade = {row.text(4), row.text(5), row.text(6), {}};
  const std::string flags = row.text(7);  // split() gives views: the text must outlive them.
  for (const auto flag : split(flags, ' '))
    if (!flag.empty()) event.grade.flags.emplace_back(flag);
  event.at = instant(row.integer(8));
  return event;
}

Result<Look> look_from(const db::Row& row) {
  Look look;
  TRY(person, PersonId::parse(row.text(1)));
  TRY(verdict, parse_verdict(row.text(2)));
  look.look = static_cast<int>(row.integer(0));
  look.person = person;
  look.outcome = {verdict, row.text(3), row.text(4), row.text(5), {}};
  if (!row.text(6).empty()) {
    TRY(item, ItemId::parse(row.text(6)));
    look.outcome.item = item;
  }
  look.scheme = row.text(7);
  look.decides = row.integer(8) != 0;
  look.finished_at = instant(row.integer(9));
  if (!row.is_null(10)) look.withdrawn_at = instant(row.integer(10));
  return look;
}

}  // namespace

Result<bool> AssessmentStore::add(const Entry& entry) {
  TRY(rows, tx_.run(R"sql(
    INSERT INTO assessment (casefile, tenant, state, look, priority, reason, scheme, grade_mode,
                            entered_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (casefile) DO NOTHING
    RETURNING casefile)sql",
                    {entry.casefile.str(), entry.tenant.str(), std::string(name(entry.state)),
                     std::int64_t{entry.look}, entry.priority.rank, entry.priority.words,
                     entry.scheme, std::string(name(entry.mode)), us(entry.entered_at)}));
  return !rows.empty();
}

Result<std::optional<Entry>> AssessmentStore::entry(const CaseId& casefile) {
  TRY(rows, tx_.run(std::string(kEntryColumns) + "WHERE casefile = $1", {casefile.str()}));
  if (rows.empty()) return std::nullopt;
  return entry_from(rows[0]);
}

Result<std::vector<Entry>> AssessmentStore::entries(const TenantId& tenant, QueueState state,
                                                    int limit) {
  TRY(rows,
      tx_.run(std::string(kEntryColumns) + "WHERE tenant = $1 AND state = $2 "
                                           "ORDER BY priority DESC, entered_at, casefile LIMIT $3",
              {tenant.str(), std::string(name(state)), std::int64_t{limit}}));
  return entries_from(rows);
}

Result<std::vector<Entry>> AssessmentStore::claimed_by(const PersonId& person) {
  TRY(rows, tx_.run(std::string(kEntryColumns) +
                        "WHERE claimed_by = $1 AND state = 'claimed' ORDER BY claimed_until",
                    {person.str()}));
  return entries_from(rows);
}

Result<std::int64_t> AssessmentStore::count(const TenantId& tenant, QueueState state, int look) {
  TRY(rows, tx_.run("SELECT COUNT(*) FROM assessment "
                    "WHERE tenant = $1 AND state = $2 AND look = $3",
                    {tenant.str(), std::string(name(state)), std::int64_t{look}}));
  return rows.at(0).integer(0);
}

Result<std::vector<CaseId>> AssessmentStore::best_for(const Candidate& candidate, int limit,
                                                      Instant now) {
  TRY(rows, tx_.run(R"sql(
    SELECT a.casefile FROM assessment a
     WHERE a.tenant = $1
       AND (a.state = 'waiting' OR (a.state = 'claimed' AND a.claimed_until <= $2))
       AND a.look <= $3
       AND NOT EXISTS (SELECT 1 FROM assessment_look l
                        WHERE l.casefile = a.casefile AND l.person = $4 AND l.look < a.look
                          AND l.withdrawn_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM consult c JOIN consult_answer o ON o.consult = c.id
                        WHERE c.casefile = a.casefile AND o.person = $4 AND o.state = 'given'
                          AND a.look = 2)
     ORDER BY a.priority DESC, a.entered_at, a.casefile LIMIT $5)sql",
                    {candidate.tenant.str(), us(now), std::int64_t{candidate.look_max},
                     candidate.person.str(), std::int64_t{limit}}));
  std::vector<CaseId> found;
  for (const auto& row : rows) {
    TRY(id, CaseId::parse(row.text(0)));
    found.push_back(id);
  }
  return found;
}

Result<bool> AssessmentStore::was_consulted(const CaseId& casefile, const PersonId& person) {
  TRY(rows, tx_.run("SELECT 1 FROM consult c JOIN consult_answer o ON o.consult = c.id "
                    "WHERE c.casefile = $1 AND o.person = $2 AND o.state = 'given' LIMIT 1",
                    {casefile.str(), person.str()}));
  return !rows.empty();
}

Result<bool> AssessmentStore::take(const CaseId& casefile, const PersonId& person, Instant until,
                                   Instant now) {
  TRY(changed, tx_.change(R"sql(
    UPDATE assessment SET state = 'claimed', claimed_by = $2, claimed_until = $3
     WHERE casefile = $1
       AND (state = 'waiting' OR (state = 'claimed' AND (claimed_until <= $4 OR claimed_by = $2))))sql",
                          {casefile.str(), person.str(), us(until), us(now)}));
  return changed == 1;
}

Done AssessmentStore::extend(const CaseId& casefile, Instant until) {
  TRY_DONE(tx_.change("UPDATE assessment SET claimed_until = $2 WHERE casefile = $1",
                      {casefile.str(), us(until)}));
  return {};
}

Done AssessmentStore::set_state(const CaseId& casefile, QueueState state, int look) {
  TRY_DONE(
      tx_.change("UPDATE assessment SET state = $2, look = $3, claimed_by = NULL, "
                 "claimed_until = NULL WHERE casefile = $1",
                 {casefile.str(), std::string(name(state)), std::int64_t{look}}));
  return {};
}

Done AssessmentStore::set_priority(const CaseId& casefile, const Priority& priority) {
  TRY_DONE(tx_.change("UPDATE assessment SET priority = $2, reason = $3 WHERE casefile = $1",
                      {casefile.str(), priority.rank, priority.words}));
  return {};
}

Done AssessmentStore::set_mode(const CaseId& casefile, GradeMode mode) {
  TRY_DONE(tx_.change("UPDATE assessment SET grade_mode = $2 WHERE casefile = $1",
                      {casefile.str(), std::string(name(mode))}));
  return {};
}

Done AssessmentStore::add_look(const CaseId& casefile, const Look& look) {
  const auto& outcome = look.outcome;
  TRY_DONE(
      tx_.run(R"sql(
    INSERT INTO assessment_look (casefile, look, person, verdict, category, age, sex, item, scheme,
                                 decides, finished_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql",
              {casefile.str(), std::int64_t{look.look}, look.person.str(),
               std::string(name(outcome.verdict)), outcome.category, outcome.age, outcome.sex,
               outcome.item.str(), look.scheme, std::int64_t{look.decides}, us(look.finished_at)}));
  return {};
}

Result<std::vector<Look>> AssessmentStore::looks(const CaseId& casefile) {
  TRY(rows, tx_.run("SELECT look, person, verdict, category, age, sex, item, scheme, decides, "
                    "finished_at, withdrawn_at FROM assessment_look WHERE casefile = $1 "
                    "ORDER BY finished_at, look",
                    {casefile.str()}));
  std::vector<Look> found;
  for (const auto& row : rows) {
    TRY(look, look_from(row));
    found.push_back(std::move(look));
  }
  return found;
}

Done AssessmentStore::withdraw_looks(const CaseId& casefile, Instant now) {
  TRY_DONE(
      tx_.change("UPDATE assessment_look SET withdrawn_at = $2 "
                 "WHERE casefile = $1 AND decides = 1 AND withdrawn_at IS NULL",
                 {casefile.str(), us(now)}));
  return {};
}

Result<std::vector<CaseId>> AssessmentStore::finished_by(const PersonId& person, int limit) {
  TRY(rows, tx_.run("SELECT casefile, MAX(finished_at) FROM assessment_look WHERE person = $1 "
                    "GROUP BY casefile ORDER BY MAX(finished_at) DESC LIMIT $2",
                    {person.str(), std::int64_t{limit}}));
  std::vector<CaseId> found;
  for (const auto& row : rows) {
    TRY(id, CaseId::parse(row.text(0)));
    found.push_back(id);
  }
  return found;
}

Done AssessmentStore::add_compared(const CaseId& casefile, const Compared& compared) {
  TRY_DONE(
      tx_.run("INSERT INTO assessment_compare (casefile, look, person, choice, reason, at) "
              "VALUES ($1, $2, $3, $4, $5, $6)",
              {casefile.str(), std::int64_t{compared.look}, compared.person.str(),
               std::string(compared.keeps ? "keep" : "change"), compared.reason, us(compared.at)}));
  return {};
}

Result<std::vector<AssessmentStore::Compared>> AssessmentStore::compared(const CaseId& casefile) {
  TRY(rows, tx_.run("SELECT look, person, choice, reason, at FROM assessment_compare "
                    "WHERE casefile = $1 ORDER BY at",
                    {casefile.str()}));
  std::vector<Compared> found;
  for (const auto& row : rows) {
    TRY(person, PersonId::parse(row.text(1)));
    found.push_back({static_cast<int>(row.integer(0)), person, row.text(2) == "keep", row.text(3),
                     instant(row.integer(4))});
  }
  return found;
}

Result<std::vector<CaseId>> AssessmentStore::read_twice(const TenantId& tenant, Instant from,
                                                        Instant to) {
  TRY(rows, tx_.run(R"sql(
    SELECT DISTINCT l.casefile FROM assessment_look l JOIN assessment a ON a.casefile = l.casefile
     WHERE a.tenant = $1 AND l.look = 2 AND l.finished_at >= $2 AND l.finished_at < $3)sql",
                    {tenant.str(), us(from), us(to)}));
  std::vector<CaseId> found;
  for (const auto& row : rows) {
    TRY(id, CaseId::parse(row.text(0)));
    found.push_back(id);
  }
  return found;
}

Done AssessmentStore::add_event(const CaseId& casefile, int look, const Event& event) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO assessment_event (casefile, look, item, person, act, step, category, age, sex,
                                  flags, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql",
                   {casefile.str(), std::int64_t{look}, event.item.str(), event.person.str(),
                    std::string(name(event.act)), event.step, event.grade.category, event.grade.age,
                    event.grade.sex, join(event.grade.flags, " "), us(event.at)}));
  return {};
}

Result<std::vector<Event>> AssessmentStore::events(const CaseId& casefile, int look) {
  TRY(rows, tx_.run("SELECT item, person, act, step, category, age, sex, flags, at "
                    "FROM assessment_event WHERE casefile = $1 AND look = $2 ORDER BY seq",
                    {casefile.str(), std::int64_t{look}}));
  std::vector<Event> found;
  found.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(event, event_from(row));
    found.push_back(std::move(event));
  }
  return found;
}

Result<std::vector<AssessmentStore::Where>> AssessmentStore::looks_at_item(const ItemId& item) {
  TRY(rows, tx_.run("SELECT DISTINCT casefile, look FROM assessment_event WHERE item = $1 "
                    "ORDER BY casefile, look",
                    {item.str()}));
  std::vector<Where> found;
  for (const auto& row : rows) {
    TRY(casefile, CaseId::parse(row.text(0)));
    found.push_back({casefile, static_cast<int>(row.integer(1))});
  }
  return found;
}

Done AssessmentStore::put_prefill(const CaseId& casefile, const Prefill& known, Instant now) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO assessment_prefill (casefile, item, category, age, sex, source, exact, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (casefile, item) DO UPDATE SET category = excluded.category, age = excluded.age,
      sex = excluded.sex, source = excluded.source, exact = excluded.exact, at = excluded.at)sql",
                   {casefile.str(), known.item.str(), known.category, known.age, known.sex,
                    known.source, std::int64_t{known.exact}, us(now)}));
  return {};
}

Result<std::vector<Prefill>> AssessmentStore::prefills(const CaseId& casefile) {
  TRY(rows, tx_.run("SELECT item, category, age, sex, source, exact FROM assessment_prefill "
                    "WHERE casefile = $1",
                    {casefile.str()}));
  std::vector<Prefill> found;
  for (const auto& row : rows) {
    TRY(item, ItemId::parse(row.text(0)));
    found.push_back(
        {item, row.text(1), row.text(2), row.text(3), row.text(4), row.integer(5) != 0});
  }
  return found;
}

}  // namespace hotline::assessment
