// LiveSegment: the latest entries, found at once while more come in.
//
// One writer adds (the index's lock), any number of readers look, none of them
// waits: an entry is written whole before it is linked to where readers find it,
// and what is linked stays. Sixteen tables of chains by 16-bit chunk, each with a
// bit a bucket in front: most look-ups read the bits only. A link carries the next
// chunk as a check word (ring_search.h), so that few rows are read. Nothing is ever moved
// or taken away; what is removed is marked. When it is full, a new one takes its
// place, and this one becomes part of a segment.
#pragma once

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "matching/index.h"
#include "matching/ring_search.h"
#include "matching/segment.h"

namespace hotline::matching {

class LiveSegment {
 public:
  static constexpr std::uint32_t kCapacity = 32768;

  LiveSegment();
  ~LiveSegment();
  LiveSegment(const LiveSegment&) = delete;
  LiveSegment& operator=(const LiveSegment&) = delete;

  // Writer only. There must be room; the id must not stand here.
  [[nodiscard]] bool full() const { return count_.load(std::memory_order_relaxed) == kCapacity; }
  void add(const Entry& entry, bool picture_can_match);
  void remove(std::uint32_t slot);

  // Any thread.
  /// The slot of the newest version that stands here.
  [[nodiscard]] std::optional<std::uint32_t> slot_of(EntryId id) const;
  [[nodiscard]] std::uint32_t entries() const { return count_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint32_t pictures() const { return pictures_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Entry& entry(std::uint32_t slot) const { return row(slot).entry; }
  [[nodiscard]] bool removed(std::uint32_t slot) const {
    return row(slot).removed.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool has_picture(std::uint32_t slot) const { return row(slot).picture; }
  /// Removed ones too; each hit once.
  void find_pictures(std::span<const Hash256> queries, std::span<const std::uint8_t> radii,
                     std::vector<PictureHit>& hits) const;
  /// Calls use(slot), for removed ones too.
  template <class Use>
  void find_digest(DigestKind kind, std::span<const std::uint8_t> digest, Use&& use) const {
    if (digest.empty()) return;
    const auto number = static_cast<std::size_t>(kind);
    for (std::uint32_t at =
             digest_heads_[number][digest_bucket(digest)].load(std::memory_order_acquire);
         at != 0; at = row(at - 1).next_digest[number]) {
      const auto held = digest_of(row(at - 1).entry.digests, kind);
      if (std::equal(held.begin(), held.end(), digest.begin(), digest.end())) use(at - 1);
    }
  }
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  static constexpr std::size_t kTables = 16, kBuckets = 65536;
  static constexpr std::uint32_t kRowsABlock = 1024;
  struct Row {
    Entry entry;
    std::array<std::uint32_t, kTables> next{};   ///< Links, as link_to() makes them.
    std::array<std::uint32_t, 3> next_digest{};  ///< One more than a slot; 0: the end.
    std::uint32_t next_id = 0;
    bool picture = false;
    std::atomic<bool> removed{false};
  };
  using Block = std::array<Row, kRowsABlock>;
  using Heads = std::atomic<std::uint32_t>;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  [[nodiscard]] const Row& row(std::uint32_t slot) const {
    return (*blocks_[slot / kRowsABlock])[slot % kRowsABlock];
  }
  [[nodiscard]] static std::size_t digest_bucket(std::span<const std::uint8_t> digest) {
    return digest[0] | static_cast<std::size_t>(digest[1]) << 8;
  }
  [[nodiscard]] static std::size_t id_bucket(EntryId id) {
    return static_cast<std::size_t>(id * 0x9E3779B97F4A7C15ULL >> 48);
  }
  /// A link says which slot, whether that one has a link in turn, and its check word. Whether
  /// there is a first link at all is said by the bit in `used_`.
  static constexpr std::uint32_t kMore = kCapacity;
  static_assert(kCapacity == 1U << 15);
  [[nodiscard]] static std::uint32_t link_to(std::uint32_t slot, bool more, std::uint16_t check) {
    return slot | (more ? kMore : 0) | static_cast<std::uint32_t>(check) << 16;
  }
  void link(std::uint32_t slot);
  void find_one(std::uint32_t number, const Hash256& query, int radius,
                std::vector<PictureHit>& hits) const;

  std::array<std::unique_ptr<Block>, kCapacity / kRowsABlock> blocks_;
  std::atomic<std::uint32_t> count_{0}, pictures_{0};
  /// 16 x 65,536; pages that nothing hashes to are never touched.
  std::unique_ptr<Heads[], Free> heads_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> used_;  ///< A bit for each head.
  std::array<std::unique_ptr<Heads[], Free>, 3> digest_heads_;
  std::unique_ptr<Heads[], Free> id_heads_;
};

}  // namespace hotline::matching
