#include "matching/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hotline::matching {

namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82F63B78U : 0);
    table[i] = value;
  }
  return table;
}();

std::uint32_t plain(std::uint32_t crc, const std::uint8_t* at, std::size_t count) {
  for (; count > 0; --count, ++at) crc = kTable[(crc ^ *at) & 255] ^ crc >> 8;
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t fast(std::uint32_t crc, const std::uint8_t* at,
                                                     std::size_t count) {
  std::uint64_t wide = crc;
  for (; count >= 8; count -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; count > 0; --count, ++at) crc = _mm_crc32_u8(crc, *at);
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const std::uint8_t*>(bytes);
#if defined(__x86_64__)
  static const bool can = __builtin_cpu_supports("sse4.2");
  if (can) return ~fast(~crc, at, count);
#endif
  return ~plain(~crc, at, count);
}

}  // namespace hotline::matching
