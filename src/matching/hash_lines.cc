#include "matching/hash_lines.h"

#include "base/json.h"
#include "base/text.h"
#include "matching/known_store.h"

namespace hotline::matching {

namespace {

constexpr std::string_view kFields[] = {"source", "ref",         "md5",     "sha1",     "sha256",
                                        "pdq",    "pdq_quality", "scheme",  "category", "age",
                                        "sex",    "words",       "graders", "withdrawn"};
constexpr std::size_t kTextMax = 200;

Done only_known_fields(const json::object& object) {
  for (const auto& field : object) {
    bool found = false;
    for (const auto& name : kFields) found |= name == std::string_view(field.key());
    if (!found) return fail(ErrorKind::invalid, "There is a field that this format does not have.");
  }
  return {};
}

/// Sets `text` if the field is there. Error `invalid` if it is no text, or too long.
Done read_text(const json::value& line, std::string_view field, std::string& text) {
  const json::value* value = member(line, field);
  if (!value || value->is_null()) return {};
  if (!value->is_string() || value->as_string().size() > kTextMax)
    return fail(ErrorKind::invalid, std::string(field) + " must be text of at most 200 bytes.");
  text = clean_utf8(std::string_view(value->as_string()));
  return {};
}

Done read_integer(const json::value& line, std::string_view field, std::int64_t most, int& number) {
  const json::value* value = member(line, field);
  if (!value || value->is_null()) return {};
  const auto given = integer_at(line, field);
  if (!given || *given < 0 || *given > most)
    return fail(ErrorKind::invalid, std::string(field) + " must be a whole number from 0 to " +
                                        std::to_string(most) + ".");
  number = static_cast<int>(*given);
  return {};
}

Done read_hashes(const json::value& line, Hashes& hashes) {
  for (const auto& [field, text] : {std::pair<std::string_view, std::string*>{"md5", &hashes.md5},
                                    {"sha1", &hashes.sha1},
                                    {"sha256", &hashes.sha256},
                                    {"pdq", &hashes.pdq}}) {
    TRY_DONE(read_text(line, field, *text));
    *text = lower_ascii(*text);
  }
  TRY_DONE(read_integer(line, "pdq_quality", 100, hashes.pdq_quality));
  return check(hashes);
}

Done apply(KnownStore& store, HashLine line, const casework::TenantId& tenant, Instant now,
           Imported& imported) {
  line.known.tenant = tenant;
  if (line.withdrawn) {
    TRY(done, store.withdraw(tenant, line.known.source, line.known.ref, now));
    ++(done ? imported.withdrawn : imported.same);
    return {};
  }
  TRY(before, store.version(tenant));
  TRY(old, store.find(tenant, line.known.source, line.known.ref));
  TRY_DONE(store.put(line.known, now));
  TRY(after, store.version(tenant));
  if (!old || old->withdrawn_at)
    ++imported.added;
  else
    ++(before == after ? imported.same : imported.changed);
  return {};
}

}  // namespace

Result<HashLine> parse_hash_line(std::string_view line, std::string_view source) {
  TRY(value, parse_json(line));
  if (!value.is_object()) return fail(ErrorKind::invalid, "The line is no JSON object.");
  TRY_DONE(only_known_fields(value.as_object()));
  HashLine parsed;
  Known& known = parsed.known;
  known.source = source;
  for (const auto& [field, text] :
       {std::pair<std::string_view, std::string*>{"source", &known.source},
        {"ref", &known.ref},
        {"scheme", &known.scheme},
        {"category", &known.category},
        {"age", &known.age},
        {"sex", &known.sex},
        {"words", &known.words}})
    TRY_DONE(read_text(value, field, *text));
  // "own" is what our analysts' gradings make; a file that could write there could forge them.
  if (known.source.empty() || known.source == "own")
    return fail(ErrorKind::invalid, "The source must be named, and not be \"own\".");
  if (known.ref.empty()) return fail(ErrorKind::invalid, "ref is missing.");
  if (const json::value* withdrawn = member(value, "withdrawn"); withdrawn) {
    if (!withdrawn->is_bool()) return fail(ErrorKind::invalid, "withdrawn must be true or false.");
    parsed.withdrawn = withdrawn->as_bool();
  }
  if (parsed.withdrawn) return parsed;
  TRY_DONE(read_hashes(value, known.hashes));
  TRY_DONE(read_integer(value, "graders", 1000, known.graders));
  if (known.category.empty()) return fail(ErrorKind::invalid, "category is missing.");
  return parsed;
}

std::string hash_line(const Known& known) {
  json::object line;
  const auto text = [&](std::string_view field, const std::string& value) {
    if (!value.empty()) line[field] = value;
  };
  text("source", known.source);
  text("ref", known.ref);
  if (known.withdrawn_at) {
    line["withdrawn"] = true;
    return json::serialize(line);
  }
  text("md5", known.hashes.md5);
  text("sha1", known.hashes.sha1);
  text("sha256", known.hashes.sha256);
  text("pdq", known.hashes.pdq);
  if (!known.hashes.pdq.empty()) line["pdq_quality"] = known.hashes.pdq_quality;
  text("scheme", known.scheme);
  text("category", known.category);
  text("age", known.age);
  text("sex", known.sex);
  text("words", known.words);
  line["graders"] = known.graders;
  return json::serialize(line);
}

Result<Imported> import_hash_lines(db::Database& database, const casework::TenantId& tenant,
                                   std::string_view text, std::string_view source, Instant now) {
  std::vector<HashLine> lines;
  int number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    auto parsed = parse_hash_line(line, source);
    if (!parsed)
      return fail(ErrorKind::invalid,
                  "Line " + std::to_string(number) + ": " + parsed.error().sentence);
    lines.push_back(*std::move(parsed));
  }
  return database.transact([&](db::Transaction& tx) -> Result<Imported> {
    KnownStore store(tx);
    Imported imported;
    for (const auto& line : lines) TRY_DONE(apply(store, line, tenant, now, imported));
    return imported;
  });
}

}  // namespace hotline::matching
