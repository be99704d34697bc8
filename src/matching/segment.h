// Segment: an immutable set of entries in one mapped .hmi file.
//
// Opening maps the file and checks its header, its sizes and the borders of its
// buckets: a few milliseconds, whatever the size. All else is checked where it is
// used, so that a damaged file gives wrong or no answers, never a crash; verify()
// reads everything and says whether each byte is what was written.
//
// Entries stand in slots: first those with a picture that can match, then the
// others, each part in order of id. What has been removed since is not known
// here (index.cc keeps it beside the segment). Written by segment_writer.h.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matching/bit_permutation.h"
#include "matching/hmi_format.h"
#include "matching/index.h"
#include "matching/ring_search.h"

namespace hotline::matching {

enum class DigestKind : std::uint8_t { md5, sha1, sha256 };
inline constexpr std::array kDigestKinds = {DigestKind::md5, DigestKind::sha1, DigestKind::sha256};
/// 16, 20 or 32.
[[nodiscard]] unsigned digest_bytes(DigestKind kind);
[[nodiscard]] hmi::SectionKind section_of(DigestKind kind);
[[nodiscard]] std::uint8_t has_flag(DigestKind kind);
/// Empty if there is none.
[[nodiscard]] std::span<const std::uint8_t> digest_of(const Digests& digests, DigestKind kind);

class Segment {
 public:
  /// Error `not_found`, or `corrupt` with what is wrong.
  [[nodiscard]] static Result<std::shared_ptr<const Segment>> open(const std::string& path);
  /// Takes the descriptor over; it is closed when mapped.
  [[nodiscard]] static Result<std::shared_ptr<const Segment>> map(int descriptor);
  /// The same in memory of its own, in large pages: look-ups go everywhere, and with small pages
  /// most of their time is spent on finding where a page lies. Takes as long as reading the file.
  [[nodiscard]] static Result<std::shared_ptr<const Segment>> load(int descriptor);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  [[nodiscard]] std::uint32_t entries() const { return entries_; }
  /// The first slots: those with a picture that can match.
  [[nodiscard]] std::uint32_t pictures() const { return pictures_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// False where it was loaded.
  [[nodiscard]] bool mapped() const { return mapped_; }
  /// Large enough to gain, small enough for the memory that is free; false once it was tried.
  [[nodiscard]] bool worth_loading() const;
  void loading_was_tried() const { loading_tried_ = true; }
  [[nodiscard]] const std::vector<ListRule>& lists() const { return lists_; }
  [[nodiscard]] const BitPermutation& permutation() const { return permutation_; }

  [[nodiscard]] EntryId id(std::uint32_t slot) const;
  [[nodiscard]] std::optional<std::uint32_t> slot_of(EntryId id) const;
  /// The first slot behind the pictures whose id is at least `first`; entries() if there is none.
  [[nodiscard]] std::uint32_t first_without_picture(EntryId first) const;
  [[nodiscard]] hmi::AttributeSet attributes(std::uint32_t slot) const;
  [[nodiscard]] std::string_view note(std::uint32_t number) const;
  [[nodiscard]] std::string_view ref(std::uint32_t slot) const;
  /// As it came; zero for a slot without one.
  [[nodiscard]] Hash256 picture(std::uint32_t slot) const;

  /// `queries` as they come; each hit once, by query and slot.
  void find_pictures(std::span<const Hash256> queries, std::span<const std::uint8_t> radii,
                     std::vector<PictureHit>& hits) const;
  /// Calls use(slot) for each entry with that digest.
  void find_digest(DigestKind kind, std::span<const std::uint8_t> digest,
                   const std::function<void(std::uint32_t slot)>& use) const;
  void each_digest(
      DigestKind kind,
      const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>& use) const;
  [[nodiscard]] std::uint64_t digests(DigestKind kind) const;

  /// Reads everything. Error `corrupt` names the section.
  [[nodiscard]] Done verify() const;
  [[nodiscard]] const RingTables& tables() const { return tables_; }

 private:
  Segment() = default;
  /// Reads all but the bytes themselves. `base` is unmapped with the segment.
  static Result<std::shared_ptr<const Segment>> at(void* base, std::uint64_t bytes, bool mapped);
  struct DigestTable {
    const std::uint8_t* directory = nullptr;
    const std::uint8_t* records = nullptr;
    std::uint64_t count = 0;
    unsigned bits = 0;
  };
  [[nodiscard]] const hmi::Header& header() const;
  [[nodiscard]] const hmi::Section* section(hmi::SectionKind kind) const;
  [[nodiscard]] const std::uint8_t* start(hmi::SectionKind kind) const;
  /// The section with exactly this length. Error `corrupt` otherwise.
  Result<const hmi::Section*> sized(hmi::SectionKind kind, std::uint64_t length) const;
  Done read_header();
  Done read_lists();
  Done read_columns();
  Done read_texts();
  Done read_tables();
  Done read_digests();
  Done verify_columns() const;
  [[nodiscard]] std::uint64_t id_block(std::uint32_t slot) const;
  /// Of the slots `low` to `high`, the first whose id is at least `wanted`; `high` if none is.
  [[nodiscard]] std::uint32_t first_from(std::uint32_t low, std::uint32_t high,
                                         EntryId wanted) const;

  const std::uint8_t* base_ = nullptr;
  std::uint64_t bytes_ = 0;
  bool mapped_ = true;
  mutable std::atomic<bool> loading_tried_{false};
  std::uint32_t entries_ = 0, pictures_ = 0;
  std::array<const hmi::Section*, hmi::kSections> sections_{};
  std::vector<ListRule> lists_;
  BitPermutation permutation_;
  RingTables tables_;
  const std::uint64_t* id_bases_ = nullptr;
  hmi::PackedColumn id_deltas_, attributes_, ref_ends_;
  const hmi::AttributeSet* sets_ = nullptr;
  std::uint64_t set_count_ = 0, note_count_ = 0;
  const std::uint64_t* note_ends_ = nullptr;
  std::string_view notes_, refs_;
  std::array<DigestTable, 3> digests_;
};

}  // namespace hotline::matching
