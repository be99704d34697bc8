#include "intake/payload.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/text.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kLeftOut = "[…]";
/// No word, name or code that a person writes is longer.
constexpr std::size_t kWordBytesMax = 160;
/// A wrapped file: so many lines without a blank, each so long.
constexpr std::size_t kWrappedLines = 3;
constexpr std::size_t kWrappedBytes = 32;
/// Bytes as numbers, or a file in groups: so many of them in a row.
constexpr std::size_t kNumbersInARow = 48;
constexpr std::size_t kGroupsInARow = 16;
constexpr std::size_t kNumberBytesMax = 8;
/// A file that begins inside an address goes on for at least so long.
constexpr std::size_t kFileBytesMin = 64;
constexpr std::size_t kEscapesMin = 24;
/// A link of a store carries a token of up to some 1,300 characters, or an RSA signature in
/// hexadecimal (512).
constexpr std::size_t kCodedMax = 2048;
constexpr std::size_t kHexedMax = 640;
constexpr std::size_t kBitsMax = 128;
/// What browsers escape in a link.
constexpr std::string_view kNoLink = "<>\"{}|\\^`";
constexpr std::size_t kOddMax = 12;
/// Words of which a seventh is punctuation, so many in a row, are no words.
constexpr std::size_t kOddShare = 7;
constexpr std::size_t kOddWords = 4;
constexpr std::size_t kOddWordBytesMin = 12;
/// Control characters and bytes that were no text: more of them and it is a file.
constexpr std::size_t kControlsMax = 15;

/// How files begin: JPEG, PNG, GIF, RIFF (WebP, AVI), ZIP, PDF, MP4, Matroska, TIFF, RAR, 7z, gzip;
/// in base64, in base32 and in hexadecimal, lower case.
constexpr std::array<std::string_view, 40> kBeginnings = {
    "/9j/4",      "/9j/2",    "_9j_4",    "_9j_2",    "ivborw0kgg", "r0lgod",   "uklgr",
    "uesdb",      "jvberi",   "aaaaigz0", "aaaagaz0", "aaaaggz0",   "aaaahgz0", "aaaafgz0",
    "gkxfo",      "suqz",     "suu",      "tu0ak",    "umfyir",     "n3q8ry",   "h4si",
    "77mp",       "rfie4ryn", "i5eumob",  "kjeumr",   "kbfqgba",    "ffd8ff",   "89504e47",
    "47494638",   "52494646", "504b0304", "25504446", "1a45dfa3",   "49492a00", "4d4d002a",
    "526172211a", "377abcaf", "1f8b08",   "00000018", "00000020"};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_coded(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '/' || c == '-' || c == '_' || c == '=';
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What stands in no name of a host and hardly in a word.
bool is_odd(char c) {
  return static_cast<unsigned char>(c) < 0x80 &&
         (c == '=' ||
          (!is_coded(c) && std::string_view(".:@[]()").find(c) == std::string_view::npos));
}

/// A scheme in front, or something with a dot that a host could be.
bool is_address_like(std::string_view word) {
  const auto colon = word.substr(0, 16).find("://");
  if (colon != std::string_view::npos || word.starts_with("magnet:")) return true;
  const auto host = word.substr(0, word.find_first_of("/?#"));
  return host.size() <= 253 && host.find('.') != std::string_view::npos &&
         host.find('+') == std::string_view::npos && std::none_of(host.begin(), host.end(), is_odd);
}

/// Where in an address a file begins, if one does.
std::optional<std::size_t> file_in(std::string_view word) {
  const auto lower = lower_ascii(word);
  for (std::size_t i = 0; i + kFileBytesMin < word.size(); ++i) {
    const bool begins = i == 0 || !is_coded(word[i - 1]) || word[i - 1] == '/' ||
                        word[i - 1] == '=' || word[i] == '/';
    if (!begins) continue;
    const std::string_view rest = std::string_view(lower).substr(i);
    const auto known = std::any_of(kBeginnings.begin(), kBeginnings.end(),
                                   [&](auto one) { return rest.starts_with(one); });
    if (!known) continue;
    std::size_t length = 0;
    while (i + length < word.size() && (is_coded(word[i + length]) || word[i + length] == '%'))
      ++length;
    if (length >= kFileBytesMin) return i;
  }
  return std::nullopt;
}

/// Where a row of percent escapes begins that stands for no text, if there is one.
std::optional<std::size_t> escapes_in(std::string_view word) {
  for (std::size_t i = 0; i + 2 < word.size(); ++i) {
    std::string bytes;
    std::size_t at = i;
    // A byte that needs no escape may stand between the others.
    while (at < word.size() && (word[at] == '%' || is_coded(word[at]))) {
      if (word[at] != '%') {
        bytes += word[at++];
        continue;
      }
      if (at + 2 >= word.size() || !is_hex(word[at + 1]) || !is_hex(word[at + 2])) break;
      const std::string_view digits = word.substr(at + 1, 2);
      bytes += static_cast<char>(std::stoi(std::string(digits), nullptr, 16));
      at += 3;
    }
    const bool is_text = clean_utf8(bytes) == bytes && bytes.find('\0') == std::string::npos;
    if (at - i >= 3 * kEscapesMin && !is_text) return i;
    if (at > i) i = at;
  }
  return std::nullopt;
}

/// Where an address stops being one: codes longer than any signed link has, or what no link holds.
std::optional<std::size_t> noise_in(std::string_view word) {
  std::size_t coded = 0, hexed = 0, bits = 0, odd = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    coded = is_coded(c) && c != '/' ? coded + 1 : 0;
    hexed = is_hex(c) ? hexed + 1 : 0;
    bits = c == '0' || c == '1' ? bits + 1 : 0;
    const bool entity = c == '&' && i + 1 < word.size() && word[i + 1] == '#';
    odd += entity || kNoLink.find(c) != std::string_view::npos ? 1 : 0;
    if (coded > kCodedMax) return i + 1 - coded;
    if (hexed > kHexedMax) return i + 1 - hexed;
    if (bits > kBitsMax) return i + 1 - bits;
    if (odd > kOddMax) return std::min(word.find("&#"), word.find_first_of(kNoLink));
  }
  return std::nullopt;
}

