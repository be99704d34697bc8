#include <algorithm>
#include <map>
#include <set>

#include "assessment/assessment_store.h"
#include "assessment/findings.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "casework/site_marks.h"
#include "facts/facts.h"

namespace hotline::assessment {

namespace {

using accounts::Action;
using accounts::Person;

constexpr std::size_t kWordsMax = 1000;
constexpr std::size_t kNameMax = 80;
// An item that so many cases hold is a logo or an advert: it says nothing about who is behind.
constexpr std::size_t kCommonItem = 30;

/// The case, if this person may see it and it is their tenant's.
Result<casework::Case> seen_case(db::Transaction& tx, const Person& person, const CaseId& id) {
  TRY_DONE(accounts::check_allowed(person.role, Action::see_cases));
  TRY(found, casework::CaseworkStore(tx).casefile(id));
  if (found.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such case.");
  return found;
}

/// A second reader sees only what is their own until the case is decided.
Result<bool> is_blind(db::Transaction& tx, const CaseId& casefile) {
  TRY(entry, AssessmentStore(tx).entry(casefile));
  return entry && entry->state != QueueState::decided && entry->look == 2;
}

Done note_fact(db::Transaction& tx, const Person& person, const CaseId& casefile,
               std::string_view kind, std::string subject, json::object details, Instant now) {
  return facts::FactStore(tx).append({.tenant = person.tenant.str(),
                                      .kind = std::string(kind),
                                      .actor = person.id.str(),
                                      .casefile = casefile.str(),
                                      .subject = std::move(subject),
                                      .details = std::move(details),
                                      .at = now});
}

Done is_on_page(db::Transaction& tx, const CaseId& casefile, const ItemId& item) {
  TRY(cases, casework::CaseworkStore(tx).cases_of_item(item));
  if (std::find(cases.begin(), cases.end(), casefile) == cases.end())
    return fail(ErrorKind::not_found, "This item is not on the page of this case.");
  return {};
}

constexpr std::string_view kFindings =
    "SELECT id, casefile, item, person, kind, value, confidence, words, frame_left, frame_top, "
    "frame_width, frame_height, at FROM finding ";

Result<Finding> finding_from(const db::Row& row) {
  Finding one;
  TRY(id, FindingId::parse(row.text(0)));
  TRY(casefile, CaseId::parse(row.text(1)));
  TRY(person, PersonId::parse(row.text(3)));
  one.id = id;
  one.casefile = casefile;
  one.item = row.text(2);
  one.person = person;
  one.kind = row.text(4);
  one.value = row.text(5);
  one.confidence = row.integer(6);
  one.words = row.text(7);
  one.frame = {row.integer(8), row.integer(9), row.integer(10), row.integer(11)};
  one.at = instant(row.integer(12));
  return one;
}

}  // namespace

Result<FindingId> add_finding(db::Transaction& tx, const Person& person, Finding finding,
                              const Vocabulary& vocabulary, Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::grade));
  TRY(casefile, seen_case(tx, person, finding.casefile));
  finding.words = clip_utf8(clean_utf8(trim(finding.words)), kWordsMax);
  finding.value = clip_utf8(clean_utf8(trim(finding.value)), kWordsMax);
  TRY_DONE(check(finding, vocabulary));
  if (!finding.item.empty()) {
    TRY(item, ItemId::parse(finding.item));
    TRY_DONE(is_on_page(tx, casefile.id, item));
  }
  const auto id = FindingId::make(now);
  TRY_DONE(
      tx.run(R"sql(
    INSERT INTO finding (id, tenant, casefile, item, person, kind, value, confidence, words,
                         frame_left, frame_top, frame_width, frame_height, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14))sql",
             {id.str(), person.tenant.str(), casefile.id.str(), finding.item, person.id.str(),
              finding.kind, finding.value, finding.confidence, finding.words, finding.frame.left,
              finding.frame.top, finding.frame.width, finding.frame.height, us(now)}));
  TRY_DONE(
      note_fact(tx, person, casefile.id, "finding_noted", id.str(), {{"kind", finding.kind}}, now));
  return id;
}

