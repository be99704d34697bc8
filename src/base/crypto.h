// Crypto: the only room in which algorithm names stand.
//
// Sealing to a public key is libsodium's sealed box (X25519, XSalsa20-Poly1305);
// everything symmetric is AES-256-GCM through OpenSSL EVP with a fresh random
// nonce and a fresh key per object; passwords are Argon2id (libsodium).
// Keys are 32 bytes in std::string, held in Sensitive where they are stored.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sensitive.h"

namespace hotline::crypto {

using Key = Sensitive<std::string>;  ///< 32 bytes.

[[nodiscard]] std::string random_bytes(std::size_t count);

/// Raw digests: 16, 20, 32 bytes.
[[nodiscard]] std::string md5(std::string_view bytes);
[[nodiscard]] std::string sha1(std::string_view bytes);
[[nodiscard]] std::string sha256(std::string_view bytes);
/// RFC 2104 with SHA-256, 32 bytes.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view message);
/// RFC 5869, SHA-256, no salt.
[[nodiscard]] std::string hkdf(std::string_view secret, std::string_view purpose,
                               std::size_t length);

/// AES-256-GCM: nonce (12) + ciphertext + tag (16). `context` is authenticated, not stored.
[[nodiscard]] std::string seal(const Key& key, std::string_view plain, std::string_view context);
/// Error `corrupt` if key, context or a byte is not the same.
[[nodiscard]] Result<std::string> open(const Key& key, std::string_view sealed,
                                       std::string_view context);

struct KeyPair {
  std::string public_key;  ///< 32 bytes, X25519.
  Key secret_key;
};
[[nodiscard]] KeyPair make_box_keys();
/// The same 32-byte seed always gives the same pair.
[[nodiscard]] KeyPair box_keys_from_seed(std::string_view seed);
/// Anyone can seal; only the secret key opens.
[[nodiscard]] std::string seal_to(std::string_view public_key, std::string_view plain);
[[nodiscard]] Result<std::string> open_sealed(const KeyPair& keys, std::string_view sealed);

/// Ed25519 (RFC 8032). The secret is libsodium's 64-byte form.
struct SigningKeys {
  std::string public_key;
  Key secret_key;
};
[[nodiscard]] SigningKeys make_signing_keys();
/// The same 32-byte seed always gives the same pair.
[[nodiscard]] SigningKeys signing_keys_from_seed(std::string_view seed);
[[nodiscard]] std::string sign(const SigningKeys& keys, std::string_view message);
[[nodiscard]] bool verify(std::string_view public_key, std::string_view message,
                          std::string_view signature);

/// Argon2id in its text form; takes about a tenth of a second on purpose.
[[nodiscard]] std::string hash_password(std::string_view password);
[[nodiscard]] bool check_password(std::string_view hash, std::string_view password);

/// A file of `length` bytes, mode 0600; made with fresh random bytes if it is not there.
/// Error `corrupt` if it has another length, `unavailable` if the disk refuses.
[[nodiscard]] Result<Key> key_file(const std::string& path, std::size_t length = 32);

}  // namespace hotline::crypto
