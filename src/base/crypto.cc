#include "base/crypto.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace hotline::crypto {

namespace {

constexpr std::size_t kNonce = 12, kTag = 16;

const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

void ready() {
  static const bool done = sodium_init() >= 0;
  CHECK(done);
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::string value(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  unsigned length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), out(value), &length, algorithm, nullptr) == 1);
  return value;
}

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

/// All of `bytes` into the file at `path`, fsynced, or nothing: linked into place at the end, so
/// that of two programs that start together one wins and both read the same key.
Done write_new_file(const std::string& path, std::string_view bytes) {
  const std::string draft = path + "." + std::to_string(::getpid()) + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorKind::unavailable, "The key folder cannot be written.");
  const bool good = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                    ::fsync(fd) == 0;
  ::close(fd);
  const bool linked = good && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  ::unlink(draft.c_str());
  if (!linked) return fail(ErrorKind::unavailable, "A key could not be stored.");
  return {};
}

}  // namespace

std::string random_bytes(std::size_t count) {
  ready();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string md5(std::string_view bytes) {
  return digest(EVP_md5(), bytes);
}
std::string sha1(std::string_view bytes) {
  return digest(EVP_sha1(), bytes);
}
std::string sha256(std::string_view bytes) {
  return digest(EVP_sha256(), bytes);
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string value(32, '\0');
  unsigned length = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), in(message), message.size(),
             out(value), &length) != nullptr);
  return value;
}

std::string hkdf(std::string_view secret, std::string_view purpose, std::size_t length) {
  std::string value(length, '\0');
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  CHECK(context != nullptr && EVP_PKEY_derive_init(context) == 1);
  CHECK(EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1);
  CHECK(EVP_PKEY_CTX_set1_hkdf_key(context, in(secret), static_cast<int>(secret.size())) == 1);
  CHECK(EVP_PKEY_CTX_add1_hkdf_info(context, in(purpose), static_cast<int>(purpose.size())) == 1);
  CHECK(EVP_PKEY_derive(context, out(value), &length) == 1);
  EVP_PKEY_CTX_free(context);
  return value;
}

std::string seal(const Key& key, std::string_view plain, std::string_view context) {
  CHECK(key.reveal().size() == 32);
  std::string sealed = random_bytes(kNonce) + std::string(plain.size() + kTag, '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  unsigned char* body = out(sealed) + kNonce;
  CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key.reveal()),
                           in(sealed)) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &length, in(context),
                          static_cast<int>(context.size())) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), body, &length, in(plain), static_cast<int>(plain.size())) ==
        1);
  CHECK(EVP_EncryptFinal_ex(cipher.get(), body + length, &length) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, body + plain.size()) == 1);
  return sealed;
}

Result<std::string> open(const Key& key, std::string_view sealed, std::string_view context) {
  const auto wrong = [] {
    return fail(ErrorKind::corrupt, "A sealed object does not open with its key.");
  };
  if (sealed.size() < kNonce + kTag || key.reveal().size() != 32) return wrong();
  std::string plain(sealed.size() - kNonce - kTag, '\0');
  std::string tag(sealed.substr(sealed.size() - kTag));
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  if (EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key.reveal()), in(sealed)) !=
          1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, in(context),
                        static_cast<int>(context.size())) != 1 ||
      EVP_DecryptUpdate(cipher.get(), out(plain), &length, in(sealed.substr(kNonce)),
                        static_cast<int>(plain.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(cipher.get(), out(plain) + length, &length) != 1)
    return wrong();
  return plain;
}

KeyPair make_box_keys() {
  return box_keys_from_seed(random_bytes(crypto_box_SEEDBYTES));
}

KeyPair box_keys_from_seed(std::string_view seed) {
  ready();
  CHECK(seed.size() == crypto_box_SEEDBYTES);
  std::string public_key(crypto_box_PUBLICKEYBYTES, '\0'), secret(crypto_box_SECRETKEYBYTES, '\0');
  crypto_box_seed_keypair(out(public_key), out(secret), in(seed));
  return {public_key, Key(secret)};
}

std::string seal_to(std::string_view public_key, std::string_view plain) {
  ready();
  CHECK(public_key.size() == crypto_box_PUBLICKEYBYTES);
  std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
  CHECK(crypto_box_seal(out(sealed), in(plain), plain.size(), in(public_key)) == 0);
  return sealed;
}

Result<std::string> open_sealed(const KeyPair& keys, std::string_view sealed) {
  if (sealed.size() < crypto_box_SEALBYTES)
    return fail(ErrorKind::corrupt, "A sealed object is too short.");
  std::string plain(sealed.size() - crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal_open(out(plain), in(sealed), sealed.size(), in(keys.public_key),
                           in(keys.secret_key.reveal())) != 0)
    return fail(ErrorKind::corrupt, "A sealed object does not open with this key.");
  return plain;
}

SigningKeys make_signing_keys() {
  ready();
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'),
      secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_keypair(out(public_key), out(secret));
  return {public_key, Key(secret)};
}

SigningKeys signing_keys_from_seed(std::string_view seed) {
  ready();
  CHECK(seed.size() == crypto_sign_SEEDBYTES);
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'),
      secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(out(public_key), out(secret), in(seed));
  return {public_key, Key(secret)};
}

std::string sign(const SigningKeys& keys, std::string_view message) {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(out(signature), nullptr, in(message), message.size(),
                       in(keys.secret_key.reveal()));
  return signature;
}

bool verify(std::string_view public_key, std::string_view message, std::string_view signature) {
  return public_key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(in(signature), in(message), message.size(), in(public_key)) ==
             0;
}

std::string hash_password(std::string_view password) {
  ready();
  std::string text(crypto_pwhash_STRBYTES, '\0');
  CHECK(crypto_pwhash_str(text.data(), password.data(), password.size(),
                          crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0);
  return text.c_str();
}

bool check_password(std::string_view hash, std::string_view password) {
  ready();
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  return crypto_pwhash_str_verify(std::string(hash).c_str(), password.data(), password.size()) == 0;
}

Result<Key> key_file(const std::string& path, std::size_t length) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      TRY_DONE(write_new_file(path, random_bytes(length)));
      continue;
    }
    std::string bytes(length + 1, '\0');
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    ::close(fd);
    if (got != static_cast<ssize_t>(length))
      return fail(ErrorKind::corrupt, "A key file has the wrong length.");
    bytes.resize(length);
    return Key(std::move(bytes));
  }
  return fail(ErrorKind::unavailable, "A key file cannot be read.");
}

}  // namespace hotline::crypto