Done remove_finding(db::Transaction& tx, const Person& person, const FindingId& id, Instant now) {
  TRY(rows, tx.run("UPDATE finding SET removed_at = $3 WHERE id = $1 AND person = $2 "
                   "AND removed_at IS NULL RETURNING casefile, kind",
                   {id.str(), person.id.str(), us(now)}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no such finding of yours.");
  TRY(casefile, CaseId::parse(rows[0].text(0)));
  return note_fact(tx, person, casefile, "finding_removed", id.str(), {{"kind", rows[0].text(1)}},
                   now);
}

Result<std::vector<Finding>> findings_of(db::Transaction& tx, const Person& person,
                                         const CaseId& casefile) {
  TRY(seen, seen_case(tx, person, casefile));
  TRY(blind, is_blind(tx, seen.id));
  TRY(rows, tx.run(std::string(kFindings) +
                       "WHERE casefile = $1 AND removed_at IS NULL ORDER BY at DESC, id DESC",
                   {casefile.str()}));
  std::vector<Finding> found;
  for (const auto& row : rows) {
    TRY(one, finding_from(row));
    if (!blind || one.person == person.id) found.push_back(std::move(one));
  }
  return found;
}

Result<SeriesId> add_to_series(db::Transaction& tx, const Person& person, const CaseId& casefile,
                               std::string_view name, Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::grade));
  TRY(seen, seen_case(tx, person, casefile));
  const std::string clean = clip_utf8(clean_utf8(trim(name)), kNameMax);
  if (clean.empty()) return fail(ErrorKind::invalid, "A series needs a name.");
  TRY_DONE(
      tx.run("INSERT INTO case_series (id, tenant, name, made_by, made_at) "
             "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, name) DO NOTHING",
             {SeriesId::make(now).str(), person.tenant.str(), clean, person.id.str(), us(now)}));
  TRY(rows, tx.run("SELECT id FROM case_series WHERE tenant = $1 AND name = $2",
                   {person.tenant.str(), clean}));
  TRY(series, SeriesId::parse(rows.at(0).text(0)));
  TRY_DONE(
      tx.run("INSERT INTO case_series_member (series, casefile, person, at) "
             "VALUES ($1, $2, $3, $4) ON CONFLICT (series, casefile) DO NOTHING",
             {series.str(), seen.id.str(), person.id.str(), us(now)}));
  TRY_DONE(
      note_fact(tx, person, seen.id, "series_changed", series.str(), {{"change", "joined"}}, now));
  return series;
}

Done leave_series(db::Transaction& tx, const Person& person, const SeriesId& series,
                  const CaseId& casefile, Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::grade));
  TRY(seen, seen_case(tx, person, casefile));
  TRY(rows, tx.run("DELETE FROM case_series_member WHERE series = $1 AND casefile = $2 "
                   "RETURNING series",
                   {series.str(), seen.id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "This case is not in that series.");
  return note_fact(tx, person, seen.id, "series_changed", series.str(), {{"change", "left"}}, now);
}

namespace {

Result<std::vector<Series>> series_from(const db::Rows& rows) {
  std::vector<Series> all;
  for (const auto& row : rows) {
    TRY(id, SeriesId::parse(row.text(0)));
    all.push_back({id, row.text(1), row.integer(2)});
  }
  return all;
}

Result<std::vector<CaseId>> cases_from(const db::Rows& rows) {
  std::vector<CaseId> all;
  for (const auto& row : rows) {
    TRY(id, CaseId::parse(row.text(0)));
    all.push_back(id);
  }
  return all;
}

constexpr std::string_view kSeries =
    "SELECT s.id, s.name, (SELECT COUNT(*) FROM case_series_member m WHERE m.series = s.id) "
    "FROM case_series s ";

}  // namespace

Result<std::vector<Series>> all_series(db::Transaction& tx, const TenantId& tenant) {
  TRY(rows, tx.run(std::string(kSeries) + "WHERE s.tenant = $1 ORDER BY s.name LIMIT 500",
                   {tenant.str()}));
  return series_from(rows);
}

Result<std::vector<Series>> series_of_case(db::Transaction& tx, const CaseId& casefile) {
  TRY(rows, tx.run(std::string(kSeries) +
                       "WHERE s.id IN (SELECT series FROM case_series_member WHERE casefile = $1) "
                       "ORDER BY s.name",
                   {casefile.str()}));
  return series_from(rows);
}

Result<std::vector<CaseId>> cases_of_series(db::Transaction& tx, const TenantId& tenant,
                                            const SeriesId& series) {
  TRY(rows, tx.run("SELECT m.casefile FROM case_series_member m "
                   "JOIN case_series s ON s.id = m.series "
                   "WHERE m.series = $1 AND s.tenant = $2 ORDER BY m.at, m.casefile",
                   {series.str(), tenant.str()}));
  return cases_from(rows);
}

namespace {

/// Gathers reasons by case; each kind of reason counts once.
struct Alike {
  CaseId own;
  std::map<CaseId, SimilarCase> cases;
  void add(const CaseId& casefile, int strength, std::string reason) {
    if (casefile == own) return;
    auto& one = cases[casefile];
    one.casefile = casefile;
    one.strength += strength;
    one.reasons.push_back(std::move(reason));
  }
};

Done add_shared_items(db::Transaction& tx, Alike& alike) {
  casework::CaseworkStore casework(tx);
  TRY(sighting, casework.last_seen(alike.own));
  if (!sighting) return {};
  TRY(items, casework.items_of_sighting(sighting->id));
  std::map<CaseId, int> shared;
  std::set<ItemId> once;
  for (const auto& seen : items) {
    if (!once.insert(seen.item).second) continue;
    TRY(cases, casework.cases_of_item(seen.item));
    if (cases.size() > kCommonItem) continue;
    for (const auto& one : cases) ++shared[one];
  }
  for (const auto& [casefile, count] : shared)
    alike.add(casefile, 10 + count,
              count == 1 ? "1 item the same" : std::to_string(count) + " items the same");
  return {};
}

/// `only_by`: a blind reader is told of nothing that others noted on this case; empty: all.
Done add_found_alike(db::Transaction& tx, const TenantId& tenant, const std::string& only_by,
                     Alike& alike) {
  TRY(same_host, tx.run(R"sql(
    SELECT c.id FROM casefile c JOIN address a ON a.id = c.address
     WHERE a.tenant = $1 AND a.host <> ''
       AND a.host = (SELECT b.host FROM casefile d JOIN address b ON b.id = d.address
                      WHERE d.id = $2) LIMIT 200)sql",
                        {tenant.str(), alike.own.str()}));
  TRY(hosts, cases_from(same_host));
  for (const auto& one : hosts) alike.add(one, 8, "the same host");
  TRY(same_series, tx.run(R"sql(
    SELECT DISTINCT casefile FROM case_series_member
     WHERE series IN (SELECT series FROM case_series_member WHERE casefile = $1))sql",
                          {alike.own.str()}));
  TRY(series, cases_from(same_series));
  for (const auto& one : series) alike.add(one, 12, "in the same series");
  TRY(same_words, tx.run(R"sql(
    SELECT DISTINCT f.casefile, f.kind, f.value FROM finding f
      JOIN finding mine ON mine.tenant = f.tenant AND mine.kind = f.kind
                       AND mine.value = f.value AND mine.removed_at IS NULL
     WHERE mine.casefile = $1 AND f.tenant = $2 AND f.removed_at IS NULL
       AND ($3 = '' OR mine.person = $3)
       AND f.kind IN ('method', 'place') ORDER BY f.casefile LIMIT 500)sql",
                         {alike.own.str(), tenant.str(), only_by}));
  for (const auto& row : same_words) {
    TRY(casefile, CaseId::parse(row.text(0)));
    const bool method = row.text(1) == "method";
    alike.add(casefile, method ? 3 : 2,
              method ? "the same way of working" : "the same country supposed");
  }
  return {};
}

