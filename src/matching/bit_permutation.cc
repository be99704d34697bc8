#include "matching/bit_permutation.h"

#include <bit>
#include <random>

namespace hotline::matching {

namespace {

constexpr std::size_t kSampleMin = 2048;
constexpr std::size_t kSwaps = 40000;
/// A bucket's check words are the next chunk: what goes with the bucket's own bits checks little.
constexpr double kNextChunk = 0.2;

using Costs = std::vector<std::array<float, 256>>;

/// The square of the correlation of each two bits.
Costs correlations(std::span<const Hash256> sample) {
  const std::size_t words = sample.size() / 64;
  const double count = static_cast<double>(words * 64);
  std::vector<std::vector<std::uint64_t>> columns(256, std::vector<std::uint64_t>(words));
  for (std::size_t i = 0; i < words * 64; ++i)
    for (std::size_t bit = 0; bit < 256; ++bit)
      columns[bit][i / 64] |= (sample[i].words[bit / 64] >> (bit % 64) & 1) << (i % 64);
  std::array<double, 256> share{};
  for (std::size_t bit = 0; bit < 256; ++bit) {
    int ones = 0;
    for (const auto word : columns[bit]) ones += std::popcount(word);
    share[bit] = ones / count;
  }
  Costs costs(256);
  for (std::size_t a = 0; a < 256; ++a)
    for (std::size_t b = a + 1; b < 256; ++b) {
      int both = 0;
      for (std::size_t w = 0; w < words; ++w) both += std::popcount(columns[a][w] & columns[b][w]);
      const double spread = share[a] * (1 - share[a]) * share[b] * (1 - share[b]);
      const double together = both / count - share[a] * share[b];
      const double squared = spread > 1e-6 ? together * together / spread : 1;
      costs[a][b] = costs[b][a] = static_cast<float>(squared);
    }
  return costs;
}

/// What bit `bit` costs in chunk `chunk`, beside all that stand there except `without`.
double cost_in(const Costs& costs, const BitPermutation::Places& from, std::size_t bit,
               std::size_t chunk, std::size_t without) {
  double cost = 0;
  for (const std::size_t beside : {std::size_t{0}, std::size_t{1}, std::size_t{15}}) {
    const std::size_t first = (chunk + beside) % 16 * 16;
    for (std::size_t place = first; place < first + 16; ++place)
      if (from[place] != without && from[place] != bit)
        cost += costs[bit][from[place]] * (beside == 0 ? 1 : kNextChunk);
  }
  return cost;
}

}  // namespace

BitPermutation::Places BitPermutation::dealt() {
  Places from{};
  for (std::size_t bit = 0; bit < 256; ++bit)
    from[bit % 16 * 16 + bit / 16] = static_cast<std::uint8_t>(bit);
  return from;
}

BitPermutation::Places BitPermutation::learned(std::span<const Hash256> sample) {
  Places from = dealt();
  if (sample.size() < kSampleMin) return from;
  const Costs costs = correlations(sample);
  std::mt19937 random(1);
  for (std::size_t step = 0; step < kSwaps; ++step) {
    const std::size_t a = random() % 256, b = random() % 256;
    if (a / 16 == b / 16) continue;
    const double before = cost_in(costs, from, from[a], a / 16, from[b]) +
                          cost_in(costs, from, from[b], b / 16, from[a]);
    const double after = cost_in(costs, from, from[a], b / 16, from[b]) +
                         cost_in(costs, from, from[b], a / 16, from[a]);
    if (after < before) std::swap(from[a], from[b]);
  }
  return from;
}

std::shared_ptr<const BitPermutation::Spread> BitPermutation::spread(const Places& to) {
  auto made = std::make_shared<Spread>();
  for (std::size_t byte = 0; byte < 32; ++byte)
    for (std::size_t value = 0; value < 256; ++value)
      for (std::size_t bit = 0; bit < 8; ++bit)
        if (value >> bit & 1) {
          const std::size_t place = to[byte * 8 + bit];
          (*made)[byte][value].words[place / 64] |= std::uint64_t{1} << (place % 64);
        }
  return made;
}

Hash256 BitPermutation::sum(const Spread& spread, const Hash256& hash) {
  Hash256 sum;
  for (std::size_t byte = 0; byte < 32; ++byte) {
    const Hash256& part = spread[byte][hash.words[byte / 8] >> (byte % 8 * 8) & 255];
    for (std::size_t word = 0; word < 4; ++word) sum.words[word] |= part.words[word];
  }
  return sum;
}

Result<BitPermutation> BitPermutation::of(const Places& from) {
  Places to{};
  std::array<bool, 256> seen{};
  for (std::size_t place = 0; place < 256; ++place) {
    if (seen[from[place]]) return fail(ErrorKind::corrupt, "A bit stands twice in a permutation.");
    seen[from[place]] = true;
    to[from[place]] = static_cast<std::uint8_t>(place);
  }
  BitPermutation made;
  made.from_ = from;
  made.forward_ = spread(to);
  made.back_ = spread(from);
  return made;
}

}  // namespace hotline::matching
