#include "matching/list_reader.h"

#include <algorithm>
#include <cctype>

#include "base/json.h"
#include "base/text.h"
#include "matching/hash_lines.h"

namespace hotline::matching {

namespace {

constexpr int kQualityUnknown = 100;  ///< A list that says nothing of quality vouches for it.
constexpr std::size_t kTextMax = 200;

template <std::size_t n>
Done read_digest(std::string_view text, std::optional<std::array<std::uint8_t, n>>& digest) {
  if (text.size() != 2 * n) return fail(ErrorKind::invalid, "a digest has the wrong length");
  const auto bytes = unhex(text);
  if (!bytes) return fail(ErrorKind::invalid, "a digest has other characters than hex digits");
  std::copy(bytes->begin(), bytes->end(), digest.emplace().begin());
  return {};
}

/// Sets the hash of that type. Error `invalid` also for a type that there is not.
Done set_hash(Entry& entry, std::string_view type, std::string_view hex) {
  const std::string text = lower_ascii(hex);
  if (type == "md5") return read_digest(text, entry.digests.md5);
  if (type == "sha1") return read_digest(text, entry.digests.sha1);
  if (type == "sha256") return read_digest(text, entry.digests.sha256);
  if (type != "pdq") return fail(ErrorKind::invalid, "there is no hash of that type");
  TRY(hash, Hash256::parse(text));
  entry.picture = hash;
  return {};
}

Done set_quality(Entry& entry, std::string_view text) {
  const auto quality = parse_integer(text);
  if (!quality || *quality < 0 || *quality > 100)
    return fail(ErrorKind::invalid, "a quality is 0 to 100");
  entry.quality = static_cast<int>(*quality);
  return {};
}

void set_note(Entry& entry, const json::object& note) {
  if (!note.empty()) entry.note = json::serialize(note);
}

Done check_entry(const Entry& entry) {
  if (entry.picture.is_zero() && entry.digests.empty())
    return fail(ErrorKind::invalid, "there is no hash (the zero hash is none)");
  return {};
}

Result<ListLine> read_line(std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto word : split(text, ' '))
    if (!trim(word).empty()) words.push_back(trim(word));
  ListLine line;
  line.entry.quality = kQualityUnknown;
  std::string type;
  if (words.size() == 1) {
    type = words[0].size() == 32 ? "md5" : words[0].size() == 40 ? "sha1" : "pdq";
    words.insert(words.begin(), type);
  } else {
    type = lower_ascii(words[0]);
  }
  if (words.size() > 3) return fail(ErrorKind::invalid, "there are more than three words");
  TRY_DONE(set_hash(line.entry, type, words[1]));
  if (words.size() == 3) TRY_DONE(set_quality(line.entry, words[2]));
  TRY_DONE(check_entry(line.entry));
  return line;
}

/// One line of RFC 4180; nothing if a quote is not closed on it.
std::optional<std::vector<std::string>> fields_of(std::string_view line, char separator) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == separator && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  if (quoted) return std::nullopt;
  for (auto& field : fields) field = std::string(trim(field));
  return fields;
}

/// "SHA-1", "sha_1" and "Sha1" are one column.
std::string column_name(std::string_view text) {
  std::string name;
  for (const char c : lower_ascii(text))
    if (std::isalnum(static_cast<unsigned char>(c))) name += c;
  if (name == "pdqquality") return "quality";
  if (name == "id" || name == "imageid" || name == "mediaid" || name == "name") return "ref";
  if (name == "hash" || name == "pdqhash") return "pdq";
  return name;
}

bool is_hash_column(std::string_view name) {
  return name == "md5" || name == "sha1" || name == "sha256" || name == "pdq";
}

Result<ListLine> read_row(const std::vector<std::string>& columns,
                          const std::vector<std::string>& fields) {
  if (fields.size() != columns.size())
    return fail(ErrorKind::invalid, "it has not as many fields as there are columns");
  ListLine line;
  line.entry.quality = kQualityUnknown;
  json::object note;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (fields[i].empty()) continue;
    if (is_hash_column(columns[i]))
      TRY_DONE(set_hash(line.entry, columns[i], fields[i]));
    else if (columns[i] == "quality")
      TRY_DONE(set_quality(line.entry, fields[i]));
    else if (columns[i] == "ref")
      line.entry.ref = clip_utf8(clean_utf8(fields[i]), kTextMax);
    else if (columns[i] == "category" || columns[i] == "scheme" || columns[i] == "age" ||
             columns[i] == "baseline")
      note[columns[i]] = clip_utf8(clean_utf8(fields[i]), kTextMax);
  }
  set_note(line.entry, note);
  TRY_DONE(check_entry(line.entry));
  return line;
}

Result<ListLine> read_known(std::string_view text) {
  TRY(parsed, parse_hash_line(text, "list"));
  ListLine line;
  line.withdrawn = parsed.withdrawn;
  line.entry.ref = parsed.known.ref;
  if (line.withdrawn) return line;
  const Hashes& hashes = parsed.known.hashes;
  for (const auto& [type, hex] :
       {std::pair<std::string_view, const std::string*>{"md5", &hashes.md5},
        {"sha1", &hashes.sha1},
        {"sha256", &hashes.sha256},
        {"pdq", &hashes.pdq}})
    if (!hex->empty()) TRY_DONE(set_hash(line.entry, type, *hex));
  line.entry.quality = hashes.pdq_quality;
  json::object note;
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string*>{"category", &parsed.known.category},
        {"scheme", &parsed.known.scheme},
        {"age", &parsed.known.age},
        {"sex", &parsed.known.sex},
        {"words", &parsed.known.words}})
    if (!value->empty()) note[name] = *value;
  if (parsed.known.graders > 0) note["graders"] = parsed.known.graders;
  set_note(line.entry, note);
  return line;
}

