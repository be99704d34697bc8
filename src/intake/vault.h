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

namespace hotline::intake {

struct Contact {
  Sensitive<std::string> email;
  std::string language;
};

class Vault {
 public:
  /// The key is made if missing.
  [[nodiscard]] static Result<Vault> open(const std::string& key_path);
  /// Base64, bound to the parcel id.
  [[nodiscard]] std::string seal(std::string_view parcel_id, const Contact& contact) const;
  [[nodiscard]] Result<Contact> unseal(std::string_view parcel_id, std::string_view sealed) const;

 private:
  explicit Vault(crypto::Key key) : key_(std::move(key)) {}
  crypto::Key key_;
};

}  // namespace hotline::intake
