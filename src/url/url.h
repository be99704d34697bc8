// Web addresses: what a reporter typed, and the one form we compare, store and fetch.
//
// An address is parsed once, here, the way browsers do it (WHATWG URL, http and
// https only), so that the check and the connection can never disagree about
// the host. Canonical: lower-case A-label host without its last dot, IPv4 as a
// dotted quad however it was written, default port and fragment dropped, dot
// segments resolved, escapes in upper case and only where needed, path never
// empty. canonical() of a canonical address is the same address.
//
// No look-ups: a parsed address may well be private. ip.h says which addresses
// may be reached, net/ asks the DNS. An address with a user name or password is
// refused: it is how a host is disguised.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::url {

inline constexpr std::size_t kAddressBytesMax = 8192;
inline constexpr std::size_t kAddressesPerTextMax = 20;

struct Url {
  std::string scheme;    ///< "http" or "https".
  std::string host;      ///< A-labels, dotted quad, or IPv6 in brackets.
  int port = 0;          ///< Never 0: the scheme's own port if none was given.
  std::string path;      ///< Begins with "/".
  std::string query;     ///< Without "?"; empty if there is none.
  std::string verbatim;  ///< As it was given.

  [[nodiscard]] std::string canonical() const;
  /// "https://gallery.example:8443", without a path.
  [[nodiscard]] std::string origin() const;
  /// Path and query, as a request line has them.
  [[nodiscard]] std::string target() const;
  [[nodiscard]] bool default_port() const;
  /// If the host is an IP literal.
  [[nodiscard]] std::optional<IpAddress> ip() const;
};

/// A whole address with its scheme. Error `invalid`, with a sentence that can be shown to a
/// reporter: other schemes, user names, impossible hosts or ports, more than 8 KiB.
[[nodiscard]] Result<Url> parse(std::string_view address);

/// Also takes what people send: hxxp, gallery[.]example, no scheme (http), quotes and brackets
/// around it, blanks and a full stop after it. One address; several are for addresses_in().
[[nodiscard]] Result<Url> parse_reported(std::string_view reporter_text);

/// parse_reported().canonical().
[[nodiscard]] Result<std::string> canonical_from_report(std::string_view reporter_text);

/// The addresses in a pasted text, as they stand there, in order, each canonical address once, at
/// most 20. Each of them passes parse_reported(). Words without a scheme count only if they end in
/// a known top-level domain. Looks at the first 64 KiB.
[[nodiscard]] std::vector<std::string> addresses_in(std::string_view text);

/// What a link or a Location header on `base` points to. Error `invalid` as parse().
[[nodiscard]] Result<Url> resolve_relative(const Url& base, std::string_view reference);

/// "b.example" for "a.b.example" (public suffix list); an IP literal or a suffix is its own.
[[nodiscard]] std::string registrable_domain(std::string_view host);

}  // namespace hotline::url
