// Reading and verifying what an authenticator said. Pure: no database, no clock.
#pragma once

#include <string>
#include <string_view>

#include "accounts/passkeys.h"

namespace hotline::accounts {

/// The browser's part: type, challenge and origin.
struct ClientData {
  std::string type;       ///< webauthn.create or webauthn.get
  std::string challenge;  ///< base64url
};
/// Error `invalid` unless it is JSON with these, from our origin and no frame of another site.
[[nodiscard]] Result<ClientData> read_client_data(std::string_view json_bytes,
                                                  std::string_view origin);

struct NewCredential {
  std::string id;          ///< Raw bytes.
  std::string public_key;  ///< x and y of P-256, 64 bytes.
};
/// Of the authenticator data of a registration. Error `invalid` for another party, another
/// algorithm than ES256, or without user presence and user verification.
[[nodiscard]] Result<NewCredential> read_new_credential(std::string_view authenticator_data,
                                                        std::string_view party);

struct Assertion {
  std::string_view authenticator_data, client_data, signature;  ///< Raw bytes.
  std::string_view public_key;
};
/// The signature counter. Error `forbidden` if anything does not hold.
[[nodiscard]] Result<std::int64_t> verify_assertion(const Assertion& given, std::string_view party);

}  // namespace hotline::accounts
