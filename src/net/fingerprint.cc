#include "net/fingerprint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <set>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::net {

namespace {

using std::string_view;

constexpr std::size_t kBytesMax = 2u << 20;
constexpr std::size_t kShinglesMin = 12;  // Fewer say nothing: all empty pages look alike.
constexpr std::size_t kPathsMin = 3;
constexpr std::size_t kPaymentsMax = 10;

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

// FNV-1a: values are stored, so the function never changes.
std::uint64_t hash_of(string_view text, std::uint64_t hash = 14695981039346656037u) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  // FNV's high bits move little for short texts.
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  return hash ^ hash >> 32;
}

class Simhash {
 public:
  void add(std::uint64_t hash) {
    ++count_;
    for (std::size_t bit = 0; bit < 64; ++bit) sums_[bit] += (hash >> bit & 1) != 0 ? 1 : -1;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string text() const {
    std::string bytes;
    for (std::size_t byte = 0; byte < 8; ++byte) {
      unsigned value = 0;
      for (std::size_t bit = 0; bit < 8; ++bit)
        value = value << 1 | (sums_[byte * 8 + bit] > 0 ? 1u : 0u);
      bytes += static_cast<char>(value);
    }
    return hex(bytes);
  }

 private:
  std::array<std::int64_t, 64> sums_{};
  std::size_t count_ = 0;
};

struct Tag {
  std::string name;
  string_view attributes;
};

// The value of an attribute inside a tag; enough for what templates write.
string_view attribute(string_view attributes, string_view wanted) {
  for (std::size_t at = 0; at < attributes.size();) {
    while (at < attributes.size() && !letter(attributes[at])) ++at;
    const auto name_end = std::min(attributes.find_first_of("= \t\r\n/", at), attributes.size());
    const auto name = attributes.substr(at, name_end - at);
    at = std::min(attributes.find_first_not_of(" \t\r\n", name_end), attributes.size());
    if (at >= attributes.size() || attributes[at] != '=') continue;
    at = std::min(attributes.find_first_not_of(" \t\r\n", at + 1), attributes.size());
    if (at >= attributes.size()) return {};
    const char quote = attributes[at];
    const bool quoted = quote == '"' || quote == '\'';
    const auto start = quoted ? at + 1 : at;
    const auto end = std::min(
        quoted ? attributes.find(quote, start) : attributes.find_first_of(" \t\r\n", start),
        attributes.size());
    if (name.size() == wanted.size() && lower_ascii(name) == wanted)
      return trim(attributes.substr(start, end - start));
    at = std::min(end + 1, attributes.size());
  }
  return {};
}

// "/js/app-1a2b3c.js?v=9" -> "app-#.js": the template's name for it, not this copy's number.
std::string template_name(string_view address) {
  address = address.substr(0, address.find_first_of("?#"));
  const auto slash = address.rfind('/');
  if (slash != string_view::npos) address.remove_prefix(slash + 1);
  std::string name;
  for (std::size_t at = 0; at < address.size() && name.size() < 80;) {
    const auto end = std::find_if(address.begin() + static_cast<std::ptrdiff_t>(at), address.end(),
                                  [](char c) { return !letter(c) && !digit(c); }) -
                     address.begin();
    const auto word = address.substr(at, static_cast<std::size_t>(end) - at);
    name += std::any_of(word.begin(), word.end(), digit) ? "#" : lower_ascii(word);
    at = static_cast<std::size_t>(end);
    if (at < address.size()) name += address[at++];
  }
  return name;
}

class MarkReader {
 public:
  PageMarks read(string_view html) {
    for (auto at = html.find('<'); at != string_view::npos; at = html.find('<', at + 1)) {
      if (html.compare(at, 4, "<!--") == 0) {
        at = html.find("-->", at);
        if (at == string_view::npos) break;
        continue;
      }
      if (at + 1 >= html.size() || !letter(html[at + 1])) continue;
      const auto close = html.find('>', at);
      if (close == string_view::npos) break;
      const auto inside = html.substr(at + 1, close - at - 1);
      const auto name_end = std::min(inside.find_first_of(" \t\r\n/"), inside.size());
      take({lower_ascii(inside.substr(0, std::min<std::size_t>(name_end, 20))),
            inside.substr(name_end)});
      at = close;
    }
    if (structure_.count() >= kShinglesMin) marks_.structure = structure_.text();
    Simhash paths;
    for (const auto& path : paths_) paths.add(hash_of(path));
    if (paths.count() >= kPathsMin) marks_.paths = paths.text();
    return std::move(marks_);
  }

