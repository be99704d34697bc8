// HammingIndex: all hashes within a distance of a query, exactly and fast.
//
// Two hashes within 31 bits of 256 agree, in at least one of 16 chunks of 16
// bits, up to one bit; and of those chunks one is followed (in a ring) by a
// chunk such that both together differ in at most 3 (the pigeonring principle,
// Qin and Xiao 2018). So each of 16 tables holds, bucket by bucket, the next
// chunk of every hash as a check word beside its slot: a query opens 17 buckets
// a table, compares 16 check words an instruction, and reads only the few whole
// hashes that are left. Radii of 32 to 47 and 48 to 63 open 137 and 697 buckets
// a table. Where that would cost more than reading everything (few hashes, wide
// radius, any radius above 63), everything is read: the answer is the same.
//
// Changes go to a small tail that is read whole, and the tables are made anew
// when the tail has grown to a fixed share. In memory only; not locked: one
// writer or many readers (Matcher does that).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "matching/hash256.h"

namespace hotline::matching {

class HammingIndex {
 public:
  /// Given by add(); stands for that hash until it is removed, then may be given again.
  using Slot = std::uint32_t;
  struct Hit {
    Slot slot;
    int distance;
    friend bool operator==(const Hit&, const Hit&) = default;
  };

  /// Error `invalid` for the zero hash. The same hash may be added any number of times.
  Result<Slot> add(const Hash256& hash);
  /// Many at once; the zero hash must not be among them (CHECK). Slots in the same order.
  std::vector<Slot> add_all(std::span<const Hash256> hashes);
  /// `slot` must be in use (CHECK).
  void remove(Slot slot);

  /// Every hash within `radius` (0 to 256) of `query`, in order of slot. Nothing for the zero hash.
  [[nodiscard]] std::vector<Hit> find(const Hash256& query, int radius) const;
  /// The same answer by reading everything: the yardstick of tests and benchmarks.
  [[nodiscard]] std::vector<Hit> find_by_reading_all(const Hash256& query, int radius) const;

  [[nodiscard]] const Hash256& at(Slot slot) const { return hashes_.at(slot); }
  [[nodiscard]] std::size_t size() const { return used_; }
  /// What hashes, tables and tail take.
  [[nodiscard]] std::size_t memory_bytes() const;
  /// Makes the tables of everything that is in use, now.
  void build();

 private:
  static constexpr int kTables = 16;
  static constexpr std::size_t kBuckets = 65536;
  struct Table {
    std::vector<std::uint32_t> begin;  ///< kBuckets + 1 offsets.
    std::vector<std::uint16_t>
        checks;  ///< The next chunk of each entry; 16 more at the end to read over.
    std::vector<Slot> slots;
  };

  class Candidates;

  Slot take_slot(const Hash256& hash);
  void build_if_due();
  void build_table(int number);
  void find_in_tables(const Hash256& query, int radius, std::vector<Hit>& hits) const;
  void verify(const Hash256& query, int radius, Slot slot, std::vector<Hit>& hits) const;
  [[nodiscard]] bool tables_pay(int radius) const;

  // A removed hash becomes the zero hash in its place: no flag to read, and the tables stay as
  // they are. Its slot is given again only once the tables do not name it any more.
  std::vector<Hash256> hashes_;
  std::vector<Slot> tail_;     ///< In use, not in the tables.
  std::vector<Slot> free_;     ///< Not in the tables, may be given again.
  std::vector<Slot> removed_;  ///< Removed, still named by the tables.
  std::vector<Table> tables_;
  std::size_t in_tables_ = 0;
  std::size_t used_ = 0;
};

}  // namespace hotline::matching
