#include "takedown/contact_store.h"

#include "base/text.h"
#include "net/rdap.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kColumns = R"sql(
  SELECT tenant, email, origin, approved, approved_by, bounce, language, first_seen, organisation,
         alias_of, interval_seconds, refused, repeats
    FROM takedown_contact )sql";
constexpr std::string_view kMeet = R"sql(
  INSERT INTO takedown_contact (tenant, email, origin, approved, approved_by, bounce, language, first_seen)
  VALUES ($1, $2, $3, 0, '', 'none', '', $4) ON CONFLICT (tenant, email) DO NOTHING)sql";
constexpr std::string_view kApprove = R"sql(
  UPDATE takedown_contact SET approved = 1, refused = 0, approved_by = $3, bounce = 'none'
   WHERE tenant = $1 AND email = $2)sql";
constexpr std::string_view kRefuse = R"sql(
  UPDATE takedown_contact SET approved = 0, refused = 1, approved_by = $3
   WHERE tenant = $1 AND email = $2)sql";
constexpr std::string_view kDescribe = R"sql(
  UPDATE takedown_contact SET organisation = $3, language = $4, alias_of = $5, interval_seconds = $6,
         repeats = $7
   WHERE tenant = $1 AND email = $2)sql";
constexpr std::string_view kAddEvent = R"sql(
  INSERT INTO takedown_contact_event (tenant, email, number, actor, deed, words, at)
  SELECT $1, $2, COUNT(*) + 1, $3, $4, $5, CAST($6 AS BIGINT) FROM takedown_contact_event
   WHERE tenant = $1 AND email = $2)sql";
constexpr std::string_view kEvents = R"sql(
  SELECT actor, deed, words, at FROM takedown_contact_event WHERE tenant = $1 AND email = $2
   ORDER BY number DESC LIMIT 100)sql";
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
  contact.organisation = row.text(8);
  contact.alias_of = row.text(9);
  contact.interval = std::chrono::seconds(row.integer(10));
  contact.refused = row.integer(11) != 0;
  contact.repeats = static_cast<int>(row.integer(12));
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

Done ContactStore::refuse(const TenantId& tenant, std::string_view email, std::string_view person) {
  TRY(count, tx_.change(kRefuse, {tenant.str(), std::string(email), std::string(person)}));
  if (count == 0) return fail(ErrorKind::not_found, "There is no such contact.");
  return {};
}

Result<std::optional<Contact>> ContactStore::recipient(const TenantId& tenant,
                                                       std::string_view email) {
  TRY(contact, find(tenant, email));
  if (!contact || contact->alias_of.empty()) return contact;
  return find(tenant, contact->alias_of);
}

Done ContactStore::describe(const Contact& contact) {
  if (!contact.alias_of.empty()) {
    TRY(target, find(contact.tenant, contact.alias_of));
    if (!target || target->email == contact.email || !target->alias_of.empty())
      return fail(ErrorKind::invalid, "This is no mailbox that another one can stand for.");
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(contact.interval).count();
  TRY(count, tx_.change(kDescribe, {contact.tenant.str(), contact.email, contact.organisation,
                                    contact.language, contact.alias_of, std::int64_t{seconds},
                                    std::int64_t{contact.repeats}}));
  if (count == 0) return fail(ErrorKind::not_found, "There is no such contact.");
  return {};
}

Done ContactStore::add_event(const TenantId& tenant, std::string_view email,
                             const ContactEvent& event) {
  TRY_DONE(tx_.run(kAddEvent, {tenant.str(), std::string(email), event.actor, event.deed,
                               event.words, us(event.at)}));
  return {};
}

Result<std::vector<ContactEvent>> ContactStore::events(const TenantId& tenant,
                                                       std::string_view email) {
  TRY(rows, tx_.run(kEvents, {tenant.str(), std::string(email)}));
  std::vector<ContactEvent> events;
  for (const auto& row : rows)
    events.push_back({row.text(0), row.text(1), row.text(2), instant(row.integer(3))});
  return events;
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
