#include "media/pdq.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace hotline::media {

namespace {
constexpr int kSide = 16;      ///< Frequencies kept per axis: 1 to 16.
constexpr int kSideMin = 5;    ///< Below, there is nothing to hash.
constexpr int kNearest = 512;  ///< Profile NN512.
using Coefficients = std::array<float, kSide * kSide>;

/// Rows of the DCT for frequencies 1 to 16; the constant one says nothing about the picture.
const std::array<float, kSide * kGrid>& dct_rows() {
  static const auto rows = [] {
    std::array<float, kSide * kGrid> all{};
    const double scale = std::sqrt(2.0 / kGrid);
    for (int i = 0; i < kSide; ++i) {
      for (int j = 0; j < kGrid; ++j) {
        all[static_cast<std::size_t>(i * kGrid + j)] = static_cast<float>(
            scale * std::cos(std::numbers::pi / 2 / kGrid * (i + 1) * (2 * j + 1)));
      }
    }
    return all;
  }();
  return rows;
}

/// D A D^T in float, both sums from left to right.
Coefficients dct(const Grid& grid) {
  const auto& rows = dct_rows();
  std::array<float, kSide * kGrid> half{};
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t k = 0; k < kGrid; ++k) {
      const float factor = rows[i * kGrid + k];
      for (std::size_t j = 0; j < kGrid; ++j) half[i * kGrid + j] += factor * grid[k * kGrid + j];
    }
  }
  Coefficients result{};
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t j = 0; j < kSide; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < kGrid; ++k) sum += half[i * kGrid + k] * rows[j * kGrid + k];
      result[i * kSide + j] = sum;
    }
  }
  return result;
}

PdqBits threshold(const Coefficients& coefficients) {
  // The reference's median of 256 values is the 128th smallest, not a mean of two.
  Coefficients sorted = coefficients;
  const auto middle = sorted.begin() + kSide * kSide / 2 - 1;
  std::nth_element(sorted.begin(), middle, sorted.end());
  const float median = *middle;
  PdqBits bits;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (coefficients[i] > median) bits.words[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  return bits;
}

/// How much goes on in the picture: the sum of steps between neighbours, in whole percents.
int quality(const Grid& grid) {
  int sum = 0;
  const auto step = [&](std::size_t a, std::size_t b) {
    sum += std::abs(static_cast<int>((grid[a] - grid[b]) * 100 / 255));
  };
  for (std::size_t i = 0; i < kGrid; ++i) {
    for (std::size_t j = 0; j + 1 < kGrid; ++j) {
      step(j * kGrid + i, (j + 1) * kGrid + i);
      step(i * kGrid + j, i * kGrid + j + 1);
    }
  }
  return std::min(sum / 90, 100);
}

/// `by_row` and `by_column` mirror along that axis: odd frequencies change their sign.
Coefficients turned(const Coefficients& from, bool transpose, bool by_row, bool by_column) {
  Coefficients to;
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t j = 0; j < kSide; ++j) {
      const float value = transpose ? from[j * kSide + i] : from[i * kSide + j];
      const bool negative = (by_row && i % 2 == 0) != (by_column && j % 2 == 0);
      to[i * kSide + j] = negative ? -value : value;
    }
  }
  return to;
}

Picture nearest_512(const Picture& picture) {
  Picture small = make_picture(kNearest, kNearest);
  for (int y = 0; y < kNearest; ++y) {
    const auto from_y = static_cast<std::int64_t>(y) * picture.height / kNearest;
    const std::uint8_t* from = picture.row(static_cast<int>(from_y));
    std::uint8_t* to = small.row(y);
    for (int x = 0; x < kNearest; ++x, to += 3)
      std::copy_n(from + 3 * (static_cast<std::int64_t>(x) * picture.width / kNearest), 3, to);
  }
  return small;
}
}  // namespace

Pdq pdq_of(const Grid& grid) {
  return {threshold(dct(grid)), quality(grid)};
}

Pdq pdq_full(const Picture& picture) {
  if (picture.width < kSideMin || picture.height < kSideMin) return {};
  const bool exact = picture.width == kGrid && picture.height == kGrid;
  return pdq_of(exact ? luma_grid(picture) : tent_filter(picture));
}

Pdq pdq_nn512(const Picture& picture) {
  if (picture.width <= kNearest && picture.height <= kNearest) return pdq_full(picture);
  return pdq_full(nearest_512(picture));
}

Dihedral pdq_dihedral(const Picture& picture) {
  if (picture.width < kSideMin || picture.height < kSideMin) return {};
  return dihedral_of(tent_filter(picture));
}

Dihedral dihedral_of(const Grid& grid) {
  const Coefficients all = dct(grid);
  const auto bits = [&](bool transpose, bool by_row, bool by_column) {
    return threshold(turned(all, transpose, by_row, by_column));
  };
  return {.original = bits(false, false, false),
          .rotate90 = bits(true, true, false),
          .rotate180 = bits(false, true, true),
          .rotate270 = bits(true, false, true),
          .flipx = bits(false, true, false),
          .flipy = bits(false, false, true),
          .flipplus1 = bits(true, false, false),
          .flipminus1 = bits(true, true, true),
          .quality = quality(grid)};
}

std::array<float, 256> pdqf(const Picture& picture) {
  return dct(luma_grid(picture));
}

int hamming(const PdqBits& a, const PdqBits& b) {
  int distance = 0;
  for (std::size_t i = 0; i < a.words.size(); ++i)
    distance += std::popcount(a.words[i] ^ b.words[i]);
  return distance;
}

std::string text(const PdqBits& bits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(64);
  for (std::size_t word = bits.words.size(); word-- > 0;) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[bits.words[word] >> shift & 15];
  }
  return out;
}

std::optional<PdqBits> parse_pdq(std::string_view text) {
  if (text.size() != 64) return std::nullopt;
  PdqBits bits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    bits.words[3 - i / 16] |= static_cast<std::uint64_t>(digit) << (60 - 4 * (i % 16));
  }
  return bits;
}

}  // namespace hotline::media
