// A .po catalogue as it lies in web/messages and web/phrases: msgid, msgstr, quoted lines that go
// on, and a head under the empty msgid ("X-Name: …"). What a key or a text means is its reader's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::web {

struct PoFile {
  struct Entry {
    std::string key, text;
    int line = 0;  ///< Of its msgid.
  };
  std::string head;
  std::vector<Entry> entries;  ///< Without the head, in the order of the file.

  /// "X-Name" of the head, or empty.
  [[nodiscard]] std::string head_value(std::string_view name) const;
};

/// Error `invalid` with file name and line if it is no catalogue.
[[nodiscard]] Result<PoFile> read_po(const std::string& path);
/// That error, for a reader who refuses an entry.
[[nodiscard]] std::unexpected<Error> po_error(const std::string& path, int line,
                                              std::string_view why);

}  // namespace hotline::web
