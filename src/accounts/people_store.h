// Storing people, sessions and the first-run token. No rules here: people.h, sessions.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/people.h"

namespace hotline::accounts {

/// What signing in has to know beyond the person.
struct Credentials {
  Person person;
  std::string password;  ///< Argon2id text form.
  std::string totp;      ///< Sealed, base64; empty without a second factor.
  std::int64_t totp_last = 0;
  int failures = 0;
  Instant locked_until{};
};

struct StoredSession {
  Person person;
  Instant opened_at{}, used_at{};
};

class PeopleStore {
 public:
  explicit PeopleStore(db::Transaction& tx) : tx_(tx) {}

  /// Error `conflict` if the name is taken.
  Done add(const Person& person, std::string_view password_hash);
  Result<Person> person(const PersonId& id);
  Result<std::optional<Credentials>> credentials(std::string_view name);
  Result<std::vector<Person>> people(const TenantId& tenant);
  Result<bool> is_empty();

  Done set_password(const PersonId& id, std::string_view hash);
  Done set_role(const PersonId& id, Role role);
  Done set_disabled(const PersonId& id, bool disabled);
  Done set_totp(const PersonId& id, std::string_view sealed);
  Done set_failures(const PersonId& id, int failures, Instant locked_until);
  /// True if `step` is later than the last one used: a code is good once.
  Result<bool> use_totp_step(const PersonId& id, std::int64_t step);

  Done add_session(std::string_view digest, const PersonId& id, Instant now);
  Result<std::optional<StoredSession>> session(std::string_view digest);
  Done touch_session(std::string_view digest, Instant now);
  Result<bool> revoke_session(std::string_view digest, Instant now);
  Done revoke_sessions(const PersonId& id, Instant now);

  Done replace_setup_token(std::string_view digest, Instant now);
  Result<bool> setup_token_lives(std::string_view digest, Instant made_after);
  Result<bool> use_setup_token(std::string_view digest, Instant made_after, Instant now);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::accounts
