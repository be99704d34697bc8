#include "matching/kernels.h"

#include <algorithm>
#include <bit>

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12's own header reads "undefined" registers on purpose and warns of it (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace hotline::matching {

namespace {

constexpr std::uint32_t kNoValue = 0xFFFFFFFFU;

// The same text for every processor: what differs is the instructions it is compiled to.
#define HOTLINE_PLAIN_KERNELS(TARGET, SUFFIX)                                                   \
  TARGET std::size_t scan_##SUFFIX(const std::uint16_t* words, const Run* runs,                 \
                                   const std::int8_t* limits, std::size_t count,                \
                                   std::uint16_t wanted, Found* found) {                        \
    std::size_t kept = 0;                                                                       \
    for (std::size_t run = 0; run < count; ++run)                                               \
      for (std::uint32_t at = runs[run].begin; at < runs[run].end; ++at) {                      \
        found[kept] = {at, static_cast<std::uint32_t>(run)};                                    \
        kept += __builtin_popcount(words[at] ^ wanted) <= limits[run] ? 1U : 0U;                \
      }                                                                                         \
    return kept;                                                                                \
  }                                                                                             \
  TARGET std::uint32_t high_##SUFFIX(const std::uint64_t* bits, std::size_t words,              \
                                     std::uint64_t begin, std::uint32_t k) {                    \
    std::size_t word = begin / 64;                                                              \
    if (word >= words) return kNoValue;                                                         \
    std::uint64_t left = bits[word] & (~std::uint64_t{0} << (begin % 64));                      \
    std::uint32_t before = k;                                                                   \
    for (;;) {                                                                                  \
      const auto ones = static_cast<std::uint32_t>(__builtin_popcountll(left));                 \
      if (ones > before) break;                                                                 \
      before -= ones;                                                                           \
      if (++word >= words) return kNoValue;                                                     \
      left = bits[word];                                                                        \
    }                                                                                           \
    for (; before > 0; --before) left &= left - 1;                                              \
    const std::uint64_t place = word * 64 + static_cast<std::uint64_t>(__builtin_ctzll(left));  \
    return static_cast<std::uint32_t>(place - begin) - k;                                       \
  }                                                                                             \
  TARGET int distance_##SUFFIX(const Hash256& a, const Hash256& b) {                            \
    int sum = 0;                                                                                \
    for (std::size_t i = 0; i < 4; ++i) sum += __builtin_popcountll(a.words[i] ^ b.words[i]);   \
    return sum;                                                                                 \
  }                                                                                             \
  TARGET void read_all_##SUFFIX(const Hash256* hashes, std::size_t count, const Hash256& query, \
                                int radius, std::vector<NearHash>& near) {                      \
    for (std::size_t i = 0; i < count; ++i) {                                                   \
      int sum = __builtin_popcountll(hashes[i].words[0] ^ query.words[0]) +                     \
                __builtin_popcountll(hashes[i].words[1] ^ query.words[1]);                      \
      if (sum > radius) continue;                                                               \
      sum += __builtin_popcountll(hashes[i].words[2] ^ query.words[2]) +                        \
             __builtin_popcountll(hashes[i].words[3] ^ query.words[3]);                         \
      if (sum <= radius)                                                                        \
        near.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(sum)});       \
    }                                                                                           \
  }

HOTLINE_PLAIN_KERNELS(, plain)
constexpr Kernels kPlain = {"plain", scan_plain, high_plain, distance_plain, read_all_plain};

#if defined(__x86_64__)

HOTLINE_PLAIN_KERNELS(__attribute__((target("popcnt"))), popcnt)
constexpr Kernels kPopcnt = {"popcnt", scan_popcnt, high_popcnt, distance_popcnt, read_all_popcnt};

// pdep puts the k-th one where only it is left.
__attribute__((target("popcnt,bmi,bmi2"))) std::uint32_t high_bmi2(const std::uint64_t* bits,
                                                                   std::size_t words,
                                                                   std::uint64_t begin,
                                                                   std::uint32_t k) {
  std::size_t word = begin / 64;
  if (word >= words) return kNoValue;
  std::uint64_t left = bits[word] & (~std::uint64_t{0} << (begin % 64));
  std::uint32_t before = k;
  for (;;) {
    const auto ones = static_cast<std::uint32_t>(_mm_popcnt_u64(left));
    if (ones > before) break;
    before -= ones;
    if (++word >= words) return kNoValue;
    left = bits[word];
  }
  const std::uint64_t place = word * 64 + _tzcnt_u64(_pdep_u64(std::uint64_t{1} << before, left));
  return static_cast<std::uint32_t>(place - begin) - k;
}

