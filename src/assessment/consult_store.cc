#include <algorithm>

#include "assessment/consult.h"
#include "assessment/facts_of.h"
#include "base/text.h"

namespace hotline::assessment {

namespace {

using accounts::Person;

constexpr std::size_t kPeopleMax = 2;
constexpr std::size_t kWordsMax = 500;
constexpr std::chrono::minutes kPresentFor{5};

Result<AnswerState> parse_answer_state(std::string_view text) {
  for (const auto state :
       {AnswerState::asked, AnswerState::accepted, AnswerState::declined, AnswerState::given})
    if (name(state) == text) return state;
  return fail(ErrorKind::corrupt, "An answer to a consult has a state that does not exist.");
}

constexpr std::string_view kConsultColumns =
    "SELECT c.id, c.tenant, c.casefile, c.item, c.asked_by, c.asked_at, c.opened_at FROM consult "
    "c ";

Result<std::vector<ConsultAnswer>> answers_of(db::Transaction& tx, const std::string& id) {
  TRY(rows, tx.run("SELECT person, state, category, age, sex, words FROM consult_answer "
                   "WHERE consult = $1 ORDER BY person",
                   {id}));
  std::vector<ConsultAnswer> found;
  for (const auto& row : rows) {
    TRY(person, PersonId::parse(row.text(0)));
    TRY(state, parse_answer_state(row.text(1)));
    found.push_back({person, state, {row.text(2), row.text(3), row.text(4), {}}, row.text(5)});
  }
  return found;
}

Result<Consult> consult_from(db::Transaction& tx, const db::Row& row) {
  Consult found;
  TRY(id, ConsultId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(casefile, CaseId::parse(row.text(2)));
  TRY(item, ItemId::parse(row.text(3)));
  TRY(asked_by, PersonId::parse(row.text(4)));
  found.id = id;
  found.tenant = tenant;
  found.casefile = casefile;
  found.item = item;
  found.asked_by = asked_by;
  found.asked_at = instant(row.integer(5));
  if (!row.is_null(6)) found.opened_at = instant(row.integer(6));
  TRY(answers, answers_of(tx, row.text(0)));
  found.answers = std::move(answers);
  return found;
}

Result<Consult> bare_consult(db::Transaction& tx, const ConsultId& id) {
  TRY(rows, tx.run(std::string(kConsultColumns) + "WHERE c.id = $1", {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "Nobody was called over under this id.");
  return consult_from(tx, rows[0]);
}

/// Answers are private until they are opened together.
Consult as_seen_by(Consult found, const PersonId& person) {
  if (found.opened_at) return found;
  for (auto& answer : found.answers) {
    if (answer.person == person) continue;
    answer.grade = {};
    answer.words.clear();
  }
  return found;
}

Result<std::vector<Consult>> seen_from(db::Transaction& tx, const db::Rows& rows,
                                       const PersonId& person) {
  std::vector<Consult> found;
  for (const auto& row : rows) {
    TRY(one, consult_from(tx, row));
    found.push_back(as_seen_by(std::move(one), person));
  }
  return found;
}

Done open_now(db::Transaction& tx, const Consult& found, Instant now) {
  TRY(changed, tx.change("UPDATE consult SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL",
                         {found.id.str(), us(now)}));
  if (changed == 0) return fail(ErrorKind::conflict, "The answers are open already.");
  std::vector<Grade> given;
  for (const auto& answer : found.answers)
    if (answer.state == AnswerState::given) given.push_back(answer.grade);
  const auto agreeing = given.empty() ? 0 : std::count(given.begin(), given.end(), given.front());
  TRY(entry, AssessmentStore(tx).entry(found.casefile));
  if (!entry) return {};
  return append_fact(
      tx, *entry, "consult_opened", found.asked_by.str(),
      {{"item", found.item.str()}, {"answers", given.size()}, {"agreeing", agreeing}}, now);
}

}  // namespace

std::string_view name(AnswerState state) {
  switch (state) {
    case AnswerState::asked: return "asked";
    case AnswerState::accepted: return "accepted";
    case AnswerState::declined: return "declined";
    case AnswerState::given: return "given";
  }
  return "unknown";
}

Result<ConsultId> call_over(db::Transaction& tx, const Person& asker, const CaseId& casefile,
                            const ItemId& item, const std::vector<PersonId>& people, Instant now) {
  TRY_DONE(accounts::check_allowed(asker.role, accounts::Action::grade));
  TRY(entry, AssessmentStore(tx).entry(casefile));
  if (!entry || entry->tenant != asker.tenant)
    return fail(ErrorKind::not_found, "There is no such case in the queue.");
  if (entry->state != QueueState::claimed || entry->claimed_by != asker.id)
    return fail(ErrorKind::conflict, "Call colleagues over to a case that you have open.");
  // A blind look stays blind: nobody who answers may have to give the other one.
  if (entry->look == 2)
    return fail(ErrorKind::conflict, "A second look is given alone. Say unsure if you are.");
  if (people.empty() || people.size() > kPeopleMax)
    return fail(ErrorKind::invalid, "Call one or two colleagues over.");
  const ConsultId id = ConsultId::make(now);
  TRY_DONE(
      tx.run("INSERT INTO consult (id, tenant, casefile, item, asked_by, asked_at) "
             "VALUES ($1, $2, $3, $4, $5, $6)",
             {id.str(), asker.tenant.str(), casefile.str(), item.str(), asker.id.str(), us(now)}));
  for (const auto& called : people) {
    TRY(who, accounts::person(tx, called));
    if (called == asker.id || who.tenant != asker.tenant || who.disabled ||
        !accounts::allowed(who.role, accounts::Action::grade))
      return fail(ErrorKind::invalid, "Call somebody over who grades, and not yourself.");
    TRY_DONE(
        tx.run("INSERT INTO consult_answer (consult, person, state, at) "
               "VALUES ($1, $2, 'asked', $3)",
               {id.str(), called.str(), us(now)}));
  }
  TRY_DONE(append_fact(tx, *entry, "consult_asked", asker.id.str(),
                       {{"item", item.str()}, {"people", people.size()}}, now));
  return id;
}

Done respond(db::Transaction& tx, const Person& person, const ConsultId& id, bool accepts,
             Instant now) {
  TRY(found, consult(tx, person, id));
  if (found.opened_at) return fail(ErrorKind::conflict, "The answers are open already.");
  TRY(changed, tx.change("UPDATE consult_answer SET state = $3, at = $4 "
                         "WHERE consult = $1 AND person = $2 AND state = 'asked'",
                         {id.str(), person.id.str(), std::string(accepts ? "accepted" : "declined"),
                          us(now)}));
  if (changed == 0) return fail(ErrorKind::conflict, "You have answered this already.");
  return {};
}

Done give_opinion(db::Transaction& tx, const Person& person, const ConsultId& id,
                  const Scheme& scheme, const Grade& grade, std::string_view words, Instant now) {
  TRY_DONE(check(scheme, grade));
  if (!is_complete(scheme, grade))
    return fail(ErrorKind::invalid, "Category, age and sex, where they are asked, are all needed.");
  TRY(before, consult(tx, person, id));
  if (before.opened_at) return fail(ErrorKind::conflict, "The answers are open already.");
  TRY(changed, tx.change(R"sql(
    UPDATE consult_answer SET state = 'given', category = $3, age = $4, sex = $5, words = $6, at = $7
     WHERE consult = $1 AND person = $2 AND state = 'accepted')sql",
                         {id.str(), person.id.str(), grade.category, grade.age, grade.sex,
                          clip_utf8(clean_utf8(trim(words)), kWordsMax), us(now)}));
  if (changed == 0) return fail(ErrorKind::conflict, "Accept first; one answer is all.");
  TRY(after, bare_consult(tx, id));
  const bool awaited =
      std::any_of(after.answers.begin(), after.answers.end(), [](const ConsultAnswer& one) {
        return one.state == AnswerState::asked || one.state == AnswerState::accepted;
      });
  if (awaited) return {};
  return open_now(tx, after, now);
}

Done open_answers(db::Transaction& tx, const Person& asker, const ConsultId& id, Instant now) {
  TRY(found, bare_consult(tx, id));
  if (found.asked_by != asker.id)
    return fail(ErrorKind::not_found, "Nobody was called over under this id.");
  return open_now(tx, found, now);
}

Result<Consult> consult(db::Transaction& tx, const Person& person, const ConsultId& id) {
  TRY(found, bare_consult(tx, id));
  const bool part = found.asked_by == person.id ||
                    std::any_of(found.answers.begin(), found.answers.end(),
                                [&](const auto& one) { return one.person == person.id; });
  if (!part || found.tenant != person.tenant)
    return fail(ErrorKind::not_found, "Nobody was called over under this id.");
  return as_seen_by(std::move(found), person.id);
}

Result<std::vector<Consult>> consults_for(db::Transaction& tx, const Person& person) {
  TRY(rows, tx.run(std::string(kConsultColumns) + R"sql(
     WHERE c.opened_at IS NULL
       AND (c.asked_by = $1
            OR EXISTS (SELECT 1 FROM consult_answer a WHERE a.consult = c.id AND a.person = $1
                         AND a.state IN ('asked', 'accepted')))
     ORDER BY c.asked_at DESC LIMIT 50)sql",
                   {person.id.str()}));
  return seen_from(tx, rows, person.id);
}

Result<std::vector<Consult>> consults_of_case(db::Transaction& tx, const Person& person,
                                              const CaseId& casefile) {
  TRY(rows, tx.run(std::string(kConsultColumns) + R"sql(
     WHERE c.casefile = $2 AND c.tenant = $3
       AND (c.asked_by = $1 OR EXISTS (SELECT 1 FROM consult_answer a
                                        WHERE a.consult = c.id AND a.person = $1))
     ORDER BY c.asked_at DESC LIMIT 50)sql",
                   {person.id.str(), casefile.str(), person.tenant.str()}));
  return seen_from(tx, rows, person.id);
}

Result<bool> holds_consult(db::Transaction& tx, const PersonId& person, const ItemId& item) {
  TRY(rows, tx.run(R"sql(
    SELECT c.id FROM consult c JOIN consult_answer a ON a.consult = c.id
     WHERE c.item = $1 AND a.person = $2 AND a.state = 'accepted' AND c.opened_at IS NULL)sql",
                   {item.str(), person.str()}));
  return !rows.empty();
}

Result<std::vector<Person>> present(db::Transaction& tx, const Person& asker, Instant now) {
  TRY(rows, tx.run("SELECT DISTINCT person FROM staff_session "
                   "WHERE revoked_at IS NULL AND used_at > $1",
                   {us(now - kPresentFor)}));
  std::vector<Person> found;
  for (const auto& row : rows) {
    TRY(id, PersonId::parse(row.text(0)));
    TRY(who, accounts::person(tx, id));
    if (who.tenant == asker.tenant && who.id != asker.id && !who.disabled &&
        accounts::allowed(who.role, accounts::Action::grade))
      found.push_back(std::move(who));
  }
  std::sort(found.begin(), found.end(),
            [](const Person& a, const Person& b) { return a.full_name < b.full_name; });
  return found;
}

}  // namespace hotline::assessment
