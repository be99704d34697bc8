#include "accounts/passkey_proof.h"

#include <fido.h>
#include <fido/es256.h>

#include <cstring>
#include <memory>
#include <optional>

#include "base/json.h"

namespace hotline::accounts {

namespace {

struct FreeCredential {
  void operator()(fido_cred_t* credential) const { fido_cred_free(&credential); }
};
struct FreeAssertion {
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
};
struct FreeKey {
  void operator()(es256_pk_t* key) const { es256_pk_free(&key); }
};

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Authenticator data: 32 bytes hash of the party, one byte of flags, four of the counter, and for
// a registration 16 of the model, two of the id's length, the id, the key (WebAuthn, 6.1).
constexpr std::size_t kFlagsAt = 32;
constexpr std::size_t kHeadSize = 37;
constexpr std::size_t kDataMax = 4096;
constexpr std::size_t kClientDataMax = 4096;
constexpr unsigned char kPresent = 0x01, kVerified = 0x04, kHasCredential = 0x40;

unsigned char flags_of(std::string_view authenticator_data) {
  return static_cast<unsigned char>(authenticator_data[kFlagsAt]);
}

std::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, "The passkey could not be read: " + std::string(what) + ".");
}

// The number that a CBOR head carries, and the head taken off; none if it is cut or of indefinite
// length, which CTAP2's canonical form forbids.
std::optional<std::uint64_t> take_head(std::string_view& rest, unsigned& major) {
  const auto first = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  major = first >> 5U;
  const unsigned info = first & 31U;
  if (info < 24) return info;
  if (info > 27) return std::nullopt;
  const std::size_t size = std::size_t{1} << (info - 24);
  if (rest.size() < size) return std::nullopt;
  std::uint64_t number = 0;
  for (const char byte : rest.substr(0, size))
    number = number << 8U | static_cast<unsigned char>(byte);
  rest.remove_prefix(size);
  return number;
}

// Whether every count in this CBOR (RFC 8949) is of things that can be in it. libcbor makes room
// for as many as a head promises before it reads them: nine bytes could ask for all memory.
bool counts_are_true(std::string_view rest) {
  constexpr unsigned kBytes = 2, kText = 3, kArray = 4, kMap = 5;
  while (!rest.empty()) {
    unsigned major = 0;
    const auto number = take_head(rest, major);
    if (!number) return false;
    if (major == kBytes || major == kText) {
      if (*number > rest.size()) return false;
      rest.remove_prefix(*number);
    } else if (major == kArray || major == kMap) {
      if (*number > rest.size() / (major == kMap ? 2 : 1)) return false;
    }
  }
  return true;
}

// What follows the credential's id in a registration: its key and, perhaps, extensions.
std::optional<std::string_view> after_id(std::string_view data) {
  constexpr std::size_t kModelSize = 16;
  const std::size_t at = kHeadSize + kModelSize;
  if (data.size() < at + 2) return std::nullopt;
  const std::size_t id_size =
      static_cast<unsigned char>(data[at]) << 8U | static_cast<unsigned char>(data[at + 1]);
  if (data.size() < at + 2 + id_size) return std::nullopt;
  return data.substr(at + 2 + id_size);
}

}  // namespace

Result<ClientData> read_client_data(std::string_view json_bytes, std::string_view origin) {
  if (json_bytes.size() > kClientDataMax) return wrong("too long");
  const auto root = parse_json(json_bytes);
  if (!root || !root->is_object()) return wrong("no JSON");
  ClientData read{text_at(*root, "type").value_or(""), text_at(*root, "challenge").value_or("")};
  if (text_at(*root, "origin").value_or("") != origin) return wrong("another origin");
  const json::value* crossed = member(*root, "crossOrigin");
  if (crossed != nullptr && !(crossed->is_bool() && !crossed->get_bool()))
    return wrong("inside another site");
  return read;
}

Result<NewCredential> read_new_credential(std::string_view data, std::string_view party) {
  if (data.size() < kHeadSize || data.size() > kDataMax) return wrong("its length");
  const unsigned char flags = flags_of(data);
  if ((flags & kPresent) == 0 || (flags & kVerified) == 0 || (flags & kHasCredential) == 0)
    return wrong("the person was not verified");
  const auto structures = after_id(data);
  if (!structures || !counts_are_true(*structures)) return wrong("its data");
  const std::unique_ptr<fido_cred_t, FreeCredential> credential(fido_cred_new());
  CHECK(credential != nullptr);
  const std::string name(party);
  if (fido_cred_set_type(credential.get(), COSE_ES256) != FIDO_OK ||
      fido_cred_set_rp(credential.get(), name.c_str(), nullptr) != FIDO_OK ||
      fido_cred_set_authdata_raw(credential.get(), bytes(data), data.size()) != FIDO_OK)
    return wrong("its data");
  // libfido2 compares the party's hash when it verifies an attestation, and we ask for none.
  const std::string hash = crypto::sha256(party);
  if (data.substr(0, hash.size()) != hash) return wrong("another site");
  const unsigned char* id = fido_cred_id_ptr(credential.get());
  const unsigned char* key = fido_cred_pubkey_ptr(credential.get());
  const std::size_t id_size = fido_cred_id_len(credential.get());
  if (id == nullptr || key == nullptr || id_size == 0 || id_size > 1023 ||
      fido_cred_pubkey_len(credential.get()) != 64)
    return wrong("its key");
  return NewCredential{std::string(reinterpret_cast<const char*>(id), id_size),
                       std::string(reinterpret_cast<const char*>(key), 64)};
}

Result<std::int64_t> verify_assertion(const Assertion& given, std::string_view party) {
  const auto refused = fail(ErrorKind::forbidden, "This passkey is not accepted.");
  if (given.authenticator_data.size() < kHeadSize || given.authenticator_data.size() > kDataMax ||
      given.client_data.size() > kClientDataMax || given.public_key.size() != 64 ||
      !counts_are_true(std::string_view(given.authenticator_data).substr(kHeadSize)))
    return refused;
  const std::unique_ptr<fido_assert_t, FreeAssertion> assertion(fido_assert_new());
  const std::unique_ptr<es256_pk_t, FreeKey> key(es256_pk_new());
  CHECK(assertion != nullptr && key != nullptr);
  const std::string name(party);
  const auto* raw = assertion.get();
  if (fido_assert_set_count(assertion.get(), 1) != FIDO_OK ||
      fido_assert_set_rp(assertion.get(), name.c_str()) != FIDO_OK ||
      fido_assert_set_clientdata(assertion.get(), bytes(given.client_data),
                                 given.client_data.size()) != FIDO_OK ||
      fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE) != FIDO_OK ||
      fido_assert_set_uv(assertion.get(), FIDO_OPT_TRUE) != FIDO_OK ||
      fido_assert_set_authdata_raw(assertion.get(), 0, bytes(given.authenticator_data),
                                   given.authenticator_data.size()) != FIDO_OK ||
      fido_assert_set_sig(assertion.get(), 0, bytes(given.signature), given.signature.size()) !=
          FIDO_OK ||
      es256_pk_from_ptr(key.get(), given.public_key.data(), given.public_key.size()) != FIDO_OK ||
      fido_assert_verify(raw, 0, COSE_ES256, key.get()) != FIDO_OK)
    return refused;
  return static_cast<std::int64_t>(fido_assert_sigcount(raw, 0));
}

}  // namespace hotline::accounts