// Bits of each half byte from a table in a register (Mula, Kurz, Lemire 2016), summed to words.
__attribute__((target("avx2,bmi"))) std::size_t scan_avx2(const std::uint16_t* words,
                                                          const Run* runs,
                                                          const std::int8_t* limits,
                                                          std::size_t count, std::uint16_t wanted,
                                                          Found* found) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i one = _mm256_set1_epi8(1);
  const __m256i target = _mm256_set1_epi16(static_cast<short>(wanted));
  std::size_t kept = 0;
  for (std::size_t run = 0; run < count; ++run) {
    const __m256i over = _mm256_set1_epi16(limits[run]);
    // The section is padded: 15 words beyond the last run may be read.
    for (std::uint32_t at = runs[run].begin; at < runs[run].end; at += 16) {
      const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + at));
      const __m256i differ = _mm256_xor_si256(block, target);
      const __m256i bytes = _mm256_add_epi8(
          _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low)),
          _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(differ, 4), low)));
      const __m256i far = _mm256_cmpgt_epi16(_mm256_maddubs_epi16(bytes, one), over);
      std::uint32_t near = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(far)) & 0x55555555U;
      if (runs[run].end - at < 16) near &= (1U << (2 * (runs[run].end - at))) - 1;
      for (; near != 0; near &= near - 1)
        found[kept++] = {at + static_cast<std::uint32_t>(__builtin_ctz(near)) / 2,
                         static_cast<std::uint32_t>(run)};
    }
  }
  return kept;
}

__attribute__((target("avx2"))) void read_all_avx2(const Hash256* hashes, std::size_t count,
                                                   const Hash256& query, int radius,
                                                   std::vector<NearHash>& near) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2,
                                         1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i target = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&query));
  const auto bits = [&](std::size_t i) __attribute__((target("avx2"))) {
    const __m256i hash = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(hashes + i));
    const __m256i differ = _mm256_xor_si256(hash, target);
    const __m256i bytes = _mm256_add_epi8(
        _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low)),
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(differ, 4), low)));
    return _mm256_sad_epu8(bytes, _mm256_setzero_si256());
  };
  for (std::size_t i = 0; i < count; ++i) {
    const __m256i sums = bits(i);
    const __m128i halves =
        _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    const int sum = _mm_cvtsi128_si32(halves) + _mm_extract_epi16(halves, 4);
    if (sum <= radius)
      near.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(sum)});
  }
}
constexpr Kernels kAvx2 = {"avx2", scan_avx2, high_bmi2, distance_popcnt, read_all_avx2};

#define HOTLINE_AVX512 "avx512f,avx512bw,avx512vl,avx512bitalg,avx512vpopcntdq,bmi"

__attribute__((target(HOTLINE_AVX512))) std::size_t scan_avx512(
    const std::uint16_t* words, const Run* runs, const std::int8_t* limits, std::size_t count,
    std::uint16_t wanted, Found* found) {
  const __m512i target = _mm512_set1_epi16(static_cast<short>(wanted));
  std::size_t kept = 0;
  for (std::size_t run = 0; run < count; ++run) {
    const __m512i limit = _mm512_set1_epi16(limits[run]);
    std::uint32_t at = runs[run].begin;
    const std::uint32_t end = runs[run].end;
    for (; at < end; at += 32) {
      const __mmask32 here = end - at < 32 ? (1U << (end - at)) - 1 : ~0U;
      const __m512i block = _mm512_maskz_loadu_epi16(here, words + at);
      const __m512i bits = _mm512_popcnt_epi16(_mm512_xor_si512(block, target));
      for (std::uint32_t near = _mm512_mask_cmple_epi16_mask(here, bits, limit); near != 0;
           near &= near - 1)
        found[kept++] = {at + static_cast<std::uint32_t>(__builtin_ctz(near)),
                         static_cast<std::uint32_t>(run)};
    }
  }
  return kept;
}

__attribute__((target(HOTLINE_AVX512))) void read_all_avx512(const Hash256* hashes,
                                                             std::size_t count,
                                                             const Hash256& query, int radius,
                                                             std::vector<NearHash>& near) {
  const __m512i target =
      _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(&query)));
  const __m512i limit = _mm512_set1_epi64(radius);
  for (std::size_t i = 0; i < count; i += 2) {
    const __mmask8 here = count - i == 1 ? 0x0F : 0xFF;
    const __m512i two = _mm512_maskz_loadu_epi64(here, hashes + i);
    __m512i sums = _mm512_popcnt_epi64(_mm512_xor_si512(two, target));
    sums = _mm512_add_epi64(sums, _mm512_shuffle_epi32(sums, _MM_PERM_BADC));
    sums = _mm512_add_epi64(sums, _mm512_permutex_epi64(sums, 0x4E));
    const __mmask8 hit = _mm512_mask_cmple_epi64_mask(here, sums, limit);
    if (hit == 0) continue;
    for (std::size_t k = 0; k < 2; ++k)
      if ((hit >> (4 * k)) & 1) {
        const int sum = distance_popcnt(hashes[i + k], query);
        near.push_back({static_cast<std::uint32_t>(i + k), static_cast<std::uint16_t>(sum)});
      }
  }
}
constexpr Kernels kAvx512 = {"avx512", scan_avx512, high_bmi2, distance_popcnt, read_all_avx512};

#endif

}  // namespace

std::vector<const Kernels*> runnable_kernels() {
  std::vector<const Kernels*> all;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool popcnt = __builtin_cpu_supports("popcnt");
  const bool avx2 = popcnt && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2");
  if (avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bitalg") && __builtin_cpu_supports("avx512vpopcntdq"))
    all.push_back(&kAvx512);
  if (avx2) all.push_back(&kAvx2);
  if (popcnt) all.push_back(&kPopcnt);
#endif
  all.push_back(&kPlain);
  return all;
}

const Kernels& kernels() {
  static const Kernels& best = *runnable_kernels().front();
  return best;
}

}  // namespace hotline::matching
