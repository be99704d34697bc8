// The benign check: would this PDQ hash stop pictures of people who did nothing?
//
// A hash that goes to members is acted on by machines, on billions of pictures
// that nobody of ours sees. So before it is listed it is tried against hashes of
// pictures that are known to be harmless (a set that a hotline adds to), and
// against its own neighbourhood: a hash that lies near many different pictures
// says too little. Digests of exact bytes need no such check.
#pragma once

#include <string>
#include <string_view>

#include "matching/hamming_index.h"
#include "matching/known.h"

namespace hotline::matching {

/// Why a PDQ hash is not listed; spelled as stored and sent.
enum class PdqRefusal : std::uint8_t {
  none,
  low_quality,   ///< Too little in the picture: flat, dark, tiny.
  benign,        ///< A harmless picture lies within kNearDistance, upright, mirrored or turned.
  over_general,  ///< Near to too many different pictures, or nearly all bits alike.
};
[[nodiscard]] std::string_view name(PdqRefusal refusal);

/// So many other clusters within kNearDistance make a hash over-general.
inline constexpr int kNeighboursMax = 3;

class BenignSet {
 public:
  /// A text file: 64 hex digits a line; empty lines and lines with '#' are skipped. Error
  /// `not_found` if it cannot be read, `invalid` with the number of a wrong line.
  [[nodiscard]] static Result<BenignSet> load(const std::string& path);
  /// `text` as in the file.
  [[nodiscard]] static Result<BenignSet> parse(std::string_view text);

  /// `neighbours`: other clusters within kNearDistance, see Clustering::neighbours().
  [[nodiscard]] PdqRefusal check(std::string_view pdq, int quality, int neighbours) const;
  [[nodiscard]] std::size_t size() const { return pictures_.size(); }

 private:
  HammingIndex pictures_;
};

}  // namespace hotline::matching
