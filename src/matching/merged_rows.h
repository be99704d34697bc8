// MergedRows: what stands in several segments and live segments, as the rows of one.
#pragma once

#include <vector>

#include "matching/index_snapshot.h"
#include "matching/segment_writer.h"

namespace hotline::matching {

/// Holds what it reads. Entries marked removed when it is made are left out; an id stands at most
/// once in all sources together, or the newest counts.
class MergedRows : public Rows {
 public:
  MergedRows(std::vector<SnapshotPart> parts, std::vector<SnapshotLive> lives);
  [[nodiscard]] std::uint32_t entries() const override {
    return static_cast<std::uint32_t>(rows_.size());
  }
  [[nodiscard]] std::uint32_t pictures() const override { return pictures_; }
  [[nodiscard]] EntryId id(std::uint32_t slot) const override { return rows_[slot].id; }
  [[nodiscard]] Hash256 picture(std::uint32_t slot) const override;
  [[nodiscard]] Attributes attributes(std::uint32_t slot) const override;
  [[nodiscard]] std::string_view ref(std::uint32_t slot) const override;
  void each_digest(
      DigestKind kind,
      const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>& use) const override;

 private:
  struct Row {
    EntryId id;
    std::uint32_t source;  ///< Parts first, then live ones: the later the newer.
    std::uint32_t slot;
  };
  void gather(bool pictures);
  [[nodiscard]] const SnapshotPart* part(const Row& row) const {
    return row.source < parts_.size() ? &parts_[row.source] : nullptr;
  }
  [[nodiscard]] const LiveSegment& live(const Row& row) const {
    return *lives_[row.source - parts_.size()].segment;
  }

  std::vector<SnapshotPart> parts_;
  std::vector<SnapshotLive> lives_;
  std::vector<Row> rows_;
  std::uint32_t pictures_ = 0;
};

}  // namespace hotline::matching