Done add_marks_alike(db::Transaction& tx, const TenantId& tenant, Alike& alike) {
  casework::SiteMarkStore marks(tx);
  TRY(own, marks.of_case(alike.own));
  if (own.empty()) return {};
  TRY(others, marks.alike(tenant, alike.own, own));
  std::set<std::pair<CaseId, casework::MarkKind>> once;
  for (const auto& one : others)
    if (once.insert({one.casefile, one.mark.kind}).second)
      alike.add(one.casefile, 6, "the same site by its " + std::string(name(one.mark.kind)));
  return {};
}

}  // namespace

Result<std::vector<SimilarCase>> similar_cases(db::Transaction& tx, const Person& person,
                                               const CaseId& casefile, int limit) {
  TRY(seen, seen_case(tx, person, casefile));
  Alike alike{seen.id, {}};
  TRY_DONE(add_shared_items(tx, alike));
  TRY(blind, is_blind(tx, seen.id));
  TRY_DONE(add_found_alike(tx, person.tenant, blind ? person.id.str() : "", alike));
  TRY_DONE(add_marks_alike(tx, person.tenant, alike));
  std::vector<SimilarCase> all;
  for (auto& [id, one] : alike.cases) all.push_back(std::move(one));
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.strength > b.strength; });
  if (all.size() > static_cast<std::size_t>(limit)) all.resize(static_cast<std::size_t>(limit));
  return all;
}

Done answer_labels(db::Transaction& tx, const Person& person, const CaseId& casefile,
                   const ItemId& item,
                   const std::vector<std::pair<std::string, std::string>>& answers, Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::grade));
  TRY(seen, seen_case(tx, person, casefile));
  TRY_DONE(is_on_page(tx, seen.id, item));
  for (const auto& [label, answer] : answers)
    TRY_DONE(tx.run(R"sql(
      INSERT INTO item_label (casefile, item, person, label, answer, at)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (casefile, item, person, label)
      DO UPDATE SET answer = excluded.answer, at = excluded.at)sql",
                    {seen.id.str(), item.str(), person.id.str(), label, answer, us(now)}));
  return note_fact(tx, person, seen.id, "labels_answered", item.str(),
                   {{"count", static_cast<std::int64_t>(answers.size())}}, now);
}

Result<std::vector<std::pair<std::string, std::string>>> labels_of(db::Transaction& tx,
                                                                   const Person& person,
                                                                   const CaseId& casefile,
                                                                   const ItemId& item) {
  TRY(seen, seen_case(tx, person, casefile));
  TRY(rows, tx.run("SELECT label, answer FROM item_label "
                   "WHERE casefile = $1 AND item = $2 AND person = $3 ORDER BY label",
                   {seen.id.str(), item.str(), person.id.str()}));
  std::vector<std::pair<std::string, std::string>> answers;
  for (const auto& row : rows) answers.emplace_back(row.text(0), row.text(1));
  return answers;
}

}  // namespace hotline::assessment
