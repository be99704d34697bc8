// Fingerprints: by what the same site is known again when it comes back under another name.
//
// Whoever moves a site to a new name copies its template: the nesting of its
// tags, the names of its scripts and styles, its favicon, its wallets. Pictures
// and words change with every page and are left out. Values, and a scan of the
// page that runs nothing; who compares cases with each other is tracing's and
// takedown's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hotline::net {

struct PageMarks {
  std::string structure;  ///< Simhash of the tags' order, 16 hex digits; empty for a small page.
  std::string paths;      ///< Of the scripts' and styles' names, 16 hex digits; empty if too few.
  std::string favicon;    ///< Address in <link rel=icon>, as it stands there.
  std::vector<std::string> payments;  ///< SHA-256 of each wallet on the page, hex; at most 10.
};

/// Looks at the first 2 MiB. Time is linear in the length.
[[nodiscard]] PageMarks read_marks(std::string_view html);

/// Bits that differ, 0 to 64; 64 if either is no fingerprint. Two pages of one template are mostly
/// within kNearBits, two pages of different templates mostly beyond 20.
[[nodiscard]] int mark_distance(std::string_view a, std::string_view b);
inline constexpr int kNearBits = 8;

}  // namespace hotline::net
