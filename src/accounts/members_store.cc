#include <algorithm>
#include <array>

#include "accounts/members.h"
#include "base/crypto.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::accounts {

namespace {

constexpr std::string_view kKeyPrefix = "hl_live_";
constexpr std::array<std::string_view, 7> kMemberKinds = {"isp",    "phone",  "social", "payment",
                                                          "search", "filter", "other"};

std::string digest_of(std::string_view key) {
  return hex(crypto::sha256(key));
}

Done fact(db::Transaction& tx, const Member& member, std::string_view kind, std::string_view actor,
          Instant now) {
  facts::Fact fact;
  fact.tenant = member.tenant.str();
  fact.kind = kind;
  fact.actor = actor;
  fact.subject = member.id.str();
  fact.details = {{"member_kind", member.kind}};
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

Result<Member> member_from(const db::Row& row) {
  Member member;
  TRY(id, MemberId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  member.id = id;
  member.tenant = tenant;
  member.name = row.text(2);
  member.kind = row.text(3);
  member.disabled = row.integer(4) != 0;
  member.added_at = instant(row.integer(5));
  return member;
}

}  // namespace

Result<MemberId> check_api_key(db::Transaction& tx, std::string_view key, Instant /*now*/) {
  const auto refused = fail(ErrorKind::forbidden, "This key is not valid.");
  if (!key.starts_with(kKeyPrefix) || key.size() > 100) return refused;
  TRY(rows, tx.run(R"sql(
    SELECT k.member FROM member_key k JOIN member m ON m.id = k.member
     WHERE k.digest = $1 AND k.revoked_at IS NULL AND m.disabled = 0)sql",
                   {digest_of(key)}));
  if (rows.empty()) return refused;
  return MemberId::parse(rows[0].text(0));
}

Result<MemberId> add_member(db::Transaction& tx, const TenantId& tenant, std::string_view name,
                            std::string_view kind, std::string_view actor, Instant now) {
  const std::string clean = clip_utf8(clean_utf8(trim(name)), 200);
  if (clean.empty()) return fail(ErrorKind::invalid, "A member needs a name.");
  if (std::find(kMemberKinds.begin(), kMemberKinds.end(), kind) == kMemberKinds.end())
    return fail(ErrorKind::invalid,
                "A member's kind is isp, phone, social, payment, search, filter or other.");
  Member member;
  member.id = MemberId::make(now);
  member.tenant = tenant;
  member.kind = kind;
  const auto added = tx.run(R"sql(
    INSERT INTO member (id, tenant, name, kind, added_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant, name) DO NOTHING RETURNING id)sql",
                            {member.id.str(), tenant.str(), clean, std::string(kind), us(now)});
  if (!added) return std::unexpected(added.error());
  if (added->empty()) return fail(ErrorKind::conflict, "There is a member with this name already.");
  TRY_DONE(fact(tx, member, "member_added", actor, now));
  return member.id;
}

const std::vector<std::string_view>& key_scopes() {
  static const std::vector<std::string_view> scopes = {"lists", "lookups", "feedback", "reports"};
  return scopes;
}

bool Member::may(std::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

Result<Member> member_of_key(db::Transaction& tx, std::string_view key) {
  const auto refused = fail(ErrorKind::forbidden, "This key is not valid.");
  if (!key.starts_with(kKeyPrefix) || key.size() > 100) return refused;
  TRY(rows, tx.run(R"sql(
    SELECT m.id, m.tenant, m.name, m.kind, m.disabled, m.added_at, k.scopes
      FROM member_key k JOIN member m ON m.id = k.member
     WHERE k.digest = $1 AND k.revoked_at IS NULL AND m.disabled = 0)sql",
                   {digest_of(key)}));
  if (rows.empty()) return refused;
  TRY(found, member_from(rows[0]));
  const std::string scopes = rows[0].text(6);
  for (const auto scope : split(scopes, ' ')) found.scopes.emplace_back(scope);
  return found;
}

Result<std::vector<std::pair<std::string, Member>>> living_keys(db::Transaction& tx) {
  TRY(rows, tx.run(R"sql(
    SELECT m.id, m.tenant, m.name, m.kind, m.disabled, m.added_at, k.scopes, k.digest
      FROM member_key k JOIN member m ON m.id = k.member
     WHERE k.revoked_at IS NULL AND m.disabled = 0)sql"));
  std::vector<std::pair<std::string, Member>> keys;
  for (const auto& row : rows) {
    TRY(owner, member_from(row));
    const std::string scopes = row.text(6);
    for (const auto scope : split(scopes, ' ')) owner.scopes.emplace_back(scope);
    keys.emplace_back(row.text(7), std::move(owner));
  }
  return keys;
}

Result<std::string> add_key(db::Transaction& tx, const MemberId& id, std::string_view label,
                            std::string_view actor, Instant now) {
  return add_key(tx, id, label, {key_scopes().begin(), key_scopes().end()}, actor, now);
}

Result<std::string> add_key(db::Transaction& tx, const MemberId& id, std::string_view label,
                            const std::vector<std::string>& scopes, std::string_view actor,
                            Instant now) {
  for (const auto& scope : scopes)
    if (std::find(key_scopes().begin(), key_scopes().end(), scope) == key_scopes().end())
      return fail(ErrorKind::invalid, "A key's scopes are lists, lookups and feedback.");
  if (scopes.empty()) return fail(ErrorKind::invalid, "A key needs at least one scope.");
  TRY(owner, member(tx, id));
  if (owner.disabled) return fail(ErrorKind::forbidden, "This member is disabled.");
  std::string key = std::string(kKeyPrefix) + base64url(crypto::random_bytes(32));
  TRY_DONE(tx.run(R"sql(
    INSERT INTO member_key (digest, member, label, made_at, scopes) VALUES ($1, $2, $3, $4, $5))sql",
                  {digest_of(key), id.str(), clip_utf8(clean_utf8(trim(label)), 100), us(now),
                   join(scopes, " ")}));
  TRY_DONE(fact(tx, owner, "member_key_added", actor, now));
  return key;
}

Done revoke_key(db::Transaction& tx, const MemberId& id, std::string_view label,
                std::string_view actor, Instant now) {
  TRY(owner, member(tx, id));
  TRY(changed, tx.change("UPDATE member_key SET revoked_at = $3 "
                         "WHERE member = $1 AND label = $2 AND revoked_at IS NULL",
                         {id.str(), std::string(trim(label)), us(now)}));
  if (changed == 0)
    return fail(ErrorKind::not_found, "This member has no living key with that label.");
  return fact(tx, owner, "member_key_revoked", actor, now);
}

Done disable_member(db::Transaction& tx, const MemberId& id, std::string_view actor, Instant now) {
  TRY(owner, member(tx, id));
  if (owner.disabled) return {};
  TRY_DONE(tx.change("UPDATE member SET disabled = 1 WHERE id = $1", {id.str()}));
  return fact(tx, owner, "member_disabled", actor, now);
}

Result<Member> member(db::Transaction& tx, const MemberId& id) {
  TRY(rows, tx.run("SELECT id, tenant, name, kind, disabled, added_at FROM member WHERE id = $1",
                   {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no member with this id.");
  return member_from(rows[0]);
}

Result<std::vector<Member>> members(db::Transaction& tx, const TenantId& tenant) {
  TRY(rows, tx.run("SELECT id, tenant, name, kind, disabled, added_at FROM member "
                   "WHERE tenant = $1 ORDER BY name",
                   {tenant.str()}));
  std::vector<Member> found;
  for (const auto& row : rows) {
    TRY(one, member_from(row));
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace hotline::accounts
