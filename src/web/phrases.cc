#include "web/phrases.h"

#include <unicode/uloc.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "web/po_file.h"

namespace hotline::web {

namespace {

// Composed texts are taken apart this often: "Item 3: C, 7–10, Girl".
constexpr int kDepthMax = 4;
constexpr std::array<std::string_view, 7> kLeftAlone = {"code", "pre",      "q",     "kbd",
                                                        "bdi",  "textarea", "script"};
constexpr std::array<std::string_view, 4> kShown = {"title", "aria-label", "alt", "placeholder"};
constexpr std::array<std::string_view, 9> kEmpty = {"input", "br",  "img",  "meta",  "link",
                                                    "hr",    "wbr", "area", "source"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// What stands between the {*} of a pattern.
std::vector<std::string> pieces_of(std::string_view key) {
  std::vector<std::string> pieces;
  std::size_t from = 0;
  for (auto at = key.find("{*}"); at != std::string_view::npos; at = key.find("{*}", from)) {
    pieces.emplace_back(key.substr(from, at - from));
    from = at + 3;
  }
  pieces.emplace_back(key.substr(from));
  return pieces;
}

/// "3 of 240 min" is "{} of {} min" with 3 and 240.
std::string without_numbers(std::string_view text, std::vector<std::string>& numbers) {
  std::string key;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      key += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_digit(text[end])) ++end;
    numbers.emplace_back(text.substr(i, end - i));
    key += "{}";
    i = end;
  }
  return key;
}

/// {} and {*} take the values in turn, {2} the second.
std::string filled(std::string_view words, const std::vector<std::string>& values) {
  std::string text;
  std::size_t next = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto close = words[i] == '{' ? words.find('}', i) : std::string_view::npos;
    if (close == std::string_view::npos) {
      text += words[i];
      continue;
    }
    const auto inside = words.substr(i + 1, close - i - 1);
    const auto place = inside.empty() || inside == "*" ? static_cast<std::int64_t>(++next)
                                                       : parse_integer(inside).value_or(0);
    if (place >= 1 && static_cast<std::size_t>(place) <= values.size())
      text += values[static_cast<std::size_t>(place) - 1];
    i = close;
  }
  return text;
}

/// What {*} stands for in `text`, the shortest first; nothing if it does not fit.
std::optional<std::vector<std::string>> matched(const std::vector<std::string>& pieces,
                                                std::string_view text) {
  if (!text.starts_with(pieces.front())) return std::nullopt;
  auto at = pieces.front().size();
  std::vector<std::string> values;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    auto found = text.find(pieces[i], at);
    if (last) {
      if (text.size() < at + pieces[i].size() || !text.ends_with(pieces[i])) return std::nullopt;
      found = text.size() - pieces[i].size();
    }
    if (found == std::string_view::npos || found == at) return std::nullopt;
    values.emplace_back(text.substr(at, found - at));
    at = found + pieces[i].size();
  }
  return values;
}

std::string unescaped(std::string_view html) {
  std::string text(html);
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kEntities = {
      {{"&#39;", "'"},
       {"&quot;", "\""},
       {"&lt;", "<"},
       {"&gt;", ">"},
       {"&nbsp;", " "},
       {"&amp;", "&"}}};
  if (text.find('&') == std::string::npos) return text;
  for (const auto& [entity, plain] : kEntities) text = replace_all(std::move(text), entity, plain);
  return text;
}

std::string one_spaced(std::string_view text) {
  std::string clean;
  for (const char c : text)
    if (!is_space(c))
      clean += c;
    else if (!clean.empty() && clean.back() != ' ')
      clean += ' ';
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

struct Tag {
  std::string name;
  bool closes = false, left_alone = false;
};

Tag tag_of(std::string_view tag) {
  Tag found;
  std::size_t i = 1;
  if (i < tag.size() && tag[i] == '/') {
    found.closes = true;
    ++i;
  }
  while (i < tag.size() && (is_letter(tag[i]) || is_digit(tag[i]))) found.name += tag[i++];
  found.left_alone = has(kLeftAlone, found.name) ||
                     tag.find(" translate=\"no\"") != std::string_view::npos ||
                     tag.find("class=\"address") != std::string_view::npos;
  return found;
}

}  // namespace

