#include "matching/check_scan.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hotline::matching {

std::size_t check_scan_plain(const std::uint16_t* words, std::size_t count, std::uint16_t wanted,
                             int limit, std::uint16_t* places) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    places[kept] = static_cast<std::uint16_t>(i);
    kept += std::popcount(static_cast<std::uint16_t>(words[i] ^ wanted)) <= limit ? 1U : 0U;
  }
  return kept;
}

#if defined(__x86_64__)
namespace {

// Bits of each half byte from a table in a register (Mula, Kurz, Lemire 2016), summed to words.
__attribute__((target("avx2,bmi"))) std::size_t check_scan_avx2(const std::uint16_t* words,
                                                                std::size_t count,
                                                                std::uint16_t wanted, int limit,
                                                                std::uint16_t* places) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i one = _mm256_set1_epi8(1);
  const __m256i target = _mm256_set1_epi16(static_cast<short>(wanted));
  const __m256i over = _mm256_set1_epi16(static_cast<short>(limit));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; i += 16) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + i));
    const __m256i differ = _mm256_xor_si256(block, target);
    const __m256i nibbles_low = _mm256_and_si256(differ, low);
    const __m256i nibbles_high = _mm256_and_si256(_mm256_srli_epi16(differ, 4), low);
    const __m256i bytes = _mm256_add_epi8(_mm256_shuffle_epi8(table, nibbles_low),
                                          _mm256_shuffle_epi8(table, nibbles_high));
    const __m256i sums = _mm256_maddubs_epi16(bytes, one);
    const __m256i far = _mm256_cmpgt_epi16(sums, over);
    std::uint32_t near = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(far)) & 0x55555555U;
    if (count - i < 16) near &= (1U << (2 * (count - i))) - 1;
    for (; near != 0; near &= near - 1)
      places[kept++] =
          static_cast<std::uint16_t>(i + static_cast<std::size_t>(std::countr_zero(near)) / 2);
  }
  return kept;
}

}  // namespace

CheckScan best_check_scan() {
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
  return avx2 ? check_scan_avx2 : check_scan_plain;
}
#else
CheckScan best_check_scan() {
  return check_scan_plain;
}
#endif

}  // namespace hotline::matching
