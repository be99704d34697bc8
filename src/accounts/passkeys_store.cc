#include "accounts/passkey_proof.h"
#include "accounts/passkeys.h"
#include "accounts/people_store.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::accounts {

namespace {

constexpr std::chrono::minutes kChallengeLives{5};
constexpr std::size_t kPasskeysMax = 10;
constexpr std::size_t kLabelMax = 60;

std::string digest_of(std::string_view secret) {
  return hex(crypto::sha256(secret));
}

Done fact(db::Transaction& tx, const Person& person, std::string_view kind, std::string_view change,
          Instant now) {
  facts::Fact fact;
  fact.tenant = person.tenant.str();
  fact.kind = kind;
  fact.actor = person.id.str();
  fact.subject = person.id.str();
  fact.details = {{"role", std::string(name(person.role))}};
  if (!change.empty()) fact.details["change"] = std::string(change);
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

/// Good once: the row is gone afterwards, whatever comes of it.
Result<bool> use_challenge(db::Transaction& tx, std::string_view challenge, const PersonId& person,
                           Instant now) {
  TRY(rows, tx.run("DELETE FROM passkey_challenge WHERE digest = $1 AND person = $2 "
                   "RETURNING made_at",
                   {digest_of(challenge), person.str()}));
  return !rows.empty() && now - instant(rows[0].integer(0)) <= kChallengeLives;
}

struct Stored {
  PersonId person;
  std::string public_key;
  std::int64_t counter = 0;
};

Result<std::optional<Stored>> stored_key(db::Transaction& tx, std::string_view id) {
  TRY(rows, tx.run("SELECT person, public_key, counter FROM passkey "
                   "WHERE id = $1 AND removed_at IS NULL",
                   {std::string(id)}));
  if (rows.empty()) return std::nullopt;
  TRY(person, PersonId::parse(rows[0].text(0)));
  TRY(key, unbase64url(rows[0].text(1)));
  return Stored{person, key, rows[0].integer(2)};
}

const Error kRefused{ErrorKind::forbidden, "This passkey is not accepted."};

}  // namespace

Result<std::string> make_challenge(db::Database& database, const PersonId& person, Instant now) {
  std::string challenge = base64url(crypto::random_bytes(32));
  TRY_DONE(database.transact([&](db::Transaction& tx) -> Done {
    TRY_DONE(
        tx.change("DELETE FROM passkey_challenge WHERE made_at < $1", {us(now - kChallengeLives)}));
    TRY_DONE(tx.run("INSERT INTO passkey_challenge (digest, person, made_at) VALUES ($1, $2, $3)",
                    {digest_of(challenge), person.str(), us(now)}));
    return {};
  }));
  return challenge;
}

Done add_passkey(db::Database& database, const Person& person, const NewPasskey& given,
                 const RelyingParty& here, Instant now) {
  TRY(client, unbase64url(given.client_data));
  TRY(data, unbase64url(given.authenticator_data));
  TRY(said, read_client_data(client, here.origin));
  if (said.type != "webauthn.create")
    return fail(ErrorKind::invalid, "The passkey could not be read: its type.");
  TRY(made, read_new_credential(data, here.id));
  const std::string id = base64url(made.id);
  std::string label = clip_utf8(clean_utf8(trim(given.label)), kLabelMax);
  if (label.empty()) label = "Passkey";
  const auto fresh = database.transact(
      [&](db::Transaction& tx) { return use_challenge(tx, said.challenge, person.id, now); });
  if (!fresh) return std::unexpected(fresh.error());
  if (!*fresh) return fail(ErrorKind::forbidden, "This took too long. Try once more.");
  return database.transact([&](db::Transaction& tx) -> Done {
    TRY(own, passkeys(tx, person.id));
    if (own.size() >= kPasskeysMax)
      return fail(ErrorKind::conflict, "Ten passkeys are enough. Remove one first.");
    TRY(rows, tx.run("INSERT INTO passkey (id, person, label, public_key, counter, made_at) "
                     "VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO NOTHING RETURNING id",
                     {id, person.id.str(), label, base64url(made.public_key), us(now)}));
    if (rows.empty()) return fail(ErrorKind::conflict, "This passkey is known already.");
    return fact(tx, person, "person_changed", "passkey_added", now);
  });
}

Result<SignedIn> sign_in_with_passkey(db::Database& database, const PasskeyProof& given,
                                      const RelyingParty& here, Instant now) {
  const auto client = unbase64url(given.client_data);
  const auto data = unbase64url(given.authenticator_data);
  const auto signature = unbase64url(given.signature);
  if (!client || !data || !signature || given.id.size() > 1400) return std::unexpected(kRefused);
  const auto said = read_client_data(*client, here.origin);
  if (!said || said->type != "webauthn.get") return std::unexpected(kRefused);
  TRY(fresh, database.transact([&](db::Transaction& tx) {
    return use_challenge(tx, said->challenge, PersonId{}, now);
  }));
  TRY(known, database.read([&](db::Transaction& tx) { return stored_key(tx, given.id); }));
  if (!fresh || !known) return std::unexpected(kRefused);
  const auto counter = verify_assertion({*data, *client, *signature, known->public_key}, here.id);
  if (!counter) return std::unexpected(kRefused);
  SignedIn in;
  in.token = base64url(crypto::random_bytes(32));
  const auto signed_in = database.transact([&](db::Transaction& tx) -> Result<bool> {
    TRY(who, person(tx, known->person));
    // A counter that does not rise where it once counted: the key has been copied.
    TRY(rows, tx.run("UPDATE passkey SET counter = $2, used_at = $3 WHERE id = $1 "
                     "AND removed_at IS NULL AND (counter < $2 OR (counter = 0 AND $2 = 0)) "
                     "RETURNING id",
                     {given.id, *counter, us(now)}));
    if (who.disabled || rows.empty()) return false;
    TRY_DONE(PeopleStore(tx).add_session(digest_of(in.token), who.id, now));
    TRY_DONE(fact(tx, who, "person_signed_in", "", now));
    in.person = who;
    return true;
  });
  if (!signed_in) return std::unexpected(signed_in.error());
  if (!*signed_in) return std::unexpected(kRefused);
  return in;
}

Result<std::vector<Passkey>> passkeys(db::Transaction& tx, const PersonId& person) {
  TRY(rows, tx.run("SELECT id, label, made_at FROM passkey "
                   "WHERE person = $1 AND removed_at IS NULL ORDER BY made_at",
                   {person.str()}));
  std::vector<Passkey> found;
  for (const auto& row : rows)
    found.push_back({row.text(0), person, row.text(1), instant(row.integer(2))});
  return found;
}

Done remove_passkey(db::Database& database, const Person& person, std::string_view id,
                    Instant now) {
  return database.transact([&](db::Transaction& tx) -> Done {
    TRY(changed, tx.change("UPDATE passkey SET removed_at = $3 "
                           "WHERE id = $1 AND person = $2 AND removed_at IS NULL",
                           {std::string(id), person.id.str(), us(now)}));
    if (changed == 0) return fail(ErrorKind::not_found, "You have no such passkey.");
    return fact(tx, person, "person_changed", "passkey_removed", now);
  });
}

}  // namespace hotline::accounts