Result<Phrases> Phrases::load(const std::string& folder) {
  namespace files = std::filesystem;
  Phrases phrases;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".po") continue;
    const auto code = entry.path().stem().string();
    TRY(language, read(entry.path().string(), code, phrases.catalogues_[code]));
    phrases.languages_.push_back(std::move(language));
  }
  std::sort(phrases.languages_.begin(), phrases.languages_.end(),
            [](const auto& a, const auto& b) { return a.code < b.code; });
  phrases.languages_.insert(phrases.languages_.begin(), {"en", "English", false, true, 0});
  return phrases;
}

Result<Phrases::Language> Phrases::read(const std::string& path, const std::string& code,
                                        Catalogue& into) {
  TRY(file, read_po(path));
  Language language{code, file.head_value("X-Name"), uloc_isRightToLeft(code.c_str()) != 0,
                    file.head_value("X-Reviewed") == "yes", file.entries.size()};
  for (const auto& [key, words, line] : file.entries) {
    if (key.empty() || words.empty()) return po_error(path, line, "a phrase without words");
    if (key.find("{*}") != std::string::npos)
      into.patterns.push_back({pieces_of(key), words});
    else if (!into.exact.emplace(key, words).second)
      return po_error(path, line, "this phrase stands twice");
  }
  if (language.name.empty()) return po_error(path, 1, "its head has no X-Name");
  return language;
}

bool Phrases::knows(std::string_view language) const {
  return std::any_of(languages_.begin(), languages_.end(),
                     [&](const auto& one) { return one.code == language; });
}

const Phrases::Language& Phrases::language(std::string_view code) const {
  const auto found = std::find_if(languages_.begin(), languages_.end(),
                                  [&](const auto& one) { return one.code == code; });
  CHECK(found != languages_.end());
  return *found;
}

