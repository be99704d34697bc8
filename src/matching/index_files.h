// What an index folder holds beside its segments: the manifest and the journals.
//
// The manifest names the segments that count, what has been removed from each, the
// lists' rules, and the first journal whose changes are not yet in a segment. It is
// replaced in one step; a segment that it does not name is left over and removed.
// A journal holds one record for each apply(), on disk before apply() returns. The
// state of a folder is its manifest, then its journals in order. The bytes are in
// docs/formats/hmi.md.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matching/durable_file.h"
#include "matching/index.h"

namespace hotline::matching {

struct Manifest {
  struct Part {
    std::uint64_t number = 0;  ///< Its file is segment_path(folder, number).
    std::vector<std::uint32_t> removed;
  };
  std::vector<Part> parts;  ///< Oldest first.
  std::vector<ListRule> lists;
  std::uint64_t stamp = 0;
  std::uint64_t first_journal = 1;
  std::uint64_t next_segment = 1;
};

[[nodiscard]] std::string manifest_path(const std::string& folder);
[[nodiscard]] std::string segment_path(const std::string& folder, std::uint64_t number);
[[nodiscard]] std::string journal_path(const std::string& folder, std::uint64_t number);
/// The numbers of the journals that lie in a folder, in order.
[[nodiscard]] std::vector<std::uint64_t> journals_in(const std::string& folder);
/// Removes the segments and journals that the manifest does not need, and passing files.
void remove_what_is_left_over(const std::string& folder, const Manifest& manifest);

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
/// Error `corrupt`.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view bytes);

struct JournalRecord {
  std::uint64_t stamp = 0;
  std::vector<Change> changes;
};
[[nodiscard]] std::string write_record(std::span<const Change> changes, std::uint64_t stamp);

struct JournalRead {
  std::vector<JournalRecord> records;
  std::uint64_t good_bytes = 0;  ///< What follows was never acknowledged: a record cut off.
};
/// Error `corrupt` if the file does not begin as a journal; a broken end is no error.
[[nodiscard]] Result<JournalRead> read_journal(std::string_view bytes);

/// The journal being written. Not locked.
class Journal {
 public:
  /// A new file. Error `unavailable`.
  static Result<Journal> make(const std::string& folder, std::uint64_t number);
  /// On disk when it returns. After an error nothing may be appended any more.
  Done append(std::string_view record);

 private:
  explicit Journal(OwnedDescriptor file) : file_(std::move(file)) {}
  OwnedDescriptor file_;
  std::uint64_t bytes_ = 0;
};

}  // namespace hotline::matching
