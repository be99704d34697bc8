// Receipt: the code that a reporter gets once, and what can be made from it.
//
// 24 symbols of Crockford's base 32 (120 bits) in groups of four, and one check
// symbol over GF(32) that notices every wrong symbol and every two swapped ones:
// "7K2M-9QXA-D3RT-0VWZ-H5NC-8JBE-Y". We never store a receipt. From it come the
// name of its status parcel and the key pair that opens it, so that the portal's
// machine alone can read nothing, old or new.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"
#include "base/sensitive.h"

namespace hotline::intake {

class Receipt {
 public:
  /// From 15 bytes that nobody else knows.
  [[nodiscard]] static Receipt from_secret(std::string_view secret);
  /// As people type it: any script's digits, lower case, blanks and dashes anywhere, O for 0, I and
  /// L for 1, full-width letters. Error `invalid` for a wrong length, symbol or check symbol.
  [[nodiscard]] static Result<Receipt> parse(std::string_view typed);

  /// In groups, to be shown once. Sensitive by nature: never in a log.
  [[nodiscard]] std::string str() const;
  /// Where its parcel lies: 64 hex digits.
  [[nodiscard]] std::string parcel() const;
  /// What opens its parcel.
  [[nodiscard]] crypto::KeyPair keys() const;

 private:
  explicit Receipt(std::string symbols) : symbols_(std::move(symbols)) {}
  Sensitive<std::string> symbols_;  ///< The 24, upper case.
};

[[nodiscard]] bool is_parcel(std::string_view text);

}  // namespace hotline::intake
