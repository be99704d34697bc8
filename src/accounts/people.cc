#include "accounts/people.h"

#include <liboath/oath.h>

#include <algorithm>
#include <cstdlib>

#include "accounts/people_store.h"
#include "accounts/sessions.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::accounts {

namespace {

constexpr std::chrono::hours kSetupTokenLife{24};

Done check_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), good))
    return fail(ErrorKind::invalid,
                "A sign-in name has 1 to 64 characters: a-z, 0-9, dot, hyphen, underscore.");
  return {};
}

// Length is what protects; NIST SP 800-63B advises against composition rules.
Done check_password_rules(std::string_view password, std::string_view name) {
  if (password.size() < 12)
    return fail(ErrorKind::invalid, "A password has at least 12 characters.");
  if (password.size() > 256)
    return fail(ErrorKind::invalid, "A password has at most 256 characters.");
  if (!name.empty() && lower_ascii(password).find(name) != std::string::npos && name.size() >= 4)
    return fail(ErrorKind::invalid, "A password does not contain the sign-in name.");
  return {};
}

Done fact(db::Transaction& tx, const Person& person, std::string_view kind, std::string_view actor,
          Instant now, std::string_view change = "") {
  facts::Fact fact;
  fact.tenant = person.tenant.str();
  fact.kind = kind;
  fact.actor = actor;
  fact.subject = person.id.str();
  fact.details = {{"role", std::string(name(person.role))}};
  if (!change.empty()) fact.details["change"] = std::string(change);
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

Result<Person> checked(const NewPerson& given, Instant now) {
  Person person;
  person.id = PersonId::make(now);
  person.tenant = given.tenant;
  person.name = lower_ascii(trim(given.name));
  person.full_name = clip_utf8(clean_utf8(trim(given.full_name)), 200);
  if (person.full_name.empty()) person.full_name = person.name;
  person.role = given.role;
  person.disabled = given.disabled;
  person.added_at = now;
  TRY_DONE(check_name(person.name));
  TRY_DONE(check_password_rules(given.password, person.name));
  return person;
}

Done add_checked(db::Transaction& tx, const Person& person, std::string_view hash,
                 std::string_view actor) {
  TRY_DONE(PeopleStore(tx).add(person, hash));
  if (person.disabled) TRY_DONE(PeopleStore(tx).set_disabled(person.id, true));
  return fact(tx, person, "person_added", actor, person.added_at);
}

}  // namespace

Result<PersonId> add_person(db::Database& database, const NewPerson& given, std::string_view actor,
                            Instant now) {
  TRY(person, checked(given, now));
  const std::string hash = crypto::hash_password(given.password);
  return database.transact([&](db::Transaction& tx) -> Result<PersonId> {
    TRY_DONE(add_checked(tx, person, hash, actor));
    return person.id;
  });
}

Done set_password(db::Database& database, const PersonId& id, std::string_view password,
                  std::string_view actor, Instant now) {
  TRY_DONE(check_password_rules(password, ""));
  const std::string hash = crypto::hash_password(password);
  return database.transact([&](db::Transaction& tx) -> Done {
    TRY(who, person(tx, id));
    TRY_DONE(check_password_rules(password, who.name));
    TRY_DONE(PeopleStore(tx).set_password(id, hash));
    TRY_DONE(end_sessions(tx, id, now));
    return fact(tx, who, "person_changed", actor, now, "password");
  });
}

Done set_role(db::Database& database, const PersonId& id, Role role, std::string_view actor,
              Instant now) {
  return database.transact([&](db::Transaction& tx) { return set_role(tx, id, role, actor, now); });
}

Done set_role(db::Transaction& tx, const PersonId& id, Role role, std::string_view actor,
              Instant now) {
  TRY(who, person(tx, id));
  if (who.role == role) return {};
  TRY_DONE(PeopleStore(tx).set_role(id, role));
  who.role = role;
  return fact(tx, who, "person_changed", actor, now, "role");
}

Done disable_person(db::Database& database, const PersonId& id, std::string_view actor,
                    Instant now) {
  return database.transact([&](db::Transaction& tx) -> Done {
    TRY(who, person(tx, id));
    if (who.disabled) return {};
    TRY_DONE(PeopleStore(tx).set_disabled(id, true));
    TRY_DONE(end_sessions(tx, id, now));
    return fact(tx, who, "person_changed", actor, now, "disabled");
  });
}

Done enable_person(db::Database& database, const PersonId& id, std::string_view actor,
                   Instant now) {
  return database.transact([&](db::Transaction& tx) { return enable_person(tx, id, actor, now); });
}

Done enable_person(db::Transaction& tx, const PersonId& id, std::string_view actor, Instant now) {
  TRY(who, person(tx, id));
  if (!who.disabled) return {};
  TRY_DONE(PeopleStore(tx).set_disabled(id, false));
  return fact(tx, who, "person_changed", actor, now, "enabled");
}

Result<std::string> set_totp(db::Database& database, const crypto::Key& key, const PersonId& id,
                             std::string_view actor, Instant now) {
  const std::string secret = crypto::random_bytes(20);
  char* encoded = nullptr;
  std::size_t length = 0;
  if (oath_base32_encode(secret.data(), secret.size(), &encoded, &length) != OATH_OK)
    return fail(ErrorKind::unavailable, "The second factor could not be made.");
  std::string text(encoded, length);
  std::free(encoded);  // NOLINT(cppcoreguidelines-no-malloc): liboath gives malloc'ed memory.
  const std::string sealed = base64(crypto::seal(key, secret, "totp " + id.str()));
  TRY_DONE(database.transact([&](db::Transaction& tx) -> Done {
    TRY(who, person(tx, id));
    TRY_DONE(PeopleStore(tx).set_totp(id, sealed));
    return fact(tx, who, "person_changed", actor, now, "second_factor");
  }));
  return text;
}

Result<Person> person(db::Transaction& tx, const PersonId& id) {
  return PeopleStore(tx).person(id);
}

Result<Person> person_by_name(db::Transaction& tx, std::string_view name) {
  TRY(found, PeopleStore(tx).credentials(lower_ascii(trim(name))));
  if (!found) return fail(ErrorKind::not_found, "There is no person with this sign-in name.");
  return found->person;
}

Result<std::vector<Person>> people(db::Transaction& tx, const TenantId& tenant) {
  return PeopleStore(tx).people(tenant);
}

Result<std::string> make_setup_token(db::Transaction& tx, Instant now) {
  PeopleStore store(tx);
  TRY(empty, store.is_empty());
  if (!empty) return fail(ErrorKind::conflict, "The first person is there already.");
  std::string token = base64url(crypto::random_bytes(32));
  TRY_DONE(store.replace_setup_token(hex(crypto::sha256(token)), now));
  return token;
}

Result<bool> setup_token_lives(db::Transaction& tx, std::string_view token, Instant now) {
  return PeopleStore(tx).setup_token_lives(hex(crypto::sha256(token)), now - kSetupTokenLife);
}

Result<PersonId> use_setup_token(db::Database& database, std::string_view token,
                                 const NewPerson& given, Instant now) {
  TRY(person, checked(given, now));
  const std::string hash = crypto::hash_password(given.password);
  const std::string digest = hex(crypto::sha256(token));
  return database.transact([&](db::Transaction& tx) -> Result<PersonId> {
    TRY(used, PeopleStore(tx).use_setup_token(digest, now - kSetupTokenLife, now));
    if (!used) return fail(ErrorKind::forbidden, "This first-run link is used or too old.");
    TRY_DONE(add_checked(tx, person, hash, "system"));
    return person.id;
  });
}

}  // namespace hotline::accounts
