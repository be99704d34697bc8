// Reading lists of hashes as they come: lines, CSV, our own format, VICS JSON.
//
// For indexes that are built without a server (hotline match build). What a list
// says wrong is named by line (or by the number of the object), never quoted.
#pragma once

#include <functional>
#include <string_view>

#include "matching/index.h"

namespace hotline::matching {

/// Spelled as on the command line.
///   lines  a hash a line, "HEX", "TYPE HEX" or "TYPE HEX QUALITY"; 32 digits are an MD5, 40 a
///          SHA-1, 64 a PDQ hash (a SHA-256 needs its type); # begins a remark
///   csv    a first line with column names; comma or semicolon
///   known  docs/formats/known-hashes.md
///   vics   Project VIC, cases or media, 1.2 to 2.0
enum class ListFormat : std::uint8_t { lines, csv, known, vics };
[[nodiscard]] Result<ListFormat> parse_list_format(std::string_view text);
/// From how the text begins.
[[nodiscard]] ListFormat guess_format(std::string_view text);

struct ListLine {
  Entry entry;             ///< Without id and list.
  bool withdrawn = false;  ///< The entry with this ref does not count any more.
  bool innocent = false;   ///< The list itself says that it is harmless (VICS category 0).
};

/// Calls use(line) for each entry in order. Error `invalid` names the first wrong line.
Done read_list(std::string_view text, ListFormat format,
               const std::function<void(ListLine&&)>& use);

}  // namespace hotline::matching
