// Scanning check words: which of a run of 16-bit words differ little from one.
//
// The inner loop of HammingIndex, in a form for every processor and one for
// AVX2; both give the same answer, and the one that runs is chosen at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hotline::matching {

/// So many words at most in one call: their places fit in the caller's array.
inline constexpr std::size_t kCheckBatch = 256;

/// Writes the places (0 …) of the `count` words that differ from `wanted` in at most `limit` bits
/// and gives how many there are. May read, but not use, 15 words beyond the end.
using CheckScan = std::size_t (*)(const std::uint16_t* words, std::size_t count,
                                  std::uint16_t wanted, int limit, std::uint16_t* places);

std::size_t check_scan_plain(const std::uint16_t* words, std::size_t count, std::uint16_t wanted,
                             int limit, std::uint16_t* places);
/// The fastest that this processor can run.
[[nodiscard]] CheckScan best_check_scan();

}  // namespace hotline::matching
