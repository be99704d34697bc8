#include "takedown/contact_store.h"

#include "base/text.h"
#include "net/rdap.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kColumns = R"sql(
  SELECT tenant, email, origin, approved, approved_by, bounce, language, first_seen
    FROM takedown_contact )sql";
constexpr std::string_view kMeet = R"sql(
  INSERT INTO takedown_contact (tenant, email, origin, approved, approved_by, bounce, language, first_seen)
  VALUES ($1, $2, $3, 0, '', 'none', '', $4) ON CONFLICT (tenant, email) DO NOTHING)sql";
constexpr std::string_view kApprove = R"sql(
  UPDATE takedown_contact SET approved = 1, approved_by = $3, bounce = 'none'
   WHERE tenant = $1 AND email = $2)sql";
constexpr std::string_view kLanguage =
    "UPDATE takedown_contact SET language = $3 WHERE tenant = $1 AND email = $2";
constexpr std::string_view kBounce =
    "UPDATE takedown_contact SET bounce = $3 WHERE tenant = $1 AND email = $2";

// The standard allows more in front of the '@': '%' and '!' route mail onwards, "=?" begins an
// encoded word, '|' and '`' mean something to a shell. No abuse mailbox needs them.
constexpr std::string_view kPlainLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

/// Domains are the same in any case, and a mailbox must not stand in the registry twice.
std::string one_form(const std::string& strict) {
  const auto at = strict.rfind('@');
  return strict.substr(0, at) + lower_ascii(std::string_view(strict).substr(at));
}

Result<Contact> contact_of(const db::Row& row) {
  Contact contact;
  TRY(tenant, TenantId::parse(row.text(0)));
  contact.tenant = tenant;
  contact.email = row.text(1);
  contact.origin = row.text(2);
  contact.approved = row.integer(3) != 0;
  contact.approved_by = row.text(4);
  contact.bounce = row.text(5) == "hard"   ? BounceState::hard
                   : row.text(5) == "soft" ? BounceState::soft
                                           : BounceState::none;
  contact.language = row.text(6);
  contact.first_seen = instant(row.integer(7));
  return contact;
}

}  // namespace

std::string_view name(BounceState state) {
  switch (state) {
    case BounceState::none: return "none";
    case BounceState::soft: return "soft";
    case BounceState::hard: return "hard";
  }
  return "none";
}

Result<std::string> plain_mailbox(std::string_view email) {
  TRY(strict, net::strict_email(email));
  std::string mailbox = one_form(strict);
  if (mailbox.substr(0, mailbox.rfind('@')).find_first_not_of(kPlainLetters) != std::string::npos)
    return fail(ErrorKind::invalid, "This is no plain mailbox.");
  return mailbox;
}

Result<Contact> ContactStore::meet(const TenantId& tenant, std::string_view email,
                                   std::string_view origin, Instant now) {
  TRY(mailbox, plain_mailbox(email));
  TRY_DONE(tx_.run(kMeet, {tenant.str(), mailbox, std::string(origin), us(now)}));
  TRY(found, find(tenant, mailbox));
  if (!found) return fail(ErrorKind::corrupt, "A contact that was just stored is not there.");
  return std::move(*found);
}

Result<std::optional<Contact>> ContactStore::find(const TenantId& tenant, std::string_view email) {
  TRY(rows, tx_.run(std::string(kColumns) + "WHERE tenant = $1 AND email = $2",
                    {tenant.str(), std::string(email)}));
  if (rows.empty()) return std::nullopt;
  TRY(contact, contact_of(rows.front()));
  return contact;
}

Result<std::vector<Contact>> ContactStore::all(const TenantId& tenant) {
  TRY(rows, tx_.run(std::string(kColumns) + "WHERE tenant = $1 ORDER BY approved, email",
                    {tenant.str()}));
  std::vector<Contact> contacts;
  for (const auto& row : rows) {
    TRY(contact, contact_of(row));
    contacts.push_back(std::move(contact));
  }
  return contacts;
}

Done ContactStore::approve(const TenantId& tenant, std::string_view email,
                           std::string_view person) {
  TRY(count, tx_.change(kApprove, {tenant.str(), std::string(email), std::string(person)}));
  if (count == 0) return fail(ErrorKind::not_found, "There is no such contact.");
  return {};
}

Done ContactStore::set_language(const TenantId& tenant, std::string_view email,
                                std::string_view language) {
  TRY_DONE(tx_.change(kLanguage, {tenant.str(), std::string(email), std::string(language)}));
  return {};
}

Done ContactStore::set_bounce(const TenantId& tenant, std::string_view email, BounceState state) {
  TRY_DONE(tx_.change(kBounce, {tenant.str(), std::string(email), std::string(name(state))}));
  return {};
}

}  // namespace hotline::takedown
