#include "accounts/sessions.h"

#include <liboath/oath.h>

#include <algorithm>
#include <array>

#include "accounts/people_store.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::accounts {

namespace {

constexpr int kFailuresFree = 5;
constexpr std::chrono::seconds kFirstWait{30};
constexpr std::chrono::minutes kLongestWait{15};
constexpr std::chrono::seconds kTouchEvery{60};
constexpr std::int64_t kTotpStepSeconds = 30;

const Error kRefused{ErrorKind::forbidden, "The name, the password or the code is not right."};

std::string digest_of(std::string_view token) {
  return hex(crypto::sha256(token));
}

Done fact(db::Transaction& tx, const Person& person, std::string_view kind, Instant now) {
  facts::Fact fact;
  fact.tenant = person.tenant.str();
  fact.kind = kind;
  fact.actor = person.id.str();
  fact.subject = person.id.str();
  fact.details = {{"role", std::string(name(person.role))}};
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

/// The time step whose code this is, at most one step early or late; 0 if none.
std::int64_t totp_step(std::string_view secret, std::string_view code, Instant now) {
  const std::int64_t current =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / kTotpStepSeconds;
  std::int64_t found = 0;
  for (std::int64_t step = current - 1; step <= current + 1; ++step) {
    std::array<char, 8> expected{};
    if (oath_hotp_generate(secret.data(), secret.size(), static_cast<std::uint64_t>(step), 6, false,
                           OATH_HOTP_DYNAMIC_TRUNCATION, expected.data()) != OATH_OK)
      return 0;
    if (equal_constant_time(std::string_view(expected.data(), 6), code)) found = step;
  }
  return found;
}

/// What the password (and the code) say, outside of any transaction.
struct Proof {
  bool right = false;
  std::int64_t totp_step = 0;  ///< 0 without a second factor.
};

Proof prove(const std::optional<Credentials>& known, const SignIn& given, const crypto::Key& key,
            Instant now) {
  // An unknown name costs the same tenth of a second: the answer's time tells nothing.
  static const std::string nobody = crypto::hash_password("nobody signs in with this");
  Proof proof;
  proof.right = crypto::check_password(known ? known->password : nobody, given.password) && known &&
                !known->person.disabled;
  if (!proof.right || known->totp.empty()) return proof;
  const auto sealed = unbase64(known->totp);
  const auto secret =
      sealed ? crypto::open(key, *sealed, "totp " + known->person.id.str()) : sealed;
  proof.totp_step = secret ? totp_step(*secret, trim(given.code), now) : 0;
  proof.right = proof.totp_step != 0;
  return proof;
}

Done count_failure(db::Transaction& tx, const Credentials& known, Instant now) {
  const int failures = known.failures + 1;
  Instant locked{};
  if (failures >= kFailuresFree) {
    const int doublings = std::min(failures - kFailuresFree, 10);
    locked = now + std::min<microseconds>(kFirstWait * (1 << doublings), kLongestWait);
  }
  TRY_DONE(PeopleStore(tx).set_failures(known.person.id, failures, locked));
  return fact(tx, known.person, "sign_in_failed", now);
}

}  // namespace

SessionRules session_rules(const Settings& settings) {
  return {settings.duration("console.session_idle_max"), settings.duration("console.session_max")};
}

Result<SignedIn> sign_in(db::Database& database, const SignIn& given, const crypto::Key& key,
                         Instant now) {
  const std::string name = clip_utf8(lower_ascii(trim(given.name)), 64);
  TRY(before,
      database.read([&](db::Transaction& tx) { return PeopleStore(tx).credentials(name); }));
  if (before && before->locked_until > now)
    return fail(ErrorKind::forbidden,
                "Too many tries with this name. Wait a little, then try again.");
  if (given.password.size() > 256) return std::unexpected(kRefused);
  const Proof proof = prove(before, given, key, now);

  SignedIn result;
  result.token = base64url(crypto::random_bytes(32));
  TRY(signed_in, database.transact([&](db::Transaction& tx) -> Result<bool> {
    PeopleStore store(tx);
    TRY(known, store.credentials(name));
    if (!known) return false;
    // Password and lock may have changed while we were hashing.
    bool right = proof.right && before && known->password == before->password &&
                 !known->person.disabled && known->locked_until <= now;
    if (right && !known->totp.empty()) {
      TRY(fresh, store.use_totp_step(known->person.id, proof.totp_step));
      right = fresh;
    }
    if (!right) {
      TRY_DONE(count_failure(tx, *known, now));
      return false;
    }
    TRY_DONE(store.set_failures(known->person.id, 0, Instant{}));
    TRY_DONE(store.add_session(digest_of(result.token), known->person.id, now));
    TRY_DONE(fact(tx, known->person, "person_signed_in", now));
    result.person = known->person;
    return true;
  }));
  if (!signed_in) return std::unexpected(kRefused);
  return result;
}

Result<Person> person_of_session(db::Database& database, std::string_view token,
                                 const SessionRules& rules, Instant now) {
  const auto over = fail(ErrorKind::forbidden, "Your session is over. Sign in again.");
  if (token.empty() || token.size() > 100) return over;
  const std::string digest = digest_of(token);
  TRY(session, database.read([&](db::Transaction& tx) { return PeopleStore(tx).session(digest); }));
  if (!session || session->person.disabled) return over;
  if (now - session->used_at > rules.idle_max || now - session->opened_at > rules.total_max)
    return over;
  if (now - session->used_at >= std::min<microseconds>(kTouchEvery, rules.idle_max / 2))
    TRY_DONE(database.transact(
        [&](db::Transaction& tx) { return PeopleStore(tx).touch_session(digest, now); }));
  return session->person;
}

Done sign_out(db::Database& database, std::string_view token, Instant now) {
  const std::string digest = digest_of(token);
  return database.transact([&](db::Transaction& tx) -> Done {
    PeopleStore store(tx);
    TRY(session, store.session(digest));
    if (!session) return {};
    TRY_DONE(store.revoke_session(digest, now));
    return fact(tx, session->person, "person_signed_out", now);
  });
}

Done end_sessions(db::Transaction& tx, const PersonId& id, Instant now) {
  return PeopleStore(tx).revoke_sessions(id, now);
}

std::string form_token(std::string_view session_token) {
  return base64url(crypto::hmac_sha256(session_token, "form"));
}

}  // namespace hotline::accounts
