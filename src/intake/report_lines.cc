#include "intake/report_lines.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "url/url.h"

namespace hotline::intake {

namespace {

constexpr std::size_t kWordBytesMax = 1000;
constexpr std::size_t kReferenceBytesMax = 100;

constexpr std::pair<std::string_view, std::string ReportLine::*> kFields[] = {
    {"address", &ReportLine::address},   {"app", &ReportLine::app},
    {"group", &ReportLine::group},       {"user", &ReportLine::user},
    {"place", &ReportLine::place},       {"seen", &ReportLine::seen},
    {"access", &ReportLine::access},     {"remarks", &ReportLine::remarks},
    {"language", &ReportLine::language}, {"reference", &ReportLine::reference}};

std::string ReportLine::* field_named(std::string_view name) {
  for (const auto& [known, field] : kFields)
    if (known == name) return field;
  return nullptr;
}

std::string cleaned_text(std::string_view text, std::size_t bytes_max) {
  return std::string(trim(clip_utf8(clean_utf8(text), bytes_max)));
}

void clean(ReportLine& line) {
  for (const auto& [name, field] : kFields) {
    const bool is_long = name == "address" || name == "remarks" || name == "access";
    line.*field = cleaned_text(line.*field, is_long               ? kTextBytesMax
                                            : name == "reference" ? kReferenceBytesMax
                                                                  : kWordBytesMax);
  }
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return word.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

/// A file in disguise: a data address, or a run of base64 longer than any address needs.
bool carries_file(std::string_view text) {
  constexpr std::size_t kRunMax = 2000;
  if (lower_ascii(text.substr(0, 16)).find("data:") != std::string::npos) return true;
  std::size_t run = 0;
  for (const char c : text) {
    const bool base64 = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
    run = base64 ? run + 1 : 0;
    if (run > kRunMax) return true;
  }
  return false;
}

// --- CSV --------------------------------------------------------------------------------------

/// RFC 4180, one record at a time; a quoted field may hold line breaks.
class CsvReader {
 public:
  CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] int line() const { return line_; }

  /// Error `invalid` if a quote is not closed.
  Result<std::vector<std::string>> record() {
    std::vector<std::string> fields(1);
    bool quoted = false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (quoted) {
        if (c != '"') {
          fields.back() += c;
        } else if (at_ < text_.size() && text_[at_] == '"') {
          fields.back() += text_[at_++];
        } else {
          quoted = false;
        }
      } else if (c == '"' && fields.back().empty()) {
        quoted = true;
      } else if (c == separator_) {
        fields.emplace_back();
      } else if (c == '\n') {
        return fields;
      } else if (c != '\r') {
        fields.back() += c;
      }
    }
    if (quoted) return fail(ErrorKind::invalid, "A quotation mark in the file is never closed.");
    return fields;
  }

 private:
  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  int line_ = 1;
};

char separator_of(std::string_view text) {
  const auto first = text.substr(0, text.find('\n'));
  for (const char c : {'\t', ';'})
    if (first.find(c) != first.npos) return c;
  return ',';
}

// --- mail -------------------------------------------------------------------------------------

/// "App: Example" as its two halves, if the first is a word that we know.
std::optional<std::pair<std::string, std::string>> keyed(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos || colon > 12) return std::nullopt;
  const auto key = lower_ascii(trim(line.substr(0, colon)));
  static constexpr std::array<std::string_view, 8> kKeys = {"app",   "group", "user",  "note",
                                                            "place", "seen",  "token", "reference"};
  if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) return std::nullopt;
  return std::pair(key, std::string(trim(line.substr(colon + 1))));
}

/// The lines of a mail between two empty ones.
struct Block {
  std::vector<ReportLine> lines;  ///< Addresses, and what was not understood.
  ReportLine keys;                ///< app, group, user and what holds for all of them.
  int first_key = 0;
};

void close(Block& block, std::vector<ReportLine>& all) {
  const bool has_where =
      !block.keys.app.empty() || !block.keys.group.empty() || !block.keys.user.empty();
  for (auto& line : block.lines) {
    line.remarks = block.keys.remarks;
    line.place = block.keys.place;
    line.seen = block.keys.seen;
    if (block.lines.size() == 1 && line.wrong.empty()) {
      line.app = block.keys.app;
      line.group = block.keys.group;
      line.user = block.keys.user;
    }
    all.push_back(std::move(line));
  }
  const bool address_has_it = block.lines.size() == 1 && !all.back().address.empty();
  if (has_where && !address_has_it) {
    block.keys.number = block.first_key;
    all.push_back(block.keys);
  }
  block = {};
}

void take_key(Block& block, MailLines& found, const std::string& key, const std::string& value,
              int number) {
  if (key == "token") {
    found.token = cleaned_text(value, kReferenceBytesMax);
    return;
  }
  if (block.first_key == 0) block.first_key = number;
  auto& text = key == "note" ? block.keys.remarks : block.keys.*field_named(key);
  text += (text.empty() ? "" : "\n") + value;
}

}  // namespace

std::string where_without_address(std::string_view app, std::string_view group,
                                  std::string_view user) {
  std::string words;
  for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"app", app},
                                    {"group", group},
                                    {"user", user}})
    if (!value.empty())
      words += (words.empty() ? "" : "\n") + std::string(name) + ": " + std::string(value);
  return words;
}

std::string wrong_with(const ReportLine& line) {
  if (!line.wrong.empty()) return line.wrong;
  for (const auto& [name, field] : kFields)
    if (carries_file(line.*field)) return "We take addresses and text, never files.";
  if (line.address.empty() && line.app.empty() && line.group.empty() && line.user.empty())
    return "It has neither an address nor an app, group or user.";
  if (!line.address.empty() && !url::parse_reported(line.address))
    return "The address is no web address; without one, say app, group or user.";
  if (!one_of(line.place, {"website", "app", "chat", "sharing", "game", "mail", "onion", "other"}))
    return "place is website, app, chat, sharing, game, mail, onion or other.";
  if (!one_of(line.seen, {"today", "yesterday", "earlier", "unsure"}))
    return "seen is today, yesterday, earlier or unsure.";
  return "";
}

