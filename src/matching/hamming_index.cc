#include "matching/hamming_index.h"

#include <algorithm>
#include <bit>

#include "matching/check_scan.h"

namespace hotline::matching {

namespace {

/// All 16-bit words with at most three bits set, fewest first: xor with a chunk gives its
/// neighbours. The first 1, 17, 137 and 697 are those within 0, 1, 2 and 3 bits.
struct Neighbours {
  std::array<std::uint16_t, 697> masks{};
  constexpr Neighbours() {
    std::size_t count = 0;
    for (int bits = 0; bits <= 3; ++bits)
      for (std::uint32_t word = 0; word < 65536; ++word)
        if (std::popcount(word) == bits) masks[count++] = static_cast<std::uint16_t>(word);
  }
};
const Neighbours kNeighbours;
constexpr std::array<std::size_t, 4> kProbes = {1, 17, 137, 697};
constexpr int kRadiusMax = 63;  ///< Of the tables: three bits a chunk.

// What the tables cost beside reading everything, in units of one whole hash read in order.
constexpr std::size_t kCostOfProbe = 8;
constexpr std::size_t kEntriesPerUnit = 6;

constexpr std::size_t kTailMin = 4096;
constexpr std::size_t kCheckPadding = 16;

void sort_hits(std::vector<HammingIndex::Hit>& hits) {
  std::sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
  hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
}

}  // namespace

HammingIndex::Slot HammingIndex::take_slot(const Hash256& hash) {
  Slot slot;
  if (free_.empty()) {
    slot = static_cast<Slot>(hashes_.size());
    hashes_.push_back(hash);
  } else {
    slot = free_.back();
    free_.pop_back();
    hashes_[slot] = hash;
  }
  tail_.push_back(slot);
  ++used_;
  return slot;
}

Result<HammingIndex::Slot> HammingIndex::add(const Hash256& hash) {
  if (hash.is_zero()) return fail(ErrorKind::invalid, "The zero hash is never indexed.");
  const Slot slot = take_slot(hash);
  build_if_due();
  return slot;
}

std::vector<HammingIndex::Slot> HammingIndex::add_all(std::span<const Hash256> hashes) {
  std::vector<Slot> slots;
  slots.reserve(hashes.size());
  for (const auto& hash : hashes) {
    CHECK(!hash.is_zero());
    slots.push_back(take_slot(hash));
  }
  build_if_due();
  return slots;
}

void HammingIndex::remove(Slot slot) {
  CHECK(slot < hashes_.size() && !hashes_[slot].is_zero());
  hashes_[slot] = Hash256{};
  --used_;
  const auto in_tail = std::find(tail_.begin(), tail_.end(), slot);
  if (in_tail == tail_.end()) {
    removed_.push_back(slot);
    build_if_due();
    return;
  }
  *in_tail = tail_.back();
  tail_.pop_back();
  free_.push_back(slot);
}

void HammingIndex::build_if_due() {
  const std::size_t waiting = tail_.size() + removed_.size();
  if (waiting > std::max(kTailMin, in_tables_ / 8)) build();
}

void HammingIndex::build() {
  // So few are read faster than 16 tables are opened, and 4 MB of empty buckets are saved.
  if (tables_.empty() && used_ < kTailMin) return;
  free_.insert(free_.end(), removed_.begin(), removed_.end());
  removed_.clear();
  tail_.clear();
  in_tables_ = used_;
  tables_.resize(kTables);
  for (int number = 0; number < kTables; ++number) build_table(number);
}

void HammingIndex::build_table(int number) {
  Table& table = tables_[static_cast<std::size_t>(number)];
  table.begin.assign(kBuckets + 1, 0);
  table.checks.assign(used_ + kCheckPadding, 0);
  table.slots.assign(used_, 0);
  const int next = (number + 1) % kTables;
  for (const auto& hash : hashes_)
    if (!hash.is_zero()) ++table.begin[hash.chunk(number) + 1U];
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
    table.begin[bucket + 1] += table.begin[bucket];
  std::vector<std::uint32_t> place(table.begin.begin(), table.begin.end() - 1);
  for (Slot slot = 0; slot < hashes_.size(); ++slot) {
    const Hash256& hash = hashes_[slot];
    if (hash.is_zero()) continue;
    const std::uint32_t at = place[hash.chunk(number)]++;
    table.checks[at] = hash.chunk(next);
    table.slots[at] = slot;
  }
}

bool HammingIndex::tables_pay(int radius) const {
  if (radius > kRadiusMax || in_tables_ == 0) return false;
  const std::size_t probes = kTables * kProbes[static_cast<std::size_t>(radius / 16)];
  const std::size_t entries = probes * in_tables_ / kBuckets;
  return probes * kCostOfProbe + entries / kEntriesPerUnit < in_tables_;
}

void HammingIndex::verify(const Hash256& query, int radius, Slot slot,
                          std::vector<Hit>& hits) const {
  const Hash256& hash = hashes_[slot];
  const int bits = distance(query, hash);
  if (bits <= radius && !hash.is_zero()) hits.push_back({slot, bits});
}

/// Candidates whose whole hashes are on their way from memory while more are looked for.
class HammingIndex::Candidates {
 public:
  Candidates(const HammingIndex& index, const Hash256& query, int radius, std::vector<Hit>& hits)
      : index_(index), query_(query), radius_(radius), hits_(hits) {}
  void add(Slot slot) {
    __builtin_prefetch(&index_.hashes_[slot]);
    waiting_[count_++] = slot;
    if (count_ == waiting_.size()) verify();
  }
  void verify() {
    for (std::size_t i = 0; i < count_; ++i) index_.verify(query_, radius_, waiting_[i], hits_);
    count_ = 0;
  }

