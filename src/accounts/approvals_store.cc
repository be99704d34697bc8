#include <algorithm>

#include "accounts/approvals.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::accounts {

namespace {

constexpr std::chrono::hours kLapsesAfter{72};
constexpr std::size_t kReasonMax = 1000;

const ApprovalRule& rule_of(ApprovalKind kind) {
  return *std::find_if(kApprovalRules.begin(), kApprovalRules.end(),
                       [&](const ApprovalRule& rule) { return rule.kind == kind; });
}

Result<ApprovalKind> parse_kind(std::string_view text) {
  for (const auto kind : kApprovalKinds)
    if (name(kind) == text) return kind;
  return fail(ErrorKind::corrupt, "An approval has a kind that does not exist.");
}

Result<ApprovalState> parse_state(std::string_view text) {
  for (const auto state : {ApprovalState::asked, ApprovalState::approved, ApprovalState::refused,
                           ApprovalState::withdrawn})
    if (name(state) == text) return state;
  return fail(ErrorKind::corrupt, "An approval has a state that does not exist.");
}

constexpr std::string_view kColumns =
    "SELECT id, tenant, kind, subject, details, reason, asked_by, asked_at, state, decided_by "
    "FROM approval ";

Result<Approval> approval_from(const db::Row& row, Instant now) {
  Approval found;
  TRY(id, ApprovalId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(kind, parse_kind(row.text(2)));
  TRY(subject, PersonId::parse(row.text(3)));
  TRY(details, parse_json(row.text(4)));
  TRY(asked_by, PersonId::parse(row.text(6)));
  TRY(state, parse_state(row.text(8)));
  found.id = id;
  found.tenant = tenant;
  found.kind = kind;
  found.subject = subject;
  if (details.is_object()) found.details = details.get_object();
  found.reason = row.text(5);
  found.asked_by = asked_by;
  found.asked_at = instant(row.integer(7));
  found.state = state;
  if (state == ApprovalState::asked && now - found.asked_at > kLapsesAfter)
    found.state = ApprovalState::lapsed;
  if (!row.is_null(9)) {
    TRY(by, PersonId::parse(row.text(9)));
    found.decided_by = by;
  }
  return found;
}

Done fact(db::Transaction& tx, const Approval& about, std::string_view kind, const PersonId& actor,
          std::string_view decision, Instant now) {
  facts::Fact fact;
  fact.tenant = about.tenant.str();
  fact.kind = kind;
  fact.actor = actor.str();
  fact.subject = about.subject.str();
  fact.details = {{"approval", about.id.str()}, {"kind", std::string(name(about.kind))}};
  if (!decision.empty()) fact.details["decision"] = std::string(decision);
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

/// Takes the row out of `asked`, once.
Done close(db::Transaction& tx, const Approval& found, ApprovalState to, const PersonId& by,
           Instant now) {
  if (found.state != ApprovalState::asked)
    return fail(ErrorKind::conflict, "This is " + std::string(name(found.state)) + " already.");
  TRY(changed, tx.change("UPDATE approval SET state = $2, decided_by = $3, decided_at = $4 "
                         "WHERE id = $1 AND state = 'asked'",
                         {found.id.str(), std::string(name(to)), by.str(), us(now)}));
  if (changed == 0) return fail(ErrorKind::conflict, "A colleague has decided this already.");
  return fact(tx, found, "approval_decided", by, name(to), now);
}

}  // namespace

std::string_view name(ApprovalKind kind) {
  switch (kind) {
    case ApprovalKind::exposure_override: return "exposure_override";
    case ApprovalKind::role_grant: return "role_grant";
    case ApprovalKind::new_person: return "new_person";
  }
  return "unknown";
}

std::string_view name(ApprovalState state) {
  switch (state) {
    case ApprovalState::asked: return "asked";
    case ApprovalState::approved: return "approved";
    case ApprovalState::refused: return "refused";
    case ApprovalState::withdrawn: return "withdrawn";
    case ApprovalState::lapsed: return "lapsed";
  }
  return "unknown";
}

Result<ApprovalId> ask(db::Transaction& tx, const Person& asker, Approval wanted, Instant now) {
  TRY_DONE(check_allowed(asker.role, rule_of(wanted.kind).ask));
  TRY(subject, person(tx, wanted.subject));
  if (subject.tenant != asker.tenant) return fail(ErrorKind::not_found, "There is no such person.");
  if (wanted.subject == asker.id)
    return fail(ErrorKind::forbidden, "Somebody else must ask for what is about you.");
  wanted.reason = clip_utf8(clean_utf8(trim(wanted.reason)), kReasonMax);
  if (wanted.reason.size() < 3) return fail(ErrorKind::invalid, "Say in a few words why.");
  wanted.id = ApprovalId::make(now);
  wanted.tenant = asker.tenant;
  TRY_DONE(tx.run(
      R"sql(
    INSERT INTO approval (id, tenant, kind, subject, details, reason, asked_by, asked_at, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'asked'))sql",
      {wanted.id.str(), asker.tenant.str(), std::string(name(wanted.kind)), wanted.subject.str(),
       json::serialize(wanted.details), wanted.reason, asker.id.str(), us(now)}));
  TRY_DONE(fact(tx, wanted, "approval_asked", asker.id, "", now));
  return wanted.id;
}

Result<Approval> decide(db::Transaction& tx, const Person& given, const ApprovalId& id,
                        bool approves, Instant now) {
  // Read again: a role or an account may have changed since the session was looked up.
  TRY(who, person(tx, given.id));
  TRY(found, approval(tx, who.tenant, id, now));
  if (who.disabled) return fail(ErrorKind::forbidden, "This account is disabled.");
  TRY_DONE(check_allowed(who.role, rule_of(found.kind).approve));
  if (found.asked_by == who.id || found.subject == who.id)
    return fail(ErrorKind::forbidden,
                "Somebody else must decide what you asked for or what is about you.");
  const ApprovalState to = approves ? ApprovalState::approved : ApprovalState::refused;
  TRY_DONE(close(tx, found, to, who.id, now));
  found.state = to;
  found.decided_by = who.id;
  return found;
}

Done withdraw(db::Transaction& tx, const Person& asker, const ApprovalId& id, Instant now) {
  TRY(found, approval(tx, asker.tenant, id, now));
  if (found.asked_by != asker.id)
    return fail(ErrorKind::forbidden, "Only who asked may withdraw it.");
  return close(tx, found, ApprovalState::withdrawn, asker.id, now);
}

Result<Approval> approval(db::Transaction& tx, const TenantId& tenant, const ApprovalId& id,
                          Instant now) {
  TRY(rows,
      tx.run(std::string(kColumns) + "WHERE id = $1 AND tenant = $2", {id.str(), tenant.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "Nothing was asked under this id.");
  return approval_from(rows[0], now);
}

Result<std::vector<Approval>> approvals(db::Transaction& tx, const TenantId& tenant, int limit,
                                        Instant now) {
  TRY(rows, tx.run(std::string(kColumns) +
                       "WHERE tenant = $1 ORDER BY CASE WHEN state = 'asked' THEN 0 ELSE 1 END, "
                       "asked_at DESC LIMIT $2",
                   {tenant.str(), std::int64_t{limit}}));
  std::vector<Approval> found;
  for (const auto& row : rows) {
    TRY(one, approval_from(row, now));
    found.push_back(std::move(one));
  }
  return found;
}

Result<bool> has_approver(db::Transaction& tx, const Person& asker, ApprovalKind kind) {
  TRY(all, people(tx, asker.tenant));
  return std::any_of(all.begin(), all.end(), [&](const Person& one) {
    return one.id != asker.id && !one.disabled && allowed(one.role, rule_of(kind).approve);
  });
}

}  // namespace hotline::accounts
