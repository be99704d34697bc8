#include "assessment/stacks.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <optional>

namespace hotline::assessment {

namespace {

// Of 256 bits. Matching calls 31 near; one decision for all asks for twice as much likeness.
constexpr int kDistanceMax = 15;
// Below this, the published advice for PDQ is not to match at all.
constexpr int kQualityMin = 50;

using Bits = std::array<std::uint64_t, 4>;

std::optional<Bits> bits_of(const Fingerprint& picture) {
  if (picture.quality < kQualityMin || picture.pdq.size() != 64) return std::nullopt;
  Bits bits{};
  for (std::size_t i = 0; i < bits.size(); ++i) {
    const char* begin = picture.pdq.data() + i * 16;
    const auto read = std::from_chars(begin, begin + 16, bits.at(i), 16);
    if (read.ptr != begin + 16) return std::nullopt;
  }
  return bits;
}

int distance(const Bits& a, const Bits& b) {
  int sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::popcount(a.at(i) ^ b.at(i));
  return sum;
}

}  // namespace

std::vector<std::size_t> stacks_of(const std::vector<Fingerprint>& pictures) {
  std::vector<std::size_t> first(pictures.size());
  std::vector<std::pair<std::size_t, Bits>> leaders;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    first[i] = i;
    const auto bits = bits_of(pictures[i]);
    if (!bits) continue;
    bool joined = false;
    for (const auto& [place, leader] : leaders) {
      if (distance(*bits, leader) > kDistanceMax) continue;
      first[i] = place;
      joined = true;
      break;
    }
    if (!joined) leaders.emplace_back(i, *bits);
  }
  return first;
}

}  // namespace hotline::assessment
