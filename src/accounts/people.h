// People: the hotline's staff and the police users, and how they prove who they are.
//
// A person has a sign-in name, one role and an Argon2id password; a second
// factor (TOTP, RFC 6238) is optional and, once set, always asked. A person is
// never deleted, because decisions name them; disabling ends every session at
// once. Passwords are hashed outside of transactions: hashing is slow on purpose
// and would hold the write lock. What a role may do stands in roles.h.
//
// Facts: person_added, person_changed (password, role, second_factor, disabled,
// enabled).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/roles.h"
#include "base/crypto.h"
#include "casework/casework.h"
#include "db/db.h"

namespace hotline::accounts {

using casework::PersonId;
using casework::TenantId;

struct Person {
  PersonId id;
  TenantId tenant;
  std::string name;       ///< Signs in with it: lower case, a-z 0-9 . - _, at most 64.
  std::string full_name;  ///< As colleagues see it.
  Role role = Role::analyst;
  bool second_factor = false;
  bool disabled = false;
  Instant added_at{};
};

struct NewPerson {
  TenantId tenant;
  std::string name;
  std::string full_name;  ///< Empty: the name.
  Role role = Role::analyst;
  std::string password;   ///< 12 to 256 bytes, not the name.
  bool disabled = false;  ///< Made, and good for nothing before another person agrees.
};

/// Error `invalid` for a bad name or password, `conflict` if the name is taken.
/// `actor` is a person's id, or "system" for the command line.
[[nodiscard]] Result<PersonId> add_person(db::Database& database, const NewPerson& person,
                                          std::string_view actor, Instant now);
/// Ends all sessions of the person.
[[nodiscard]] Done set_password(db::Database& database, const PersonId& id,
                                std::string_view password, std::string_view actor, Instant now);
[[nodiscard]] Done set_role(db::Database& database, const PersonId& id, Role role,
                            std::string_view actor, Instant now);
/// Ends all sessions of the person. Nothing happens if it is so already.
[[nodiscard]] Done disable_person(db::Database& database, const PersonId& id,
                                  std::string_view actor, Instant now);
[[nodiscard]] Done enable_person(db::Database& database, const PersonId& id, std::string_view actor,
                                 Instant now);
/// The same within a transaction of somebody else's: an approval takes effect in its own.
[[nodiscard]] Done set_role(db::Transaction& tx, const PersonId& id, Role role,
                            std::string_view actor, Instant now);
[[nodiscard]] Done enable_person(db::Transaction& tx, const PersonId& id, std::string_view actor,
                                 Instant now);
/// Makes a new second-factor secret and gives it in base 32, to be shown once.
/// `key` is the installation's keys/accounts.key.
[[nodiscard]] Result<std::string> set_totp(db::Database& database, const crypto::Key& key,
                                           const PersonId& id, std::string_view actor, Instant now);

[[nodiscard]] Result<Person> person(db::Transaction& tx, const PersonId& id);
/// Error `not_found`.
[[nodiscard]] Result<Person> person_by_name(db::Transaction& tx, std::string_view name);
/// By name.
[[nodiscard]] Result<std::vector<Person>> people(db::Transaction& tx, const TenantId& tenant);

/// First run: a token for the link that makes the first person, good once and for a day.
/// Error `conflict` if there is a person already. A second call replaces an unused token.
[[nodiscard]] Result<std::string> make_setup_token(db::Transaction& tx, Instant now);
/// Whether the link would still be taken.
[[nodiscard]] Result<bool> setup_token_lives(db::Transaction& tx, std::string_view token,
                                             Instant now);
/// Makes the first person and ends the token, in one step.
[[nodiscard]] Result<PersonId> use_setup_token(db::Database& database, std::string_view token,
                                               const NewPerson& person, Instant now);

}  // namespace hotline::accounts
