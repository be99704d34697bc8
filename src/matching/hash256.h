// Hash256: a 256-bit perceptual hash (PDQ) as a value.
//
// Only a value: quality stands beside it, never inside. The zero hash is what
// a hasher gives for a picture without content; it is never indexed and never
// matched. Perceptual hashes are evidence-class data: never in logs.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::matching {

struct Hash256 {
  std::array<std::uint64_t, 4> words{};  ///< words[0] holds the first 16 hex digits.

  /// 64 hex digits, either case. Error `invalid` otherwise.
  [[nodiscard]] static Result<Hash256> parse(std::string_view text);
  /// 64 lower-case hex digits.
  [[nodiscard]] std::string hex() const;

  /// The i-th of 16 chunks of 16 bits.
  [[nodiscard]] std::uint16_t chunk(int i) const {
    return static_cast<std::uint16_t>(words[static_cast<std::size_t>(i) >> 2] >> (16 * (i & 3)));
  }
  [[nodiscard]] bool is_zero() const { return (words[0] | words[1] | words[2] | words[3]) == 0; }
  friend bool operator==(const Hash256&, const Hash256&) = default;
};

/// How many of the 256 bits differ.
[[nodiscard]] inline int distance(const Hash256& a, const Hash256& b) {
  int sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += std::popcount(a.words[i] ^ b.words[i]);
  return sum;
}

}  // namespace hotline::matching
