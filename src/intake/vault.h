// The contact vault: who wants to hear from us, apart from everything else.
//
// Rows are sealed under keys/vault.key, a key that no other part of the hotline
// opens; a row is found by the receipt's parcel id, never by case or report.
// Erasing a row breaks nothing: the report stays, the mails end.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"
#include "base/sensitive.h"
#include "intake/access.h"

namespace hotline::intake {

struct Contact {
  Sensitive<std::string> email;
  std::string language;
};

class Vault {
 public:
  /// Its key and that of the reporters' passwords, which lie beside each other; both are made if
  /// missing.
  [[nodiscard]] static Result<Vault> open(const std::string& keys_folder);
  /// Base64, bound to the parcel id.
  [[nodiscard]] std::string seal(std::string_view parcel_id, const Contact& contact) const;
  [[nodiscard]] Result<Contact> unseal(std::string_view parcel_id, std::string_view sealed) const;

  [[nodiscard]] const AccessSafe& access() const { return access_; }

 private:
  Vault(crypto::Key key, AccessSafe access) : key_(std::move(key)), access_(std::move(access)) {}
  crypto::Key key_;
  AccessSafe access_;
};

}  // namespace hotline::intake
