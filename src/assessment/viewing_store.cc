#include <algorithm>

#include "assessment/assessment_store.h"
#include "assessment/consult.h"
#include "assessment/quality.h"
#include "assessment/viewing.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"

namespace hotline::assessment {

namespace {

using accounts::Action;
using accounts::Person;

constexpr std::chrono::minutes kGlassOpenFor{15};
constexpr std::chrono::hours kReviewWithin{24};
constexpr std::size_t kReasonMax = 500;

constexpr std::string_view kColumns =
    "SELECT id, tenant, casefile, person, code, reason, opened_at, closes_at, reviewed_by, finding "
    "FROM break_glass ";

Result<Access> access_from(const db::Row& row) {
  Access access;
  TRY(id, AccessId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(casefile, CaseId::parse(row.text(2)));
  TRY(person, PersonId::parse(row.text(3)));
  access = {id,
            tenant,
            casefile,
            person,
            row.text(4),
            row.text(5),
            instant(row.integer(6)),
            instant(row.integer(7)),
            std::nullopt,
            row.text(9)};
  if (!row.is_null(8)) {
    TRY(reviewer, PersonId::parse(row.text(8)));
    access.reviewed_by = reviewer;
  }
  return access;
}

Done fact(db::Transaction& tx, const Access& access, std::string_view kind, const PersonId& actor,
          json::object details, Instant now) {
  details["access"] = access.id.str();
  return facts::FactStore(tx).append({access.tenant.str(), std::string(kind), actor.str(),
                                      access.casefile.str(), access.casefile.str(),
                                      std::move(details), now});
}

}  // namespace

bool Access::is_overdue(Instant now) const {
  return !reviewed_by && now - opened_at > kReviewWithin;
}

Result<std::string> may_view(db::Transaction& tx, const Person& person, const ItemId& id,
                             Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::see_previews));
  casework::CaseworkStore casework(tx);
  TRY(item, casework.item(id));
  if (item.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such item.");
  TRY(cases, casework.cases_of_item(id));
  for (const auto& one : cases) {
    TRY(entry, AssessmentStore(tx).entry(one));
    if (entry && entry->state == QueueState::claimed && entry->claimed_by == person.id &&
        entry->claimed_until > now)
      return "assessment";
  }
  TRY(called, holds_consult(tx, person.id, id));
  if (called) return "consult";
  TRY(sample, holds_sample(tx, person.id, id, now));
  if (sample) return "quality";
  for (const auto& one : cases) {
    TRY(access, open_access(tx, person.id, one, now));
    if (access) return "broken_glass";
  }
  return fail(ErrorKind::forbidden, "Pictures are shown only to the person who has the case open.");
}

Result<AccessId> break_glass(db::Transaction& tx, const Person& person, const CaseId& casefile,
                             std::string_view code, std::string_view reason, Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::break_glass));
  TRY(found, casework::CaseworkStore(tx).casefile(casefile));
  if (found.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such case.");
  if (std::none_of(kReasonCodes.begin(), kReasonCodes.end(),
                   [&](const ReasonCode& one) { return one.id == code; }))
    return fail(ErrorKind::invalid, "Choose one of the reasons.");
  const std::string words = clip_utf8(clean_utf8(trim(reason)), kReasonMax);
  if (words.size() < 10) return fail(ErrorKind::invalid, "Say in a sentence why.");
  // A blind look must stay blind: whoever could still be asked to give it sees nothing before.
  TRY(entry, AssessmentStore(tx).entry(casefile));
  if (entry && entry->state != QueueState::decided)
    return fail(ErrorKind::conflict, "This case is not decided: open it at your desk instead.");
  Access access;
  access.id = AccessId::make(now);
  access.tenant = person.tenant;
  access.casefile = casefile;
  TRY_DONE(tx.run(R"sql(
    INSERT INTO break_glass (id, tenant, casefile, person, code, reason, opened_at, closes_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql",
                  {access.id.str(), person.tenant.str(), casefile.str(), person.id.str(),
                   std::string(code), words, us(now), us(now + kGlassOpenFor)}));
  TRY_DONE(fact(tx, access, "glass_broken", person.id, {{"code", std::string(code)}}, now));
  return access.id;
}

Done review_access(db::Transaction& tx, const Person& person, const AccessId& id,
                   std::string_view finding, Instant now) {
  TRY_DONE(accounts::check_allowed(person.role, Action::review_access));
  if (finding != "in_order" && finding != "not_in_order")
    return fail(ErrorKind::invalid, "A finding is in_order or not_in_order.");
  TRY(rows, tx.run(std::string(kColumns) + "WHERE id = $1", {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no such access.");
  TRY(access, access_from(rows[0]));
  if (access.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such access.");
  if (access.person == person.id)
    return fail(ErrorKind::forbidden, "Somebody else must look at your own access.");
  TRY(changed, tx.change("UPDATE break_glass SET reviewed_by = $2, reviewed_at = $3, finding = $4 "
                         "WHERE id = $1 AND reviewed_by IS NULL",
                         {id.str(), person.id.str(), us(now), std::string(finding)}));
  if (changed == 0) return fail(ErrorKind::conflict, "A colleague has looked at it already.");
  return fact(tx, access, "glass_reviewed", person.id, {{"finding", std::string(finding)}}, now);
}

Result<std::vector<Access>> accesses(db::Transaction& tx, const TenantId& tenant, int limit) {
  TRY(rows,
      tx.run(std::string(kColumns) +
                 "WHERE tenant = $1 ORDER BY CASE WHEN reviewed_by IS NULL THEN 0 ELSE 1 END, "
                 "opened_at DESC LIMIT $2",
             {tenant.str(), std::int64_t{limit}}));
  std::vector<Access> found;
  for (const auto& row : rows) {
    TRY(access, access_from(row));
    found.push_back(std::move(access));
  }
  return found;
}

Result<std::optional<Access>> open_access(db::Transaction& tx, const PersonId& person,
                                          const CaseId& casefile, Instant now) {
  TRY(rows, tx.run(std::string(kColumns) +
                       "WHERE person = $1 AND casefile = $2 AND opened_at <= $3 AND closes_at > $3 "
                       "ORDER BY opened_at DESC LIMIT 1",
                   {person.str(), casefile.str(), us(now)}));
  if (rows.empty()) return std::nullopt;
  TRY(access, access_from(rows[0]));
  return access;
}

}  // namespace hotline::assessment
