// What a look-up sees: the segments, the live segments and the lists of one moment.
//
// A snapshot never changes; marks of removal and what is added to the last live
// segment are seen through it. Made and swapped by index.cc, read by index_lookup.cc.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "matching/index.h"
#include "matching/live_segment.h"
#include "matching/segment.h"

namespace hotline::matching {

/// A mark for each slot of a segment, set by the writer, read by all.
class RemovedMarks {
 public:
  explicit RemovedMarks(std::uint32_t slots)
      : slots_(slots), words_(std::make_unique<std::atomic<std::uint64_t>[]>(slots / 64 + 1)) {}
  [[nodiscard]] bool at(std::uint32_t slot) const {
    return words_[slot / 64].load(std::memory_order_acquire) >> (slot % 64) & 1;
  }
  /// Writer only; a second time changes nothing.
  void set(std::uint32_t slot) {
    if (slot >= slots_ || at(slot)) return;
    words_[slot / 64].fetch_or(std::uint64_t{1} << (slot % 64), std::memory_order_release);
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t count() const { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<std::uint32_t> slots() const {
    std::vector<std::uint32_t> all;
    if (count() == 0) return all;
    for (std::uint32_t slot = 0; slot < slots_; ++slot)
      if (at(slot)) all.push_back(slot);
    return all;
  }

 private:
  std::uint32_t slots_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> words_;
  std::atomic<std::uint32_t> count_{0};
};

struct SnapshotPart {
  std::uint64_t number = 0;  ///< Of its file.
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<RemovedMarks> removed;
};

struct SnapshotLive {
  std::uint64_t journal = 0;  ///< The first journal whose changes it holds.
  std::shared_ptr<LiveSegment> segment;
};

struct Snapshot {
  std::vector<SnapshotPart> parts;  ///< Oldest first.
  std::vector<SnapshotLive> lives;  ///< Oldest first; the last takes what is added.
  std::vector<ListRule> lists;
};

/// In the order of the queries. Segments are read before live ones: an entry that is replaced
/// meanwhile is found in its old place or its new one, or in both and then given once.
[[nodiscard]] std::vector<Answer> look_up(const Snapshot& snapshot, std::span<const Query> queries);

}  // namespace hotline::matching