Result<std::vector<ReportLine>> lines_from_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  CsvReader reader(text, separator_of(text));
  TRY(names, reader.record());
  std::vector<std::string ReportLine::*> columns;
  for (const auto& name : names) {
    columns.push_back(field_named(lower_ascii(trim(name))));
    if (!columns.back())
      return fail(ErrorKind::invalid,
                  "The first line names the columns: address, app, group, user, place, seen, "
                  "access, remarks, language, reference. Not: " +
                      cleaned_text(name, 40) + ".");
  }
  std::vector<ReportLine> lines;
  while (!reader.at_end()) {
    ReportLine line;
    line.number = reader.line();
    TRY(fields, reader.record());
    if (fields.size() == 1 && trim(fields[0]).empty()) continue;
    if (lines.size() == kCsvLinesMax)
      return fail(ErrorKind::invalid, "A file has at most 10,000 lines.");
    if (fields.size() != columns.size())
      line.wrong = "It has " + std::to_string(fields.size()) + " columns, the first line has " +
                   std::to_string(columns.size()) + ".";
    for (std::size_t i = 0; i < std::min(fields.size(), columns.size()); ++i)
      line.*columns[i] = std::move(fields[i]);
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<ReportLine>> lines_from_json(std::string_view text) {
  const auto value = parse_json(text);
  if (!value || !value->is_object())
    return fail(ErrorKind::invalid, "The body must be a JSON object.");
  for (const auto& field : value->as_object())
    if (field.key() != "reports")
      return fail(ErrorKind::invalid, "The body has one field: reports.");
  const auto* list = member(*value, "reports");
  if (!list || !list->is_array() || list->as_array().empty() ||
      list->as_array().size() > kJsonLinesMax)
    return fail(ErrorKind::invalid, "reports must be a list of 1 to 100 reports.");
  std::vector<ReportLine> lines;
  for (const auto& one : list->as_array()) {
    ReportLine line;
    line.number = static_cast<int>(lines.size());
    if (!one.is_object()) line.wrong = "Each report is a JSON object.";
    for (const auto& pair : one.is_object() ? one.as_object() : json::object()) {
      const auto& field = pair.value();
      const auto known = field_named(std::string_view(pair.key()));
      if (!known || !field.is_string())
        line.wrong =
            "A report has texts only: address, app, group, user, place, seen, access, "
            "remarks, language, reference.";
      else
        line.*known = std::string_view(field.as_string());
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

MailLines lines_from_mail(std::string_view text) {
  MailLines found;
  Block block;
  int number = 0;
  for (const auto whole : split(text, '\n')) {
    ++number;
    const auto line = trim(whole);
    if (line == "--" || found.lines.size() + block.lines.size() >= kMailLinesMax) break;
    if (line.starts_with('>')) continue;
    if (line.empty()) {
      close(block, found.lines);
      continue;
    }
    if (const auto pair = keyed(line)) {
      take_key(block, found, pair->first, pair->second, number);
      continue;
    }
    ReportLine one;
    one.number = number;
    const auto addresses = url::addresses_in(line);
    if (url::parse_reported(line) && line.find(' ') == line.npos)
      one.address = line;
    else if (addresses.empty())
      one.wrong = "There is no web address in it.";
    if (!one.address.empty() || !one.wrong.empty()) {
      block.lines.push_back(one);
      continue;
    }
    for (const auto& address : addresses) {
      one.address = address;
      block.lines.push_back(one);
    }
  }
  close(block, found.lines);
  return found;
}

Result<std::vector<LineAnswer>> take_lines(Drop& drop, const LineSource& source,
                                           const std::vector<ReportLine>& lines, Instant now) {
  std::vector<LineAnswer> answers;
  std::map<std::string, int> seen_before;
  std::size_t place = 0;
  for (ReportLine line : lines) {
    clean(line);
    LineAnswer answer{line.number, false, "", line.reference, wrong_with(line)};
    std::string key = source.key.empty() ? "reference\n" + line.reference
                                         : source.key + "\n" + std::to_string(place++);
    if (source.key.empty() && line.reference.empty()) {
      std::string words;
      for (const auto& [name, field] : kFields) words += line.*field + "\x1f";
      key = "words\n" + words + std::to_string(seen_before[words]++);
    }
    if (answer.sentence.empty()) {
      Submission submission;
      submission.door = source.door;
      submission.topic = "online";
      submission.place = line.place;
      if (!line.language.empty()) submission.language = line.language;
      if (!line.address.empty()) submission.addresses = {line.address};
      submission.elsewhere = where_without_address(line.app, line.group, line.user);
      submission.seen_when = line.seen;
      submission.access = line.access;
      submission.remarks = line.remarks;
      submission.received_at = whole_hour(now);
      const auto id =
          hex(crypto::sha256(source.door + "\n" + source.name + "\n" + key)).substr(0, 32);
      TRY_DONE(drop.put(id, submission));
      answer.taken = true;
      answer.reference = id.substr(0, 16);
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::string answers_csv(const std::vector<LineAnswer>& answers) {
  std::string text = "line,reference,result,sentence\r\n";
  for (const auto& answer : answers)
    text += std::to_string(answer.number) + "," + answer.reference + "," +
            (answer.taken ? "taken" : "refused") + ",\"" + answer.sentence + "\"\r\n";
  return text;
}

}  // namespace hotline::intake
