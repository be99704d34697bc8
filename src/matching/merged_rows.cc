#include "matching/merged_rows.h"

#include <algorithm>

namespace hotline::matching {

namespace {
constexpr std::uint32_t kNowhere = 0xFFFFFFFFU;
}

MergedRows::MergedRows(std::vector<SnapshotPart> parts, std::vector<SnapshotLive> lives)
    : parts_(std::move(parts)), lives_(std::move(lives)) {
  gather(true);
  pictures_ = static_cast<std::uint32_t>(rows_.size());
  gather(false);
}

void MergedRows::gather(bool pictures) {
  const auto first = static_cast<std::ptrdiff_t>(rows_.size());
  const auto older = [](const Row& a, const Row& b) {
    return a.id != b.id ? a.id < b.id : a.source < b.source;
  };
  const auto merge_from = [&](std::ptrdiff_t middle) {
    std::inplace_merge(rows_.begin() + first, rows_.begin() + middle, rows_.end(), older);
  };
  for (std::uint32_t source = 0; source < parts_.size(); ++source) {
    const Segment& segment = *parts_[source].segment;
    const auto middle = static_cast<std::ptrdiff_t>(rows_.size());
    const std::uint32_t begin = pictures ? 0 : segment.pictures();
    const std::uint32_t end = pictures ? segment.pictures() : segment.entries();
    for (std::uint32_t slot = begin; slot < end; ++slot)
      if (!parts_[source].removed->at(slot)) rows_.push_back({segment.id(slot), source, slot});
    merge_from(middle);
  }
  for (std::uint32_t i = 0; i < lives_.size(); ++i) {
    const LiveSegment& live = *lives_[i].segment;
    const auto middle = static_cast<std::ptrdiff_t>(rows_.size());
    const auto source = static_cast<std::uint32_t>(parts_.size()) + i;
    for (std::uint32_t slot = 0; slot < live.entries(); ++slot)
      if (!live.removed(slot) && live.has_picture(slot) == pictures)
        rows_.push_back({live.entry(slot).id, source, slot});
    std::sort(rows_.begin() + middle, rows_.end(), older);
    merge_from(middle);
  }
  // Of equal ids the last is the newest.
  const auto begin = rows_.begin() + first;
  auto kept = begin;
  for (auto at = begin; at != rows_.end(); ++at)
    if (std::next(at) == rows_.end() || std::next(at)->id != at->id) *kept++ = *at;
  rows_.erase(kept, rows_.end());
}

Hash256 MergedRows::picture(std::uint32_t slot) const {
  const Row& row = rows_[slot];
  if (const auto* from = part(row)) return from->segment->picture(row.slot);
  return live(row).entry(row.slot).picture;
}

Rows::Attributes MergedRows::attributes(std::uint32_t slot) const {
  const Row& row = rows_[slot];
  if (const auto* from = part(row)) {
    const auto set = from->segment->attributes(row.slot);
    return {set.list, set.quality, set.has, from->segment->note(set.note)};
  }
  const Entry& entry = live(row).entry(row.slot);
  return {entry.list, static_cast<std::uint8_t>(entry.quality),
          has_of(entry.digests, slot < pictures_), entry.note};
}

std::string_view MergedRows::ref(std::uint32_t slot) const {
  const Row& row = rows_[slot];
  if (const auto* from = part(row)) return from->segment->ref(row.slot);
  return live(row).entry(row.slot).ref;
}

void MergedRows::each_digest(
    DigestKind kind,
    const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>& use) const {
  for (std::uint32_t source = 0; source < parts_.size(); ++source) {
    const Segment& segment = *parts_[source].segment;
    if (segment.digests(kind) == 0) continue;
    std::vector<std::uint32_t> here(segment.entries(), kNowhere);
    for (std::uint32_t slot = 0; slot < rows_.size(); ++slot)
      if (rows_[slot].source == source) here[rows_[slot].slot] = slot;
    segment.each_digest(kind, [&](std::span<const std::uint8_t> digest, std::uint32_t slot) {
      if (here[slot] != kNowhere) use(digest, here[slot]);
    });
  }
  for (std::uint32_t slot = 0; slot < rows_.size(); ++slot) {
    if (part(rows_[slot])) continue;
    const auto digest = digest_of(live(rows_[slot]).entry(rows_[slot].slot).digests, kind);
    if (!digest.empty()) use(digest, slot);
  }
}

}  // namespace hotline::matching
