// Sessions: signing in, staying signed in, and the end of it.
//
// A session is a random token of 256 bits in the person's browser; the database
// has only its SHA-256. It ends after a time without a request, after a longest
// time in any case, when the person signs out, and at once when the person is
// disabled or gets a new password. Role and state are read with every request,
// so a change counts from the next one.
//
// Facts: person_signed_in, sign_in_failed, person_signed_out.
#pragma once

#include <string>
#include <string_view>

#include "accounts/people.h"
#include "base/settings.h"

namespace hotline::accounts {

struct SessionRules {
  microseconds idle_max{};
  microseconds total_max{};
};
[[nodiscard]] SessionRules session_rules(const Settings& settings);

struct SignIn {
  std::string name;
  std::string password;
  std::string code;  ///< Six digits, where the person has a second factor.
};

struct SignedIn {
  Person person;
  std::string token;  ///< For the cookie; kept nowhere else.
};

/// Error `forbidden` with one sentence for whatever was wrong; after five failures in a row a
/// name waits 30 seconds, then twice as long each time up to 15 minutes (also `forbidden`).
[[nodiscard]] Result<SignedIn> sign_in(db::Database& database, const SignIn& given,
                                       const crypto::Key& key, Instant now);

/// Who this is. Error `forbidden` if the session is over or never was. Writes at most once a
/// minute for one session.
[[nodiscard]] Result<Person> person_of_session(db::Database& database, std::string_view token,
                                               const SessionRules& rules, Instant now);

[[nodiscard]] Done sign_out(db::Database& database, std::string_view token, Instant now);

/// Ends every session of the person; used by people.h.
[[nodiscard]] Done end_sessions(db::Transaction& tx, const PersonId& id, Instant now);

/// The token that each form of this session carries, so that no other site can post for it.
[[nodiscard]] std::string form_token(std::string_view session_token);

}  // namespace hotline::accounts
