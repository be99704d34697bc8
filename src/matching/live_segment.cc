#include "matching/live_segment.h"

#include <algorithm>
#include <bit>

#include "matching/bit_permutation.h"
#include "matching/kernels.h"

namespace hotline::matching {

namespace {

// Zero bytes are zero atomics: the pages come from the kernel when they are first used.
std::atomic<std::uint32_t>* zeros(std::size_t count) {
  void* memory = std::calloc(count, sizeof(std::atomic<std::uint32_t>));
  CHECK(memory != nullptr);
  return static_cast<std::atomic<std::uint32_t>*>(memory);
}

/// So few are read faster than the tables are opened.
constexpr std::uint32_t kTablesFrom = 96;

struct Mask {
  std::uint16_t word;
  std::int8_t bits;
};
/// All xor masks with at most three bits, fewest first.
const std::vector<Mask>& masks() {
  static const std::vector<Mask> all = [] {
    std::vector<Mask> made;
    for (int bits = 0; bits <= 3; ++bits)
      for (std::uint32_t word = 0; word < 65536; ++word)
        if (std::popcount(word) == bits)
          made.push_back({static_cast<std::uint16_t>(word), static_cast<std::int8_t>(bits)});
    return made;
  }();
  return all;
}
/// Of each byte: the instruction for it is not everywhere.
constexpr std::array<std::int8_t, 256> kBitsOf = [] {
  std::array<std::int8_t, 256> bits{};
  for (unsigned i = 0; i < 256; ++i) bits[i] = static_cast<std::int8_t>(std::popcount(i));
  return bits;
}();
constexpr std::array<std::size_t, 4> kProbes = {1, 17, 137, 697};

/// Neighbouring bits of a PDQ hash say much the same: dealt to different chunks they spread rows
/// over more buckets. Distances stay what they are.
const BitPermutation& dealt() {
  static const BitPermutation once = *BitPermutation::of(BitPermutation::dealt());
  return once;
}

}  // namespace

LiveSegment::LiveSegment()
    : heads_(zeros(kTables * kBuckets)),
      used_(std::make_unique<std::atomic<std::uint64_t>[]>(kTables * kBuckets / 64)),
      id_heads_(zeros(kBuckets)) {
  for (auto& heads : digest_heads_) heads.reset(zeros(kBuckets));
}
LiveSegment::~LiveSegment() = default;

void LiveSegment::add(const Entry& entry, bool picture_can_match) {
  const std::uint32_t slot = count_.load(std::memory_order_relaxed);
  CHECK(slot < kCapacity);
  auto& block = blocks_[slot / kRowsABlock];
  if (!block) block = std::make_unique<Block>();
  Row& row = (*block)[slot % kRowsABlock];
  row.entry = entry;
  row.picture = picture_can_match;
  link(slot);
  if (picture_can_match) pictures_.fetch_add(1, std::memory_order_relaxed);
  count_.store(slot + 1, std::memory_order_release);
}

void LiveSegment::link(std::uint32_t slot) {
  Row& row = (*blocks_[slot / kRowsABlock])[slot % kRowsABlock];
  for (const auto kind : kDigestKinds) {
    const auto digest = digest_of(row.entry.digests, kind);
    if (digest.empty()) continue;
    const auto number = static_cast<std::size_t>(kind);
    auto& head = digest_heads_[number][digest_bucket(digest)];
    row.next_digest[number] = head.load(std::memory_order_relaxed);
    head.store(slot + 1, std::memory_order_release);
  }
  auto& head = id_heads_[id_bucket(row.entry.id)];
  row.next_id = head.load(std::memory_order_relaxed);
  head.store(slot + 1, std::memory_order_release);
  if (!row.picture) return;
  const Hash256 hash = dealt().apply(row.entry.picture);
  for (std::size_t table = 0; table < kTables; ++table) {
    const std::size_t bucket = table * kBuckets + hash.chunk(static_cast<int>(table));
    auto& word = used_[bucket / 64];
    const std::uint64_t bit = std::uint64_t{1} << (bucket % 64);
    const bool more = (word.load(std::memory_order_relaxed) & bit) != 0;
    if (more) row.next[table] = heads_[bucket].load(std::memory_order_relaxed);
    const std::uint16_t check = hash.chunk(static_cast<int>((table + 1) % kTables));
    heads_[bucket].store(link_to(slot, more, check), std::memory_order_release);
    if (!more) word.store(word.load(std::memory_order_relaxed) | bit, std::memory_order_release);
  }
}

std::optional<std::uint32_t> LiveSegment::slot_of(EntryId id) const {
  for (std::uint32_t at = id_heads_[id_bucket(id)].load(std::memory_order_acquire); at != 0;
       at = row(at - 1).next_id)
    if (row(at - 1).entry.id == id && !removed(at - 1)) return at - 1;
  return std::nullopt;
}

void LiveSegment::remove(std::uint32_t slot) {
  (*blocks_[slot / kRowsABlock])[slot % kRowsABlock].removed.store(true, std::memory_order_release);
}

void LiveSegment::find_one(std::uint32_t number, const Hash256& query, int radius,
                           std::vector<PictureHit>& hits) const {
  const auto& distance = kernels().distance;
  const auto look = [&](std::uint32_t slot) {
    const int bits = distance(query, row(slot).entry.picture);
    if (bits <= radius) hits.push_back({number, slot, static_cast<std::uint16_t>(bits)});
  };
  const std::uint32_t count = entries();
  const auto width = static_cast<std::size_t>(radius / 16);
  if (count < kTablesFrom || kTables * kProbes[width] > 2 * std::size_t{count}) {
    for (std::uint32_t slot = 0; slot < count; ++slot)
      if (row(slot).picture) look(slot);
    return;
  }
  // Sixteen chunks, at most `radius` bits: one of them differs in at most radius / 16, and with the
  // next one in at most twice that and one (ring_search.h). The bits first, then the links.
  struct Bucket {
    std::uint32_t place;
    std::uint16_t wanted;
    std::int8_t limit;
  };
  static thread_local std::vector<Bucket> kept(kTables * kProbes.back());
  Bucket* const buckets = kept.data();
  std::size_t opened = 0;
  const Mask* const all_masks = masks().data();
  const auto limit = static_cast<int>(2 * width + 1);
  const Hash256 spread = dealt().apply(query);
  for (std::size_t table = 0; table < kTables; ++table) {
    const std::uint16_t chunk = spread.chunk(static_cast<int>(table));
    const std::uint16_t wanted = spread.chunk(static_cast<int>((table + 1) % kTables));
    const std::atomic<std::uint64_t>* used = &used_[table * kBuckets / 64];
    for (std::size_t i = 0; i < kProbes[width]; ++i) {
      const Mask mask = all_masks[i];
      const std::size_t bucket = chunk ^ mask.word;
      // Written whether it is used or not: a branch here would be guessed wrong every time.
      buckets[opened] = {static_cast<std::uint32_t>(table * kBuckets + bucket), wanted,
                         static_cast<std::int8_t>(limit - mask.bits)};
      opened += used[bucket / 64].load(std::memory_order_acquire) >> (bucket % 64) & 1;
    }
  }
  for (std::size_t i = 0; i < opened; ++i) __builtin_prefetch(&heads_[buckets[i].place]);
  for (std::size_t i = 0; i < opened; ++i) {
    const Bucket& bucket = buckets[i];
    for (std::uint32_t link = heads_[bucket.place].load(std::memory_order_acquire);;) {
      const std::uint32_t slot = link % kMore;
      if (kBitsOf[(link >> 16 ^ bucket.wanted) & 255] +
              kBitsOf[(link >> 16 ^ bucket.wanted) >> 8] <=
          bucket.limit)
        look(slot);
      if ((link & kMore) == 0) break;
      link = row(slot).next[bucket.place / kBuckets];
    }
  }
}

void LiveSegment::find_pictures(std::span<const Hash256> queries,
                                std::span<const std::uint8_t> radii,
                                std::vector<PictureHit>& hits) const {
  if (pictures() == 0) return;
  const auto from = static_cast<std::ptrdiff_t>(hits.size());
  for (std::size_t i = 0; i < queries.size(); ++i)
    find_one(static_cast<std::uint32_t>(i), queries[i], radii[i], hits);
  const auto begin = hits.begin() + from;
  std::sort(begin, hits.end(), [](const PictureHit& a, const PictureHit& b) {
    return a.query != b.query ? a.query < b.query : a.slot < b.slot;
  });
  hits.erase(std::unique(begin, hits.end()), hits.end());
}

std::uint64_t LiveSegment::bytes() const {
  const std::uint64_t blocks = (entries() + kRowsABlock - 1) / kRowsABlock;
  // Heads are counted as if every page of theirs were in use.
  return blocks * sizeof(Block) + kTables * kBuckets * 4 + kTables * kBuckets / 8;
}

}  // namespace hotline::matching