std::string word_without_payload(std::string_view word) {
  if (is_address_like(word)) {
    const auto lower = lower_ascii(word.substr(0, word.find(',')));
    if (const auto data = lower.find(";base64"); data != std::string::npos)
      return std::string(word.substr(0, data)) + std::string(kLeftOut);
    const auto file = file_in(word);
    const auto escapes = escapes_in(word);
    const auto noise = noise_in(word);
    const auto cut = std::min(
        {file.value_or(word.size()), escapes.value_or(word.size()), noise.value_or(word.size())});
    if (cut == word.size()) return std::string(word);
    return std::string(word.substr(0, cut)) + std::string(kLeftOut);
  }
  if (lower_ascii(word.substr(0, 5)) == "data:" && word.find(',') != std::string_view::npos)
    return clip_utf8(word.substr(0, word.find(',')), 64) + "," + std::string(kLeftOut);
  if (word.size() > kWordBytesMax && is_ascii(word)) return std::string(kLeftOut);
  if (file_in(word)) return std::string(kLeftOut);
  return std::string(word);
}

struct Word {
  std::size_t begin, end;
  bool cut = false;
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < text.size();) {
    if (is_blank(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !is_blank(text[end])) ++end;
    words.push_back({i, end});
    i = end;
  }
  return words;
}

/// "0xff", "\xff,", "255;" and "11111111": a byte as people print it.
bool is_number(std::string_view word) {
  for (const std::string_view mark : {"0x", "\\x", "&#x", "&#", "%", "#", "u+"})
    if (lower_ascii(word.substr(0, mark.size())) == mark) word.remove_prefix(mark.size());
  while (!word.empty() && (word.back() == ',' || word.back() == ';' || word.back() == 'h'))
    word.remove_suffix(1);
  return !word.empty() && word.size() <= kNumberBytesMax &&
         std::all_of(word.begin(), word.end(), is_hex);
}

