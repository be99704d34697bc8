#include "matching/cluster.h"

namespace hotline::matching {

namespace {

// Bit i*16+j is the coefficient of row frequency i+1 and column frequency j+1, the lowest bit
// last in the text. Mirroring an axis negates its odd frequencies, which are the even i or j.
constexpr std::uint64_t kOddColumns = 0x5555555555555555ULL;
constexpr std::uint64_t kOddRows = 0x0000FFFF0000FFFFULL;

Hash256 flipped(Hash256 hash, std::uint64_t mask) {
  for (auto& word : hash.words) word ^= mask;
  return hash;
}

Hash256 transposed(const Hash256& hash) {
  const auto bit = [&](std::size_t i, std::size_t j) {
    const std::size_t at = i * 16 + j;
    return hash.words[3 - at / 64] >> (at % 64) & 1U;
  };
  Hash256 out;
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t j = 0; j < 16; ++j) {
      const std::size_t at = j * 16 + i;
      out.words[3 - at / 64] |= bit(i, j) << (at % 64);
    }
  return out;
}

}  // namespace

std::array<Hash256, 8> turned(const Hash256& hash) {
  const Hash256 other = transposed(hash);
  return {hash,
          flipped(hash, kOddColumns),
          flipped(hash, kOddRows),
          flipped(hash, kOddColumns ^ kOddRows),
          other,
          flipped(other, kOddColumns),
          flipped(other, kOddRows),
          flipped(other, kOddColumns ^ kOddRows)};
}

std::optional<Hash256> cluster_hash(const Hashes& hashes) {
  if (hashes.pdq_quality < kQualityMin) return std::nullopt;
  const auto hash = Hash256::parse(hashes.pdq);
  if (!hash || hash->is_zero()) return std::nullopt;
  return *hash;
}

std::uint32_t ClusterIndex::add(const Hash256& exemplar) {
  const auto slot = exemplars_.add(exemplar);
  CHECK(slot.has_value());
  if (cluster_of_slot_.size() <= *slot) cluster_of_slot_.resize(*slot + 1);
  cluster_of_slot_[*slot] = clusters_;
  return clusters_++;
}

std::vector<std::uint32_t> ClusterIndex::within(const Hash256& hash, int distance) const {
  std::vector<std::uint32_t> clusters;
  for (const auto& hit : exemplars_.find(hash, distance))
    clusters.push_back(cluster_of_slot_[hit.slot]);
  return clusters;
}

std::optional<ClusterHit> ClusterIndex::nearest(const Hash256& hash, int distance) const {
  const auto ways = turned(hash);
  std::optional<ClusterHit> best;
  for (std::size_t way = 0; way < ways.size(); ++way) {
    if (way == 1 && best) break;
    for (const auto& hit : exemplars_.find(ways[way], distance)) {
      const ClusterHit found{cluster_of_slot_[hit.slot], hit.distance, way != 0};
      if (!best || found.distance < best->distance ||
          (found.distance == best->distance && found.cluster < best->cluster))
        best = found;
    }
  }
  return best;
}

}  // namespace hotline::matching
