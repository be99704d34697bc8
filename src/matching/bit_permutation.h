// BitPermutation: which bit of a hash stands where in the index.
//
// Neighbouring bits of a PDQ hash say much the same; sixteen of them in one chunk
// would put most hashes into few buckets. So the bits are dealt to the chunks in
// such a way that those of one chunk have little to do with each other, learned
// from the hashes themselves. Distances stay what they are.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "matching/hash256.h"

namespace hotline::matching {

class BitPermutation {
 public:
  /// `from[i]`: the bit of the hash that stands at place i. Bit b is bit b % 64 of words[b / 64].
  using Places = std::array<std::uint8_t, 256>;

  /// Neighbours in sixteen different chunks.
  [[nodiscard]] static Places dealt();
  /// Learned from these; dealt() if they are too few to learn from.
  [[nodiscard]] static Places learned(std::span<const Hash256> sample);
  /// Error `corrupt` if a bit stands nowhere or twice.
  [[nodiscard]] static Result<BitPermutation> of(const Places& from);

  [[nodiscard]] const Places& places() const { return from_; }
  [[nodiscard]] Hash256 apply(const Hash256& hash) const { return sum(*forward_, hash); }
  [[nodiscard]] Hash256 undo(const Hash256& hash) const { return sum(*back_, hash); }

 private:
  /// What each value of each byte becomes.
  using Spread = std::array<std::array<Hash256, 256>, 32>;
  static std::shared_ptr<const Spread> spread(const Places& to);
  static Hash256 sum(const Spread& spread, const Hash256& hash);

  Places from_{};
  std::shared_ptr<const Spread> forward_, back_;
};

}  // namespace hotline::matching