 private:
  void take(const Tag& tag) {
    // A gallery of ten and one of a hundred are one template: repeats of a tag count once.
    const auto style = attribute(tag.attributes, "class");
    const auto step = tag.name + "." + std::string(style.substr(0, 60));
    if (step != last_[2]) {
      std::rotate(last_.begin(), last_.begin() + 1, last_.end());
      last_[2] = step;
      const auto shingle = last_[0] + ">" + last_[1] + ">" + last_[2];
      if (!last_[0].empty() && seen_.size() < 20'000 && seen_.insert(shingle).second)
        structure_.add(hash_of(shingle));
    }
    if (tag.name == "script") add_path(attribute(tag.attributes, "src"));
    if (tag.name == "form") add_path(attribute(tag.attributes, "action"));
    if (tag.name != "link") return;
    const auto rel = lower_ascii(attribute(tag.attributes, "rel"));
    const auto href = attribute(tag.attributes, "href");
    if (rel == "stylesheet") add_path(href);
    if (marks_.favicon.empty() && (rel == "icon" || rel == "shortcut icon"))
      marks_.favicon = href.substr(0, 2000);
  }

  void add_path(string_view address) {
    const auto name = template_name(address);
    if (name.size() > 2 && paths_.size() < 500) paths_.insert(name);
  }

  PageMarks marks_;
  Simhash structure_;
  std::array<std::string, 3> last_;
  std::set<std::string> seen_, paths_;
};

bool of(string_view alphabet, string_view word) {
  return word.find_first_not_of(alphabet) == string_view::npos;
}

// The shapes of the usual wallets; a false one costs nothing but a hash.
bool looks_like_wallet(string_view word) {
  constexpr string_view kHex = "0123456789abcdefABCDEF";
  constexpr string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  constexpr string_view kBech32 = "023456789acdefghjklmnpqrstuvwxyz";
  if (word.size() == 42 && word.starts_with("0x")) return of(kHex, word.substr(2));
  if (word.size() >= 42 && word.size() <= 62 && word.starts_with("bc1"))
    return of(kBech32, word.substr(3));
  if (word.size() >= 26 && word.size() <= 35 && (word[0] == '1' || word[0] == '3'))
    return of(kBase58, word) && std::any_of(word.begin(), word.end(), letter) &&
           std::any_of(word.begin(), word.end(), digit);
  return word.size() == 95 && (word[0] == '4' || word[0] == '8') && of(kBase58, word);
}

std::vector<std::string> payments_in(string_view html) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < html.size() && found.size() < kPaymentsMax;) {
    if (!letter(html[at]) && !digit(html[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < html.size() && (letter(html[end]) || digit(html[end]))) ++end;
    const auto word = html.substr(at, end - at);
    if (looks_like_wallet(word)) {
      auto digest = hex(crypto::sha256(word));
      if (std::find(found.begin(), found.end(), digest) == found.end())
        found.push_back(std::move(digest));
    }
    at = end;
  }
  return found;
}

std::optional<std::uint64_t> bits_of(string_view text) {
  const auto bytes = unhex(text);
  if (!bytes || bytes->size() != 8) return std::nullopt;
  std::uint64_t bits = 0;
  for (const char c : *bytes) bits = bits << 8 | static_cast<unsigned char>(c);
  return bits;
}

}  // namespace

PageMarks read_marks(string_view html) {
  html = html.substr(0, kBytesMax);
  auto marks = MarkReader().read(html);
  marks.payments = payments_in(html);
  return marks;
}

int mark_distance(string_view a, string_view b) {
  const auto first = bits_of(a), second = bits_of(b);
  return first && second ? std::popcount(*first ^ *second) : 64;
}

}  // namespace hotline::net