std::unexpected<Error> wrong(std::string_view what, std::size_t number, const Error& error) {
  return fail(ErrorKind::invalid,
              std::string(what) + " " + std::to_string(number) + ": " + error.sentence + ".");
}

Done read_lines(std::string_view text, ListFormat format,
                const std::function<void(ListLine&&)>& use) {
  std::vector<std::string> columns;
  char separator = ',';
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || (format == ListFormat::lines && line.front() == '#')) continue;
    Result<ListLine> read = fail(ErrorKind::invalid, "a quote is not closed on this line");
    if (format == ListFormat::csv) {
      if (columns.empty())
        separator = std::ranges::count(line, ';') > std::ranges::count(line, ',') ? ';' : ',';
      const auto fields = fields_of(line, separator);
      if (fields && columns.empty()) {
        for (const auto& field : *fields) columns.push_back(column_name(field));
        if (std::ranges::any_of(columns, is_hash_column)) continue;
        return fail(ErrorKind::invalid, "The first line names no column md5, sha1, sha256 or pdq.");
      }
      if (fields) read = read_row(columns, *fields);
    } else {
      read = format == ListFormat::known ? read_known(line) : read_line(line);
    }
    if (!read) return wrong("Line", number, read.error());
    use(*std::move(read));
  }
  return {};
}

/// The end of the JSON value that begins at `at`; npos if it is not closed.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

Result<std::optional<ListLine>> read_media(std::string_view text) {
  TRY(media, parse_json(text));
  ListLine line;
  line.entry.quality = kQualityUnknown;
  bool any = false;
  for (const auto& [key, type] : {std::pair<std::string_view, std::string_view>{"MD5", "md5"},
                                  {"SHA1", "sha1"},
                                  {"SHA256", "sha256"},
                                  {"PDQ", "pdq"}}) {
    const auto hash = text_at(media, key);
    if (!hash || hash->empty()) continue;
    TRY_DONE(set_hash(line.entry, type, *hash));
    any = true;
  }
  if (!any) return std::nullopt;
  if (const auto id = integer_at(media, "MediaID")) line.entry.ref = std::to_string(*id);
  json::object note;
  if (const auto category = integer_at(media, "Category")) {
    // 0 is "non-pertinent"; null, or none, is "nobody has looked": neither is the other.
    line.innocent = *category == 0;
    note["category"] = *category;
  }
  if (const auto series = text_at(media, "Series"); series && !series->empty())
    note["series"] = clip_utf8(*series, kTextMax);
  set_note(line.entry, note);
  return line;
}

/// One medium after another, wherever an array "Media" (or "value", of media) stands: a list may
/// have hundreds of thousands, so it is never held as a whole.
Done read_vics(std::string_view text, const std::function<void(ListLine&&)>& use) {
  const bool cases = text.find("\"Media\"") != std::string_view::npos;
  const std::string_view key = cases ? "\"Media\"" : "\"value\"";
  std::size_t number = 0;
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at)) {
    at = text.find_first_not_of(" \t\r\n:", at + key.size());
    if (at == std::string_view::npos || text[at] != '[') continue;
    for (++at;;) {
      at = text.find_first_not_of(" \t\r\n,", at);
      if (at == std::string_view::npos) return fail(ErrorKind::invalid, "The list is cut off.");
      if (text[at] == ']') break;
      const std::size_t end = text[at] == '{' ? end_of_value(text, at) : std::string_view::npos;
      ++number;
      if (end == std::string_view::npos)
        return wrong("Medium", number, {ErrorKind::invalid, "it is no whole JSON object"});
      auto read = read_media(text.substr(at, end - at));
      if (!read) return wrong("Medium", number, read.error());
      if (*read) use(std::move(**read));
      at = end;
    }
  }
  if (number == 0) return fail(ErrorKind::invalid, "There are no media in this list.");
  return {};
}

}  // namespace

Result<ListFormat> parse_list_format(std::string_view text) {
  if (text == "lines") return ListFormat::lines;
  if (text == "csv") return ListFormat::csv;
  if (text == "known") return ListFormat::known;
  if (text == "vics") return ListFormat::vics;
  return fail(ErrorKind::invalid, "A list is lines, csv, known or vics.");
}

ListFormat guess_format(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string_view first = trim(text.substr(0, text.find('\n')));
  if (first.starts_with('{')) {
    const bool vics = text.substr(0, 65536).find("\"value\"") != std::string_view::npos &&
                      !parse_hash_line(first, "list");
    return vics ? ListFormat::vics : ListFormat::known;
  }
  const bool table =
      first.find(',') != std::string_view::npos || first.find(';') != std::string_view::npos;
  const std::string only = column_name(first);
  return table || is_hash_column(only) ? ListFormat::csv : ListFormat::lines;
}

Done read_list(std::string_view text, ListFormat format,
               const std::function<void(ListLine&&)>& use) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return format == ListFormat::vics ? read_vics(text, use) : read_lines(text, format, use);
}

}  // namespace hotline::matching