/// Controls of Latin-1 (U+0080 to U+009F) and replacement characters (U+FFFD), counted.
std::size_t controls_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto second = static_cast<unsigned char>(text[i + 1]);
    count += (text[i] == '\xc2' && second < 0xa0) || text.substr(i, 3) == "\xef\xbf\xbd" ? 1 : 0;
  }
  return count;
}

bool is_odd_word(std::string_view word) {
  const auto odd = static_cast<std::size_t>(std::count_if(word.begin(), word.end(), is_odd));
  return is_ascii(word) && !is_address_like(word) && word.size() >= kOddWordBytesMin &&
         odd * kOddShare >= word.size();
}

/// What lies between the blanks of such a row: no lower-case word, or a short one with odd signs.
bool is_fragment(std::string_view word) {
  const bool lower =
      std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  const bool odd = std::any_of(word.begin(), word.end(), is_odd);
  return is_ascii(word) && (!lower || (odd && word.size() < kOddWordBytesMin));
}

/// Cuts every row of at least `least` words for which `fits` holds from one to the next, and the
/// shorter rest of a file behind it, for which `ends` holds.
template <class Fits, class Ends>
void cut_rows(std::vector<Word>& words, std::size_t least, Fits fits, Ends ends) {
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i;
    while (end < words.size() && fits(words[i], words[end])) ++end;
    if (end - i >= least && end < words.size() && ends(words[i], words[end])) ++end;
    if (end - i >= least)
      for (std::size_t k = i; k < end; ++k) words[k].cut = true;
    i = std::max(end, i + 1);
  }
}

}  // namespace

std::string without_payload(std::string_view text) {
  if (controls_in(text) > kControlsMax) return std::string(kLeftOut);
  auto words = words_of(text);
  const auto of = [&](const Word& word) { return text.substr(word.begin, word.end - word.begin); };
  const auto is_rest = [&](const Word& first, const Word& one) {
    const auto word = of(one);
    return word.size() < of(first).size() && word.find_first_of("0123456789=%") != word.npos &&
           std::all_of(word.begin(), word.end(), [](char c) { return is_coded(c) || c == '%'; });
  };
  cut_rows(
      words, kWrappedLines,
      [&](const Word&, const Word& one) {
        const auto word = of(one);
        return word.size() >= kWrappedBytes && is_ascii(word) && !is_address_like(word);
      },
      is_rest);
  // Between them a blank may stand for a byte, and cut off a few that look like nothing.
  cut_rows(
      words, kOddWords,
      [&](const Word& first, const Word& one) {
        return is_odd_word(of(one)) || (&first != &one && is_fragment(of(one)));
      },
      [](const Word&, const Word&) { return false; });
  cut_rows(
      words, kNumbersInARow, [&](const Word&, const Word& one) { return is_number(of(one)); },
      [](const Word&, const Word&) { return false; });
  cut_rows(
      words, kGroupsInARow,
      [&](const Word& first, const Word& one) {
        const auto word = of(one);
        return word.size() == of(first).size() && word.size() >= 4 &&
               std::all_of(word.begin(), word.end(),
                           [](char c) { return is_coded(c) || c == '%'; });
      },
      is_rest);
  std::string kept;
  std::size_t at = 0;
  bool left_out = false;
  for (const auto& word : words) {
    if (!word.cut) {
      kept += text.substr(at, word.begin - at);
      kept += word_without_payload(of(word));
    } else if (!left_out) {
      kept += text.substr(at, word.begin - at);
      kept += kLeftOut;
    }
    left_out = word.cut;
    at = word.end;
  }
  return kept += text.substr(at);
}

}  // namespace hotline::intake
