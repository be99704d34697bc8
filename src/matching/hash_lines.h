// Hash lines: known items as text, one JSON object a line.
//
// The format is docs/formats/known-hashes.md. A whole file is checked before
// the first line is stored; what it names wrong is said by line number, never by
// quoting the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "matching/known.h"

namespace hotline::matching {

struct HashLine {
  bool withdrawn = false;
  Known known;  ///< Without id, tenant and version.
};

/// One line. Error `invalid` with the reason. `source` is used where the line names none.
Result<HashLine> parse_hash_line(std::string_view line, std::string_view source);
/// The line of a known item, without the newline.
[[nodiscard]] std::string hash_line(const Known& known);

struct Imported {
  int added = 0;  ///< New, or standing again.
  int changed = 0;
  int same = 0;
  int withdrawn = 0;
};
/// All lines or none. Error `invalid` names the first wrong line by its number.
Result<Imported> import_hash_lines(db::Database& database, const casework::TenantId& tenant,
                                   std::string_view text, std::string_view source, Instant now);

}  // namespace hotline::matching
