#include "intake/vault.h"

#include "base/json.h"
#include "base/text.h"

namespace hotline::intake {

namespace {

std::string context_of(std::string_view parcel_id) {
  return "contact vault: " + std::string(parcel_id);
}

}  // namespace

Result<Vault> Vault::open(const std::string& keys_folder) {
  TRY(key, crypto::key_file(keys_folder + "/vault.key"));
  TRY(access, AccessSafe::open(keys_folder));
  return Vault(std::move(key), std::move(access));
}

std::string Vault::seal(std::string_view parcel_id, const Contact& contact) const {
  const auto text = json::serialize(
      json::object{{"email", contact.email.reveal()}, {"language", contact.language}});
  return base64(crypto::seal(key_, text, context_of(parcel_id)));
}

Result<Contact> Vault::unseal(std::string_view parcel_id, std::string_view sealed) const {
  TRY(bytes, unbase64(sealed));
  TRY(text, crypto::open(key_, bytes, context_of(parcel_id)));
  TRY(value, parse_json(text));
  const auto email = text_at(value, "email");
  const auto language = text_at(value, "language");
  if (!email || !language) return fail(ErrorKind::corrupt, "A contact is not one of ours.");
  return Contact{Sensitive<std::string>(*email), *language};
}

}  // namespace hotline::intake
