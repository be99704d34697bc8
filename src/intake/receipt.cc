#include "intake/receipt.h"

#include <array>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kSymbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 24;
constexpr std::size_t kSecretBytes = 15;

/// The zero of every script whose digits stand in a row (Unicode 15, category Nd), as people may
/// have them on their keyboard.
constexpr std::array<char32_t, 36> kZeros = {
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};

/// a * b in GF(32) with x^5 + x^2 + 1; x generates all 31 non-zero elements, so each of the 25
/// places has a weight of its own.
std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  std::uint8_t product = 0;
  for (; b != 0; b >>= 1) {
    if (b & 1) product ^= a;
    a = static_cast<std::uint8_t>(a << 1);
    if (a & 0x20) a ^= 0x25;
  }
  return product;
}

char check_symbol(std::string_view symbols) {
  std::uint8_t sum = 0;
  std::uint8_t weight = 2;
  for (const char c : symbols) {
    sum ^= multiply(weight, static_cast<std::uint8_t>(kSymbols.find(c)));
    weight = multiply(weight, 2);
  }
  return kSymbols[sum];
}

/// The next character of valid UTF-8.
char32_t take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t c = length == 1 ? first : first & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(length);
  return c;
}

/// What people put between groups, and what word processors and right-to-left text add.
bool is_separator(char32_t c) {
  return c <= 0x20 || c == '-' || c == '_' || c == '.' || c == 0xA0 || c == 0x61C || c == 0x640 ||
         (c >= 0x2000 && c <= 0x2015) || (c >= 0x2028 && c <= 0x202F) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x2212 || c == 0x3000 || c == 0xFE58 || c == 0xFE63 ||
         c == 0xFF0D || c == 0xFEFF;
}

std::optional<char> symbol_of(char32_t c) {
  for (const char32_t zero : kZeros)
    if (c >= zero && c <= zero + 9) return static_cast<char>('0' + (c - zero));
  if (c >= 0xFF21 && c <= 0xFF3A) c = c - 0xFF21 + 'A';
  if (c >= 0xFF41 && c <= 0xFF5A) c = c - 0xFF41 + 'A';
  if (c >= 'a' && c <= 'z') c = c - 'a' + 'A';
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  if (c > 0x7f || kSymbols.find(static_cast<char>(c)) == std::string_view::npos)
    return std::nullopt;
  return static_cast<char>(c);
}

}  // namespace

Receipt Receipt::from_secret(std::string_view secret) {
  CHECK(secret.size() == kSecretBytes);
  std::string symbols;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : secret) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) symbols += kSymbols[(bits >> (held - 5)) & 31];
  }
  return Receipt(std::move(symbols));
}

Result<Receipt> Receipt::parse(std::string_view typed) {
  const auto wrong = [] { return fail(ErrorKind::invalid, "This is not a receipt code."); };
  const std::string clean = clean_utf8(typed.substr(0, 400));
  std::string symbols;
  for (std::string_view rest = clean; !rest.empty();) {
    const char32_t c = take(rest);
    if (is_separator(c)) continue;
    const auto symbol = symbol_of(c);
    if (!symbol || symbols.size() > kLength) return wrong();
    symbols += *symbol;
  }
  if (symbols.size() != kLength + 1) return wrong();
  const char check = symbols.back();
  symbols.pop_back();
  if (check_symbol(symbols) != check) return wrong();
  return Receipt(std::move(symbols));
}

std::string Receipt::str() const {
  std::string text;
  for (std::size_t i = 0; i < kLength; ++i) {
    text += symbols_.reveal()[i];
    if (i % 4 == 3) text += '-';
  }
  return text + check_symbol(symbols_.reveal());
}

std::string Receipt::parcel() const {
  return hex(crypto::hkdf(symbols_.reveal(), "hotline receipt: parcel name", 32));
}

crypto::KeyPair Receipt::keys() const {
  return crypto::box_keys_from_seed(
      crypto::hkdf(symbols_.reveal(), "hotline receipt: parcel keys", 32));
}

bool is_parcel(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace hotline::intake
