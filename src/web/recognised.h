// What somebody has pasted into the find box.
//
// Told apart by form alone: an address (defanged or not), a case's or a notice's
// reference, a digest, a picture's PDQ, an IP address, a host, a mailbox, a
// reporter's receipt. 64 hex digits may be a SHA-256 or a PDQ: both are looked for.
// A receipt is recognised so that nobody tries it elsewhere, and never looked up:
// it belongs to the reporter.
#pragma once

#include <string>
#include <string_view>

namespace hotline::web {

/// Spelled as printed.
enum class Pasted : std::uint8_t {
  nothing,
  address,
  reference,
  receipt,
  md5,
  sha1,
  sha256_or_pdq,
  ip,
  host,
  mailbox,
  words
};
struct Recognised {
  Pasted what = Pasted::nothing;
  std::string value;  ///< Cleaned: refanged, lower-case where case says nothing.
};
[[nodiscard]] Recognised recognise(std::string_view pasted);
[[nodiscard]] std::string_view words_of(Pasted what);

}  // namespace hotline::web