bool Phrases::find(const Catalogue& catalogue, std::string_view english, int depth,
                   std::string& words) {
  if (std::none_of(english.begin(), english.end(), is_letter)) {
    words = english;
    return true;
  }
  std::vector<std::string> values;
  const auto key = without_numbers(english, values);
  if (const auto exact = catalogue.exact.find(key); exact != catalogue.exact.end()) {
    words = filled(exact->second, values);
    return true;
  }
  for (const auto& pattern : catalogue.patterns) {
    auto parts = matched(pattern.pieces, english);
    if (!parts) continue;
    for (auto& part : *parts)
      if (std::string said; depth > 0 && find(catalogue, part, depth - 1, said)) part = said;
    words = filled(pattern.words, *parts);
    return true;
  }
  if (depth == 0) return false;
  if (english.size() > 2 && english.front() == '(' && english.back() == ')') {
    if (std::string inner;
        find(catalogue, english.substr(1, english.size() - 2), depth - 1, inner)) {
      words = "(" + inner + ")";
      return true;
    }
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kJoints = {
      {{". ", ". "}, {": ", ": "}, {"; ", "؛ "}, {", ", "، "}, {" (", " ("}}};
  for (const auto& [joint, ours] : kJoints) {
    const auto at = english.find(joint);
    if (at == std::string_view::npos || at == 0) continue;
    // A sentence keeps its full stop.
    auto left = english.substr(0, at + (joint == ". " ? 1 : 0));
    auto right = english.substr(at + joint.size());
    const bool bracket = joint == " (" && right.ends_with(')');
    if (bracket) right.remove_suffix(1);
    std::string first(left), second(right);
    const bool knows_left = find(catalogue, left, depth - 1, first);
    const bool knows_right = find(catalogue, right, depth - 1, second);
    if (!knows_left && !knows_right) continue;
    words = first + (joint == ". " ? " " : std::string(ours)) + second + (bracket ? ")" : "");
    return true;
  }
  return false;
}

std::string Phrases::words(std::string_view language, std::string_view english) const {
  const auto catalogue = catalogues_.find(language);
  std::string said(english);
  if (catalogue != catalogues_.end()) find(catalogue->second, english, kDepthMax, said);
  return said;
}

void Phrases::put(const Catalogue& catalogue, std::string_view text, std::string& out) {
  std::size_t from = 0, to = text.size();
  while (from < to && is_space(text[from])) ++from;
  while (to > from && is_space(text[to - 1])) --to;
  std::string said;
  const auto core = text.substr(from, to - from);
  if (std::none_of(core.begin(), core.end(), is_letter) ||
      !find(catalogue, one_spaced(unescaped(core)), kDepthMax, said)) {
    out += text;
    return;
  }
  out.append(text.substr(0, from)).append(escape_html(said)).append(text.substr(to));
}

void Phrases::put_tag(const Catalogue& catalogue, std::string_view tag, std::string& out) {
  std::size_t done = 0;
  for (auto equal = tag.find("=\""); equal != std::string_view::npos;
       equal = tag.find("=\"", done)) {
    const auto end = tag.find('"', equal + 2);
    if (end == std::string_view::npos) break;
    auto begin = equal;
    while (begin > 0 && !is_space(tag[begin - 1])) --begin;
    out += tag.substr(done, equal + 2 - done);
    const auto value = tag.substr(equal + 2, end - equal - 2);
    if (has(kShown, tag.substr(begin, equal - begin)))
      put(catalogue, value, out);
    else
      out += value;
    done = end;
  }
  out += tag.substr(done);
}

std::string Phrases::page(std::string_view language, std::string_view html) const {
  const auto catalogue = catalogues_.find(language);
  if (catalogue == catalogues_.end()) return std::string(html);
  std::string out;
  out.reserve(html.size() + html.size() / 4);
  std::string waits_for;  // The element that is left alone, until it closes.
  int nested = 0;
  for (std::size_t at = 0; at < html.size();) {
    const auto open = std::min(html.find('<', at), html.size());
    if (waits_for.empty())
      put(catalogue->second, html.substr(at, open - at), out);
    else
      out += html.substr(at, open - at);
    if (open == html.size()) break;
    const auto close = html.find('>', open);
    if (close == std::string_view::npos) {
      out += html.substr(open);
      break;
    }
    const auto text = html.substr(open, close - open + 1);
    const auto tag = tag_of(text);
    at = close + 1;
    if (!waits_for.empty()) {
      out += text;
      if (tag.name == waits_for) nested += tag.closes ? -1 : 1;
      if (nested == 0) waits_for.clear();
      continue;
    }
    if (tag.left_alone && !tag.closes && !has(kEmpty, tag.name)) {
      waits_for = tag.name;
      nested = 1;
    }
    put_tag(catalogue->second, text, out);
  }
  return out;
}

std::string Phrases::script(std::string_view language) const {
  json::object exact;
  for (const auto& [english, words] : all(language)) exact[english] = words;
  return "\"use strict\";\nwindow.kPhrases = " + json::serialize(exact) + ";\n";
}

std::vector<std::pair<std::string, std::string>> Phrases::all(std::string_view language) const {
  std::vector<std::pair<std::string, std::string>> list;
  const auto catalogue = catalogues_.find(language);
  if (catalogue == catalogues_.end()) return list;
  list.assign(catalogue->second.exact.begin(), catalogue->second.exact.end());
  for (const auto& pattern : catalogue->second.patterns) {
    std::string english = pattern.pieces.front();
    for (std::size_t i = 1; i < pattern.pieces.size(); ++i) english += "{*}" + pattern.pieces[i];
    list.emplace_back(std::move(english), pattern.words);
  }
  return list;
}

}  // namespace hotline::web
