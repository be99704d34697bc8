#include "base/crypto.h"
#include "base/text.h"
#include "facts/facts.h"

namespace hotline::facts {

namespace {

constexpr std::string_view kAppend = R"sql(
  INSERT INTO fact (tenant, kind, actor, casefile, subject, details, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql";
constexpr std::string_view kAfter = R"sql(
  SELECT tenant, kind, actor, casefile, subject, details, at, position
    FROM fact WHERE position > $1 ORDER BY position LIMIT $2)sql";
constexpr std::string_view kOfCase = R"sql(
  SELECT tenant, kind, actor, casefile, subject, details, at, position
    FROM fact WHERE casefile = $1 ORDER BY seq)sql";
constexpr std::string_view kOfKind = R"sql(
  SELECT tenant, kind, actor, casefile, subject, details, at, position
    FROM fact WHERE kind = $1 AND at >= $2 AND at < $3 AND ($4 = '' OR tenant = $4) ORDER BY seq)sql";
constexpr std::string_view kCursor = "SELECT position FROM fact_cursor WHERE reader = $1";
constexpr std::string_view kMoveCursor = R"sql(
  INSERT INTO fact_cursor (reader, position) VALUES ($1, $2)
  ON CONFLICT (reader) DO UPDATE SET position = excluded.position)sql";
constexpr std::string_view kUnsealed = R"sql(
  SELECT tenant, kind, actor, casefile, subject, details, at, position, seq
    FROM fact WHERE position IS NULL ORDER BY seq)sql";
constexpr std::string_view kLast =
    "SELECT position, hash FROM fact WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1";
constexpr std::string_view kSeal =
    "UPDATE fact SET position = $2, hash = $3 WHERE seq = $1 AND position IS NULL";
constexpr std::string_view kChain = R"sql(
  SELECT tenant, kind, actor, casefile, subject, details, at, position, hash
    FROM fact WHERE position > $1 ORDER BY position LIMIT 5000)sql";

/// The chain begins here; the text says whose chain it is.
const std::string& first_hash() {
  static const std::string hash = hex(crypto::sha256("hotline facts 1"));
  return hash;
}

/// SHA-256 over the hash before and every column, each with its length, so that no two facts
/// read the same.
std::string next_hash(const std::string& before, const db::Row& row, std::int64_t position) {
  std::string text = before;
  for (std::size_t column = 0; column < 7; ++column) {
    const std::string cell = row.text(column);
    text += ":" + std::to_string(cell.size()) + ":" + cell;
  }
  return hex(crypto::sha256(text + ":" + std::to_string(position)));
}

Result<Fact> fact_of(const db::Row& row) {
  Fact fact{row.text(0),
            row.text(1),
            row.text(2),
            row.text(3),
            row.text(4),
            {},
            instant(row.integer(6)),
            row.integer(7)};
  TRY(details, parse_json(row.text(5)));
  if (!details.is_object()) return fail(ErrorKind::corrupt, "A fact's details are no object.");
  fact.details = details.get_object();
  return fact;
}

Result<std::vector<Fact>> facts_of(const db::Rows& rows) {
  std::vector<Fact> facts;
  facts.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(fact, fact_of(row));
    facts.push_back(std::move(fact));
  }
  return facts;
}

/// An address, an e-mail or a host would contain one of these; ids, codes and times never do.
bool may_stand_in_a_fact(std::string_view text) {
  return text.size() <= 200 && text.find('@') == text.npos && text.find('/') == text.npos &&
         text.find('.') == text.npos && text.find('\n') == text.npos;
}

bool may_stand_in_a_fact(const json::value& value) {
  if (value.is_string()) return may_stand_in_a_fact(std::string_view(value.get_string()));
  if (const auto* array = value.if_array()) {
    for (const auto& part : *array)
      if (!may_stand_in_a_fact(part)) return false;
  }
  return !value.is_object();
}

}  // namespace

Done FactStore::append(const Fact& fact) {
  if (!is_kind(fact.kind))
    return fail(ErrorKind::invalid, "There is no fact kind " + fact.kind + ".");
  for (const auto& [key, value] : fact.details)
    if (!may_stand_in_a_fact(value))
      return fail(ErrorKind::invalid,
                  "The detail " + std::string(key) + " may not stand in a fact.");
  TRY_DONE(tx_.run(kAppend, {fact.tenant, fact.kind, fact.actor, fact.casefile, fact.subject,
                             json::serialize(fact.details), us(fact.at)}));
  return {};
}

Result<std::vector<Fact>> FactStore::after(std::int64_t position, int limit) {
  TRY(rows, tx_.run(kAfter, {position, std::int64_t{limit}}));
  return facts_of(rows);
}

Result<std::vector<Fact>> FactStore::of_case(std::string_view casefile) {
  TRY(rows, tx_.run(kOfCase, {std::string(casefile)}));
  return facts_of(rows);
}

Result<std::vector<Fact>> FactStore::of_kind(std::string_view tenant, std::string_view kind,
                                             Instant from, Instant to) {
  TRY(rows, tx_.run(kOfKind, {std::string(kind), us(from), us(to), std::string(tenant)}));
  return facts_of(rows);
}

Result<std::int64_t> FactStore::cursor(std::string_view reader) {
  TRY(rows, tx_.run(kCursor, {std::string(reader)}));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Done FactStore::move_cursor(std::string_view reader, std::int64_t position) {
  TRY_DONE(tx_.run(kMoveCursor, {std::string(reader), position}));
  return {};
}

Result<std::int64_t> FactStore::last_position() {
  TRY(last, tx_.run(kLast));
  return last.empty() ? 0 : last[0].integer(0);
}

Result<int> FactStore::seal() {
  TRY(unsealed, tx_.run(kUnsealed));
  if (unsealed.empty()) return 0;
  TRY(last, tx_.run(kLast));
  std::int64_t position = last.empty() ? 0 : last[0].integer(0);
  std::string hash = last.empty() ? first_hash() : last[0].text(1);
  for (const auto& row : unsealed) {
    hash = next_hash(hash, row, ++position);
    TRY_DONE(tx_.run(kSeal, {row.integer(8), position, hash}));
  }
  return static_cast<int>(unsealed.size());
}

Result<std::int64_t> FactStore::verify() {
  std::int64_t position = 0;
  std::string hash = first_hash();
  for (;;) {
    TRY(rows, tx_.run(kChain, {position}));
    if (rows.empty()) return position;
    for (const auto& row : rows) {
      hash = next_hash(hash, row, ++position);
      if (row.integer(7) != position || row.text(8) != hash)
        return fail(ErrorKind::corrupt,
                    "The chain of facts is broken at position " + std::to_string(position) + ".");
    }
  }
}

}  // namespace hotline::facts
