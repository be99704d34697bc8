#include "matching/hash256.h"

namespace hotline::matching {

namespace {
int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

Result<Hash256> Hash256::parse(std::string_view text) {
  if (text.size() != 64) return fail(ErrorKind::invalid, "A PDQ hash has 64 hex digits.");
  Hash256 hash;
  for (std::size_t i = 0; i < 64; ++i) {
    const int value = digit(text[i]);
    if (value < 0) return fail(ErrorKind::invalid, "A PDQ hash has hex digits only.");
    hash.words[i / 16] = hash.words[i / 16] << 4 | static_cast<std::uint64_t>(value);
  }
  return hash;
}

std::string Hash256::hex() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(64, '0');
  for (std::size_t i = 0; i < 64; ++i) text[i] = digits[words[i / 16] >> (60 - 4 * (i % 16)) & 15];
  return text;
}

}  // namespace hotline::matching
