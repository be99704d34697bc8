// Passkeys: signing in with a key that never leaves the person's device (WebAuthn).
//
// A person who is signed in adds a passkey; from then on it signs in alone, without
// name, password or code, because it proves possession and, by user verification, the
// person too. Nothing is asked about the device's maker: no attestation. Challenges
// are good once, for five minutes; a counter that goes back is refused. Parsing and
// verifying are libfido2's; here is the rule around it.
//
// Facts: person_changed (passkey_added, passkey_removed), person_signed_in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/sessions.h"

namespace hotline::accounts {

/// Where the console is reached: "console.hotline.example" and "https://console.hotline.example".
struct RelyingParty {
  std::string id;
  std::string origin;
};

struct Passkey {
  std::string id;  ///< base64url of the credential's id.
  PersonId person;
  std::string label;
  Instant made_at{};
};

/// A fresh challenge, base64url; for signing in `person` is empty.
[[nodiscard]] Result<std::string> make_challenge(db::Database& database, const PersonId& person,
                                                 Instant now);

/// What navigator.credentials.create() gave, each base64url.
struct NewPasskey {
  std::string client_data;         ///< clientDataJSON
  std::string authenticator_data;  ///< getAuthenticatorData()
  std::string label;
};
/// Error `invalid` if a part is not right, `forbidden` if the challenge is not this person's or
/// too old, `conflict` if the key is known.
[[nodiscard]] Done add_passkey(db::Database& database, const Person& person,
                               const NewPasskey& given, const RelyingParty& here, Instant now);

/// What navigator.credentials.get() gave, each base64url.
struct PasskeyProof {
  std::string id, client_data, authenticator_data, signature;
};
/// Error `forbidden` with one sentence for whatever was wrong.
[[nodiscard]] Result<SignedIn> sign_in_with_passkey(db::Database& database,
                                                    const PasskeyProof& given,
                                                    const RelyingParty& here, Instant now);

/// One's own, not removed.
[[nodiscard]] Result<std::vector<Passkey>> passkeys(db::Transaction& tx, const PersonId& person);
[[nodiscard]] Done remove_passkey(db::Database& database, const Person& person, std::string_view id,
                                  Instant now);

}  // namespace hotline::accounts
