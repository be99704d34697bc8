// Kernels: the inner loops of the index, one form a processor family.
//
// All forms give the same answers; the one that runs is chosen when the program
// starts, from what the processor can do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "matching/hash256.h"

namespace hotline::matching {

/// A stretch of one table: the entries of one bucket.
struct Run {
  std::uint32_t begin, end;
};
/// An entry whose check word is near enough, and the run it stands in.
struct Found {
  std::uint32_t place, run;
};
struct NearHash {
  std::uint32_t place = 0;
  std::uint16_t distance = 0;
};

struct Kernels {
  std::string_view name;  ///< avx512, avx2, popcnt, plain.
  /// Of `count` runs, writes the places whose word differs from `wanted` in at most the run's
  /// limit; `found` has room for all entries of all runs. Gives how many.
  std::size_t (*scan)(const std::uint16_t* words, const Run* runs, const std::int8_t* limits,
                      std::size_t count, std::uint16_t wanted, Found* found);
  /// The value of the k-th (from 0) of the numbers that one bucket holds in unary, from bit
  /// `begin` on; too large for any slot if there is none within `words` words.
  std::uint32_t (*high)(const std::uint64_t* bits, std::size_t words, std::uint64_t begin,
                        std::uint32_t k);
  int (*distance)(const Hash256& a, const Hash256& b);
  /// Adds every hash within `radius`, in order.
  void (*read_all)(const Hash256* hashes, std::size_t count, const Hash256& query, int radius,
                   std::vector<NearHash>& near);
};

/// The best that this processor runs.
[[nodiscard]] const Kernels& kernels();
/// All that this processor runs, best first: for tests.
[[nodiscard]] std::vector<const Kernels*> runnable_kernels();

}  // namespace hotline::matching
