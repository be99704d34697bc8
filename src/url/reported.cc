// Addresses as people send them: defanged, quoted, without a scheme, several in one text.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "url/host.h"
#include "url/url.h"

namespace hotline::url {

namespace {

using std::string_view;

constexpr std::size_t kTextBytesMax = 65536;

bool starts_with_any_case(string_view text, string_view lower) {
  return text.size() >= lower.size() && lower_ascii(text.substr(0, lower.size())) == lower;
}

// Blanks that editors and messengers put in: no-break, zero-width, byte order mark, wide.
constexpr std::array<string_view, 8> kWideBlanks = {"\xC2\xA0",     "\xE2\x80\x8B", "\xE2\x80\x8C",
                                                    "\xE2\x80\x8D", "\xE2\x80\xAF", "\xE2\x81\xA0",
                                                    "\xE3\x80\x80", "\xEF\xBB\xBF"};

// What stands around an address, opening and closing. An empty closing is the same mark again.
constexpr std::array<std::pair<string_view, string_view>, 11> kMarks = {
    {{"\"", "\""},
     {"'", "'"},
     {"`", "`"},
     {"<", ">"},
     {"(", ")"},
     {"[", "]"},
     {"{", "}"},
     {"\xE2\x80\x9C", "\xE2\x80\x9D"},
     {"\xE2\x80\x98", "\xE2\x80\x99"},
     {"\xC2\xAB", "\xC2\xBB"},
     {"\xE2\x80\x9E", "\xE2\x80\x9C"}}};

bool strip_blanks(string_view& text) {
  const auto before = text.size();
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  for (const auto blank : kWideBlanks) {
    if (text.starts_with(blank)) text.remove_prefix(blank.size());
    if (text.ends_with(blank)) text.remove_suffix(blank.size());
  }
  return text.size() != before;
}

bool is_ipv6_bracket(string_view text) {
  const auto end = text.find(']');
  return end != string_view::npos && end > 1 && parse_host(text.substr(0, end + 1)).has_value();
}

bool is_defanging_bracket(string_view text, string_view opening) {
  // "http://gallery[.]example" ends in no bracket; "gallery[.]" would.
  return opening == "[" && text.ends_with("[.]");
}

bool strip_marks(string_view& text) {
  for (const auto& [opening, closing] : kMarks) {
    if (text.starts_with(opening) && !(opening == "[" && is_ipv6_bracket(text))) {
      text.remove_prefix(opening.size());
      if (text.ends_with(closing)) text.remove_suffix(closing.size());
      return true;
    }
    // A closing mark alone belongs to the sentence, unless the address opened it itself.
    if (text.ends_with(closing) && !is_defanging_bracket(text, opening) &&
        text.substr(0, text.size() - closing.size()).rfind(opening) == string_view::npos) {
      text.remove_suffix(closing.size());
      return true;
    }
  }
  if (!text.empty() && string_view(".,;!").find(text.back()) != string_view::npos) {
    text.remove_suffix(1);
    return true;
  }
  for (const string_view label : {"url:", "view-source:", "link:"})
    if (starts_with_any_case(text, label)) {
      text.remove_prefix(label.size());
      return true;
    }
  return false;
}

string_view bare(string_view text) {
  // Every turn takes at least one byte away.
  while (strip_blanks(text) || strip_marks(text)) {
  }
  return text;
}

std::string without_defanged_marks(std::string text) {
  constexpr std::array<std::pair<string_view, string_view>, 16> kDefanged = {{{"[.]", "."},
                                                                              {"(.)", "."},
                                                                              {"{.}", "."},
                                                                              {"[dot]", "."},
                                                                              {"(dot)", "."},
                                                                              {"{dot}", "."},
                                                                              {"[DOT]", "."},
                                                                              {"(DOT)", "."},
                                                                              {"[:]", ":"},
                                                                              {"[://]", "://"},
                                                                              {"[:/]", ":/"},
                                                                              {"[/]", "/"},
                                                                              {"[//]", "//"},
                                                                              {":[//]", "://"},
                                                                              {"\\.", "."},
                                                                              {"[.", "."}}};
  for (const auto& [from, to] : kDefanged) text = replace_all(std::move(text), from, to);
  return text;
}

// Where path, query or fragment begin: what stands before may be defanged.
std::size_t authority_end(string_view text) {
  auto from = text.find("//");
  from = from == string_view::npos || from > 16 ? 0 : from + 2;
  if (text.substr(from).starts_with("]")) ++from;
  for (; from < text.size(); ++from) {
    if (text[from] == '?' || text[from] == '#') return from;
    if (text[from] == '/' && !(from > 0 && text[from - 1] == '[')) return from;
  }
  return text.size();
}

std::string refanged(string_view text) {
  const auto end = authority_end(text);
  const std::string front(text.substr(0, end));
  std::string clear = without_defanged_marks(front);
  const string_view rest = text.substr(end);
  // Tools defang the whole address or only the host; a path is touched only if the host was.
  return clear + (clear == front ? std::string(rest) : replace_all(std::string(rest), "[.]", "."));
}

// "http" or "https" for all the ways in which people disarm them; empty for anything else.
string_view armed_scheme(string_view written) {
  const std::string scheme = lower_ascii(written);
  for (const string_view plain : {"http", "hxxp", "htxp", "hxtp", "h**p", "xttp", "ttp"})
    if (scheme == plain) return "http";
  for (const string_view secure : {"https", "hxxps", "htxps", "hxtps", "h**ps", "xttps", "ttps"})
    if (scheme == secure) return "https";
  return {};
}

// The word before the first colon, if a scheme can be meant: not "gallery.example:8080".
string_view written_scheme(string_view text) {
  const auto colon = text.find(':');
  if (colon == string_view::npos || colon > 32) return {};
  const auto word = text.substr(0, colon);
  if (word.find_first_of("/?#.[]@%") != string_view::npos) return {};
  const bool port_follows =
      colon + 1 < text.size() && text[colon + 1] >= '0' && text[colon + 1] <= '9';
  return port_follows ? string_view{} : word;
}

bool is_blank(char c) {
  return static_cast<unsigned char>(c) <= 0x20;
}

bool disarmed_scheme_at(string_view text) {
  for (const string_view start : {"http:", "https:", "hxxp:", "hxxps:", "http[", "https[", "hxxp[",
                                  "hxxps[", "h**p:", "h**ps:"})
    if (starts_with_any_case(text, start)) return true;
  return false;
}

// Words of a pasted text. A comma, semicolon or bar separates only if an address follows it: all
// three may stand in a path.
std::vector<string_view> words_of(string_view text) {
  std::vector<string_view> words;
  std::size_t from = 0;
  const auto flush = [&](std::size_t to) {
    if (to > from) words.push_back(text.substr(from, to - from));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool separates =
        is_blank(c) || c == '<' || c == '>' || c == '"' ||
        ((c == ',' || c == ';' || c == '|') && disarmed_scheme_at(text.substr(i + 1)));
    if (!separates) continue;
    flush(i);
    from = i + 1;
  }
  flush(text.size());
  return words;
}

bool names_a_scheme(string_view word) {
  const std::string clear = refanged(word);
  return !armed_scheme(written_scheme(clear)).empty();
}

}  // namespace

Result<Url> parse_reported(string_view reporter_text) {
  if (reporter_text.size() > kAddressBytesMax)
    return fail(ErrorKind::invalid, "The address is too long.");
  const auto found = bare(reporter_text);
  if (std::any_of(found.begin(), found.end(), is_blank)) {
    // A sentence around one address is fine, two addresses are not.
    const auto inside = addresses_in(found);
    if (inside.size() == 1) return parse_reported(inside.front());
    return fail(ErrorKind::invalid, inside.empty()
                                        ? "This is not a web address."
                                        : "There is more than one address in this text.");
  }
  const std::string clear = refanged(found);
  const auto written = written_scheme(clear);
  Result<Url> url = fail(ErrorKind::invalid, "This is not a web address.");
  if (!written.empty()) {
    const auto scheme = armed_scheme(written);
    if (scheme.empty())
      return fail(ErrorKind::invalid, "Only addresses that begin with http or https are taken.");
    url = parse(std::string(scheme) + clear.substr(written.size()));
  } else if (!clear.empty()) {
    url = parse("http://" + clear.substr(std::min(clear.find_first_not_of('/'), clear.size())));
    if (url && !url->ip() && url->host.find('.') == std::string::npos)
      return fail(ErrorKind::invalid, "This is not a web address.");
  }
  if (url) url->verbatim = reporter_text;
  return url;
}

Result<std::string> canonical_from_report(string_view reporter_text) {
  // Twice or three times: dropping a fragment or decoding an escape can bring a full stop to the
  // end, and the canonical form must survive being reported again.
  TRY(url, parse_reported(reporter_text));
  std::string canonical = url.canonical();
  for (int round = 0; round < 4; ++round) {
    TRY(again, parse_reported(canonical));
    std::string next = again.canonical();
    if (next == canonical) break;
    canonical = std::move(next);
  }
  return canonical;
}

std::vector<std::string> addresses_in(string_view text) {
  std::vector<std::string> found;
  std::vector<std::string> seen;
  for (const auto word : words_of(text.substr(0, kTextBytesMax))) {
    if (word.size() > kAddressBytesMax || found.size() == kAddressesPerTextMax) continue;
    const auto address = bare(word);
    if (address.find_first_of(".:[") == string_view::npos) continue;
    const auto url = parse_reported(address);
    if (!url) continue;
    if (!names_a_scheme(address) && !url->ip() && !has_known_suffix(url->host)) continue;
    // "3.5" and "12" are numbers in a sentence, and browsers' short forms of an address.
    if (!names_a_scheme(address) && url->ip() && address.find(url->host) == string_view::npos)
      continue;
    auto canonical = canonical_from_report(address);
    if (!canonical || std::find(seen.begin(), seen.end(), *canonical) != seen.end()) continue;
    seen.push_back(*std::move(canonical));
    found.emplace_back(address);
  }
  return found;
}

}  // namespace hotline::url
