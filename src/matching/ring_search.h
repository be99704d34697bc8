// Ring search: all hashes within a radius, from sixteen tables, exactly.
//
// Two hashes whose sixteen 16-bit chunks differ in d(0) … d(15) bits, at most r in
// all, have a chunk i with d(i) <= t(i) and d(i) + d(i+1) <= t(i) + t(i+1) + 1, for
// any whole numbers t with sum of (t(i) + 1) = r + 1 (the pigeonring principle, Qin
// and Xiao 2018: in a ring of numbers whose sum is below zero, from some place on
// all partial sums are below zero). So table i holds, bucket by bucket of chunk i,
// the next chunk of every hash as a check word: a query opens the buckets within
// t(i) bits of its own, compares the check words many at once, and only what is
// left is read whole. Where that costs more than reading everything, everything
// is read. Many queries run through the tables as one stream, each step asking
// memory for what a later one will read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "matching/hash256.h"

namespace hotline::matching {

/// Views into a segment. `begins` has been checked: it rises, and ends at `pictures`.
struct RingTables {
  const Hash256* pictures = nullptr;  ///< Permuted, by slot.
  std::uint32_t count = 0;
  bool has_tables = false;
  const std::uint64_t* weights = nullptr;  ///< 16: the sum of the squares of the bucket sizes.
  const std::uint32_t* begins = nullptr;   ///< 16 x 65,537.
  const std::uint8_t* checks = nullptr;    ///< 16 x checks_bytes.
  const std::uint8_t* lows = nullptr;      ///< 16 x lows_bytes: the low half of each entry's slot.
  const std::uint64_t* highs = nullptr;    ///< 16 x high_words: the high halves, in unary.
};

struct PictureHit {
  std::uint32_t query = 0;  ///< Its place among the queries.
  std::uint32_t slot = 0;
  std::uint16_t distance = 0;
  friend bool operator==(const PictureHit&, const PictureHit&) = default;
};

inline constexpr int kRadiusMax = 63;

/// Adds what is within radii[q] (0 to 63) of queries[q], in the segment's permutation; each hit
/// once, in order of query and slot.
void ring_search(const RingTables& tables, std::span<const Hash256> queries,
                 std::span<const std::uint8_t> radii, std::vector<PictureHit>& hits);
/// The same by reading everything.
void read_everything(const RingTables& tables, std::span<const Hash256> queries,
                     std::span<const std::uint8_t> radii, std::vector<PictureHit>& hits);

}  // namespace hotline::matching