 private:
  const HammingIndex& index_;
  const Hash256& query_;
  int radius_;
  std::vector<Hit>& hits_;
  std::array<Slot, 64> waiting_{};
  std::size_t count_ = 0;
};

void HammingIndex::find_in_tables(const Hash256& query, int radius, std::vector<Hit>& hits) const {
  const std::size_t probes = kProbes[static_cast<std::size_t>(radius / 16)];
  const int pair_max = radius / 8;
  const CheckScan scan = best_check_scan();
  struct Run {
    std::uint32_t begin, end;
  };
  std::array<std::array<Run, 697>, 2> runs;
  std::array<std::uint16_t, kCheckBatch> found;
  Candidates candidates(*this, query, radius, hits);
  // Three steps over the tables, each one table behind the last, so that none waits for memory:
  // ask for the bucket's borders; read them and ask for its check words; read those.
  for (int step = 0; step < kTables + 2; ++step) {
    if (step < kTables) {
      const auto& table = tables_[static_cast<std::size_t>(step)];
      const std::uint16_t chunk = query.chunk(step);
      for (std::size_t i = 0; i < probes; ++i)
        __builtin_prefetch(&table.begin[chunk ^ kNeighbours.masks[i]]);
    }
    if (const int number = step - 1; number >= 0 && number < kTables) {
      const auto& table = tables_[static_cast<std::size_t>(number)];
      const std::uint16_t chunk = query.chunk(number);
      auto& ahead = runs[static_cast<std::size_t>(number % 2)];
      for (std::size_t i = 0; i < probes; ++i) {
        const std::uint32_t* border = &table.begin[chunk ^ kNeighbours.masks[i]];
        ahead[i] = {border[0], border[1]};
        __builtin_prefetch(&table.checks[border[0]]);
      }
    }
    if (const int number = step - 2; number >= 0) {
      const auto& table = tables_[static_cast<std::size_t>(number)];
      const auto& now = runs[static_cast<std::size_t>(number % 2)];
      const std::uint16_t wanted = query.chunk((number + 1) % kTables);
      for (std::size_t i = 0; i < probes; ++i) {
        const int limit = pair_max - std::popcount(kNeighbours.masks[i]);
        for (std::uint32_t at = now[i].begin; at < now[i].end; at += kCheckBatch) {
          const std::size_t count = std::min<std::size_t>(kCheckBatch, now[i].end - at);
          const std::size_t kept = scan(&table.checks[at], count, wanted, limit, found.data());
          for (std::size_t k = 0; k < kept; ++k) candidates.add(table.slots[at + found[k]]);
        }
      }
    }
  }
  candidates.verify();
}

std::vector<HammingIndex::Hit> HammingIndex::find(const Hash256& query, int radius) const {
  if (!tables_pay(radius)) return find_by_reading_all(query, radius);
  std::vector<Hit> hits;
  if (query.is_zero()) return hits;
  find_in_tables(query, radius, hits);
  for (const Slot slot : tail_) verify(query, radius, slot, hits);
  sort_hits(hits);
  return hits;
}

std::vector<HammingIndex::Hit> HammingIndex::find_by_reading_all(const Hash256& query,
                                                                 int radius) const {
  std::vector<Hit> hits;
  if (query.is_zero()) return hits;
  for (Slot slot = 0; slot < hashes_.size(); ++slot) verify(query, radius, slot, hits);
  return hits;
}

std::size_t HammingIndex::memory_bytes() const {
  std::size_t bytes = hashes_.capacity() * sizeof(Hash256);
  bytes += (tail_.capacity() + free_.capacity() + removed_.capacity()) * sizeof(Slot);
  for (const auto& table : tables_)
    bytes += table.begin.capacity() * sizeof(std::uint32_t) +
             table.checks.capacity() * sizeof(std::uint16_t) +
             table.slots.capacity() * sizeof(Slot);
  return bytes;
}

}  // namespace hotline::matching
