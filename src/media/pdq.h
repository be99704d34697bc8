// PDQ: a 256-bit hash of how a picture looks, and how near two of them are.
//
// Written from the public description. Bits equal those of the reference for the
// same pixels, since every float sum here runs in the reference's order; where
// coefficients equal the median within rounding (flat pictures, plain gradients)
// the bits mean nothing anyway, and the quality says so.
//
// Three profiles exist in the field; a hash is comparable only within one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "media/picture.h"
#include "media/tent_filter.h"

namespace hotline::media {

/// Bit i*16+j is coefficient (i, j); bit 0 is the lowest bit of words[0].
struct PdqBits {
  std::array<std::uint64_t, 4> words{};
  friend bool operator==(const PdqBits&, const PdqBits&) = default;
  /// A picture below 5 pixels hashes to zero: never to be indexed or compared.
  [[nodiscard]] bool zero() const { return *this == PdqBits{}; }
};

struct Pdq {
  PdqBits bits;
  int quality = 0;  ///< 0 to 100; below 50 the hash is not to be matched.
};

/// Profile FULL: the tent filter runs over the whole picture.
[[nodiscard]] Pdq pdq_full(const Picture& picture);
/// Profile NN512: if a side is over 512 the picture is first brought to 512 x 512 by nearest
/// neighbour, whatever its shape.
[[nodiscard]] Pdq pdq_nn512(const Picture& picture);

/// The eight hashes of a picture turned and mirrored, derived from the coefficients of profile
/// FULL. Up to some 18 bits from the hash of the really turned file: for searching, not for
/// exchange. `rotate90` is counter-clockwise, `flipx` exchanges top and bottom.
struct Dihedral {
  PdqBits original, rotate90, rotate180, rotate270, flipx, flipy, flipplus1, flipminus1;
  int quality = 0;
};
[[nodiscard]] Dihedral pdq_dihedral(const Picture& picture);

/// Of what a filter left of a picture.
[[nodiscard]] Pdq pdq_of(const Grid& grid);
[[nodiscard]] Dihedral dihedral_of(const Grid& grid);
inline constexpr std::array<std::string_view, 8> kTurnNames = {
    "original", "rotate90", "rotate180", "rotate270", "flipx", "flipy", "flipplus1", "flipminus1"};
/// In the order of kTurnNames.
[[nodiscard]] inline std::array<PdqBits, 8> all_of(const Dihedral& turns) {
  return {turns.original, turns.rotate90, turns.rotate180, turns.rotate270,
          turns.flipx,    turns.flipy,    turns.flipplus1, turns.flipminus1};
}

/// PDQF: the float coefficients themselves, of a picture of exactly 64 x 64 (CHECK): for TMK.
[[nodiscard]] std::array<float, 256> pdqf(const Picture& picture);

[[nodiscard]] int hamming(const PdqBits& a, const PdqBits& b);

/// 64 lower-case digits, the highest bit first.
[[nodiscard]] std::string text(const PdqBits& bits);
/// Upper case is taken too; nothing if it is not 64 hexadecimal digits.
[[nodiscard]] std::optional<PdqBits> parse_pdq(std::string_view text);

}  // namespace hotline::media
