// Index: which known hashes are near this one, exactly, while the set changes.
//
// An entry is one known thing: a PDQ hash, exact digests (MD5, SHA-1, SHA-256) or
// both, in one list, with what the caller wants back. Most entries lie in
// immutable segments that are mapped, not read (segment.h, docs/formats/hmi.md);
// the latest few thousand in a live segment (live_segment.h). A thread of the
// index makes segments of what is live and merges small ones; nobody waits for it.
//
// Readers take no lock and are never stopped by a change. A change is seen by
// every look-up that begins after apply() has returned; with a folder it is then
// also on disk: killed at any moment, the index opens again with every change
// that was acknowledged. One process writes a folder at a time.
//
// An answer is exact: every entry within the radius, no other. It only matches;
// what follows from a match is policy, and stands elsewhere (matcher.h).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "matching/hash256.h"

namespace hotline::matching {

/// Chosen by the caller, unique in one index; an entry with the same id replaces the old one.
using EntryId = std::uint64_t;
/// The place of a list's rule in Index::lists().
using ListNumber = std::uint16_t;

/// Raw bytes, not hex.
struct Digests {
  std::optional<std::array<std::uint8_t, 16>> md5;
  std::optional<std::array<std::uint8_t, 20>> sha1;
  std::optional<std::array<std::uint8_t, 32>> sha256;
  [[nodiscard]] bool empty() const { return !md5 && !sha1 && !sha256; }
  friend bool operator==(const Digests&, const Digests&) = default;
};

/// How the entries of one list match. The numbers may change at any time.
struct ListRule {
  std::string name;
  int radius = 31;       ///< Of PDQ, 0 to 63: the most bits that may differ.
  int quality_min = 50;  ///< PDQ hashes below it do not match, on either side.
  /// Known innocent: an entry of this list wins over every hit that is no nearer than it is.
  bool allow = false;
  friend bool operator==(const ListRule&, const ListRule&) = default;
};

/// Longer ones are refused. A ref may hold the TMK vector of a film.
inline constexpr std::size_t kNoteBytesMax = 64 * 1024, kRefBytesMax = 512 * 1024;

struct Entry {
  EntryId id = 0;
  ListNumber list = 0;
  Hash256 picture;  ///< Zero: none. The zero hash never matches.
  int quality = 0;  ///< Of `picture`, 0 to 100.
  Digests digests;
  std::string note;  ///< Attributes as the caller spells them; stored once for all that share it.
  std::string ref;   ///< What the list calls it; its own for each entry.
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// Puts an entry, or removes the one with `entry.id` (nothing else is read then).
struct Change {
  Entry entry;
  bool remove = false;
};

struct Query {
  /// One hash, or up to eight of the same picture turned and mirrored. Zero hashes find nothing.
  std::span<const Hash256> pictures;
  int quality = 100;          ///< Of the pictures; below a list's floor its pictures do not match.
  std::optional<int> radius;  ///< 0 to 63 for all lists; else each list's own.
  Digests digests;
};

/// Spelled as printed. Ordered: the stronger first.
enum class MatchedBy : std::uint8_t { sha256, sha1, md5, pdq };
[[nodiscard]] std::string_view name(MatchedBy by);

struct Hit {
  EntryId id = 0;
  ListNumber list = 0;
  MatchedBy by = MatchedBy::pdq;
  std::uint8_t picture = 0;    ///< Which of the query's pictures was nearest.
  std::uint16_t distance = 0;  ///< Bits; 0 for digests.
  friend bool operator==(const Hit&, const Hit&) = default;
};

struct Answer {
  /// Entries of lists that are not allow-lists: exact before near, then by distance, then by id.
  /// A weaker digest counts only where query or entry lacks the stronger one.
  std::vector<Hit> hits;
  /// The nearest entry of an allow-list, if there is one. It has already won: what it outvotes
  /// is not among `hits`.
  std::optional<Hit> allowed;
};

struct IndexSize {
  std::uint64_t entries = 0;   ///< That stand.
  std::uint64_t pictures = 0;  ///< Of those, with a PDQ hash that can match.
  std::uint64_t removed = 0;   ///< Still in a segment, matching nothing.
  std::uint64_t live = 0;      ///< Not yet in a segment.
  std::uint64_t segments = 0;
  std::uint64_t loaded = 0;  ///< Of the segments: in memory of their own, not mapped.
  std::uint64_t bytes = 0;   ///< Mapped and in memory, of everything.
};

/// Look-ups from any number of threads, without locks; changes from any thread, one after another.
class Index {
 public:
  struct Options {
    bool merge_in_background = true;  ///< Else only compact() makes segments.
    bool read_only = false;           ///< Refuses changes, writes nothing, takes no file lock.
    /// Segments of a folder are read into memory in large pages, in the background, where memory
    /// allows: look-ups are then some 1.4 times faster. They answer from the mapped file till then.
    bool large_pages = true;
  };

  /// In memory only: empty at first, gone at the end.
  [[nodiscard]] static Result<std::unique_ptr<Index>> in_memory();
  [[nodiscard]] static Result<std::unique_ptr<Index>> in_memory(const Options& options);
  /// A folder, made if it is not there (not if read_only). Error `conflict` if another process
  /// writes it, `corrupt` if what lies there breaks its own rules.
  [[nodiscard]] static Result<std::unique_ptr<Index>> open(const std::string& folder,
                                                           const Options& options);
  /// One .hmi file, read only.
  [[nodiscard]] static Result<std::unique_ptr<Index>> open_file(const std::string& path);
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  /// Rules of all lists, by number. Lists may be added and rules changed, never taken away.
  Done set_lists(const std::vector<ListRule>& lists);
  [[nodiscard]] std::vector<ListRule> lists() const;

  /// All changes or none, in order; durable and visible when it returns. `stamp` is the caller's
  /// own position (how far it has followed its source), kept with the changes. Error `invalid` if
  /// an entry names a list that is not there.
  Done apply(std::span<const Change> changes, std::uint64_t stamp = 0);
  /// Of the last apply(); 0 at first.
  [[nodiscard]] std::uint64_t stamp() const;

  [[nodiscard]] Answer answer(const Query& query) const;
  /// In the same order; much faster than one by one.
  [[nodiscard]] std::vector<Answer> answer_all(std::span<const Query> queries) const;

  /// Note and ref of an entry that stands, with its list, quality and hash; digests are not given
  /// back (they are stored for look-up only).
  [[nodiscard]] std::optional<Entry> find(EntryId id) const;
  /// Calls use(entry) for each that stands without a picture that can match and has an id of at
  /// least `first`; digests are not given back.
  void each_without_picture(EntryId first, const std::function<void(const Entry&)>& use) const;

  [[nodiscard]] IndexSize size() const;
  /// Reads every byte of every segment. Error `corrupt` says what is wrong.
  [[nodiscard]] Done verify() const;
  /// Makes one segment of everything, now.
  Done compact();

 private:
  class Inside;
  explicit Index(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace hotline::matching
