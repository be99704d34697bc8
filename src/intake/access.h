// Passwords that reporters gave for reaching a page: sealed apart, opened by a named person.
//
// The worker seals them under keys/access.key when it files the report; the console opens one
// for an analyst, after the fact `access_opened` is written. They are in no list, log or export.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/sensitive.h"
#include "casework/casework.h"
#include "db/db.h"

namespace hotline::intake {

class AccessSafe {
 public:
  /// In a folder of keys; the key is made if missing.
  [[nodiscard]] static Result<AccessSafe> open(const std::string& keys_folder);
  /// Base64, bound to the report; empty for an empty password.
  [[nodiscard]] std::string seal(std::string_view report,
                                 const Sensitive<std::string>& password) const;
  [[nodiscard]] Result<Sensitive<std::string>> unseal(std::string_view report,
                                                      std::string_view sealed) const;

 private:
  explicit AccessSafe(crypto::Key key) : key_(std::move(key)) {}
  crypto::Key key_;
};

/// Appends who looked, then opens. Error `not_found` if none was given with this report.
[[nodiscard]] Result<Sensitive<std::string>> open_password(
    db::Database& database, const AccessSafe& safe, const casework::Case& casefile,
    const casework::ReportId& report, const casework::PersonId& person, Instant now);

}  // namespace hotline::intake
