// Writing a segment: from rows in their final order to the bytes of docs/formats/hmi.md.
//
// Nothing is changed in place: a file is written under a passing name, brought to
// disk and only then given its own (write_segment_file), so that a reader sees a
// whole segment or none.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matching/index.h"
#include "matching/segment.h"

namespace hotline::matching {

/// What is written, by slot: first all rows with a picture that can match in order of id, then the
/// others in order of id. Views stay good until the writing is done, and rows that share a note
/// had best give the same view.
class Rows {
 public:
  struct Attributes {
    ListNumber list = 0;
    std::uint8_t quality = 0;
    std::uint8_t has = 0;  ///< hmi::Has.
    std::string_view note;
  };
  virtual ~Rows() = default;
  [[nodiscard]] virtual std::uint32_t entries() const = 0;
  [[nodiscard]] virtual std::uint32_t pictures() const = 0;
  [[nodiscard]] virtual EntryId id(std::uint32_t slot) const = 0;
  [[nodiscard]] virtual Hash256 picture(std::uint32_t slot) const = 0;
  [[nodiscard]] virtual Attributes attributes(std::uint32_t slot) const = 0;
  [[nodiscard]] virtual std::string_view ref(std::uint32_t slot) const = 0;
  /// In any order.
  virtual void each_digest(
      DigestKind kind,
      const std::function<void(std::span<const std::uint8_t>, std::uint32_t slot)>& use) const = 0;
};

/// Entries in memory as rows. Keeps pointers to them; the ids must differ.
class EntryRows : public Rows {
 public:
  EntryRows(std::vector<const Entry*> entries, const std::vector<ListRule>& lists);
  [[nodiscard]] std::uint32_t entries() const override;
  [[nodiscard]] std::uint32_t pictures() const override { return pictures_; }
  [[nodiscard]] EntryId id(std::uint32_t slot) const override { return entries_[slot]->id; }
  [[nodiscard]] Hash256 picture(std::uint32_t slot) const override {
    return entries_[slot]->picture;
  }
  [[nodiscard]] Attributes attributes(std::uint32_t slot) const override;
  [[nodiscard]] std::string_view ref(std::uint32_t slot) const override {
    return entries_[slot]->ref;
  }
  void each_digest(
      DigestKind kind,
      const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>& use) const override;

 private:
  std::vector<const Entry*> entries_;
  std::uint32_t pictures_ = 0;
};

/// Whether this picture can ever match.
[[nodiscard]] bool can_match(const Entry& entry, const ListRule& rule);
/// hmi::Has of an entry; the picture's flag is `picture`.
[[nodiscard]] std::uint8_t has_of(const Digests& digests, bool picture);

/// Into an empty file from its beginning. Error `unavailable` if it cannot be written.
Done write_segment(int descriptor, const Rows& rows, const std::vector<ListRule>& lists);
/// Whole and on disk, or not there: replaces `path` in one step.
Done write_segment_file(const std::string& path, const Rows& rows,
                        const std::vector<ListRule>& lists);

}  // namespace hotline::matching
