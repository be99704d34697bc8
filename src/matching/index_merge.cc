// Merging, and what the index does on its own.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "matching/index_inside.h"
#include "matching/merged_rows.h"

namespace hotline::matching {

namespace {

/// A segment is merged with newer ones once they are together a quarter of it.
constexpr std::uint64_t kGrowth = 4;
/// A segment is written anew once a quarter of it is removed.
constexpr std::uint64_t kRemovedShare = 4;

bool mostly_removed(const SnapshotPart& part) {
  return part.removed->count() > 4096 &&
         part.removed->count() > part.segment->entries() / kRemovedShare;
}

}  // namespace

bool Index::Inside::merge_is_due() const {
  return now().lives.size() > 1 || std::ranges::any_of(now().parts, mostly_removed);
}

Index::Inside::Sources Index::Inside::choose() const {
  Sources sources;
  sources.lives.assign(now().lives.begin(), now().lives.end() - 1);
  std::uint64_t entries = 0;
  for (const auto& live : sources.lives) entries += live.segment->entries();
  auto first = now().parts.end();
  for (auto at = now().parts.end(); at != now().parts.begin();) {
    --at;
    const std::uint64_t standing = at->segment->entries() - at->removed->count();
    if (entries * kGrowth < standing && !mostly_removed(*at)) break;
    first = at;
    entries += standing;
  }
  sources.parts.assign(first, now().parts.end());
  for (const auto& part : now().parts)
    if (sources.empty() && mostly_removed(part)) sources.parts.push_back(part);
  return sources;
}

Result<std::shared_ptr<const Segment>> Index::Inside::make_segment(
    std::uint64_t number, const Rows& rows, const std::vector<ListRule>& lists) const {
  if (!folder_.empty()) {
    const std::string path = segment_path(folder_, number);
    TRY_DONE(write_segment_file(path, rows, lists));
    return Segment::open(path);
  }
  OwnedDescriptor memory(::memfd_create("hotline-index", MFD_CLOEXEC));
  if (memory.get() < 0) return fail(ErrorKind::unavailable, "There is no memory for the index.");
  TRY_DONE(write_segment(memory.get(), rows, lists));
  return Segment::load(memory.release());
}

Done Index::Inside::write_manifest_of(const Snapshot& snapshot) {
  Manifest manifest;
  for (const auto& part : snapshot.parts)
    manifest.parts.push_back({part.number, part.removed->slots()});
  manifest.lists = snapshot.lists;
  manifest.stamp = stamp_;
  manifest.first_journal = snapshot.lives.front().journal;
  manifest.next_segment = next_segment_;
  for (const auto& live : snapshot.lives)
    manifest.first_journal = std::min(manifest.first_journal, live.journal);
  const Done written = replace_file(manifest_path(folder_), write_manifest(manifest));
  // The new manifest may be on disk or not: whoever opens the folder next will see.
  if (!written) broken_ = true;
  return written;
}

Done Index::Inside::swap_in(const Sources& sources, std::uint64_t number,
                            std::shared_ptr<const Segment> segment) {
  auto removed = std::make_shared<RemovedMarks>(segment->entries());
  for (const auto id : removed_meanwhile_)
    if (const auto slot = segment->slot_of(id)) removed->set(*slot);
  auto next = std::make_shared<Snapshot>(now());
  // A segment may have been loaded meanwhile: the marks beside it are still the same.
  const auto is_source = [&](const SnapshotPart& part) {
    return std::ranges::any_of(
        sources.parts, [&](const SnapshotPart& source) { return source.removed == part.removed; });
  };
  const auto place = std::ranges::find_if(next->parts, is_source);
  if (segment->entries() > 0)
    next->parts.insert(place, {number, std::move(segment), std::move(removed)});
  std::erase_if(next->parts, is_source);
  std::erase_if(next->lives, [&](const SnapshotLive& live) {
    return std::ranges::any_of(
        sources.lives, [&](const SnapshotLive& source) { return source.segment == live.segment; });
  });
  if (!folder_.empty()) TRY_DONE(write_manifest_of(*next));
  publish(std::move(next));
  return {};
}

Done Index::Inside::merge(Lock& lock, const Sources& sources) {
  CHECK(!merging_);
  merging_ = true;
  removed_meanwhile_.clear();
  const std::uint64_t number = next_segment_++;
  const std::vector<ListRule> lists = now().lists;
  lock.unlock();
  auto segment = make_segment(number, MergedRows(sources.parts, sources.lives), lists);
  lock.lock();
  Done done;
  if (!segment)
    done = std::unexpected(std::move(segment).error());
  else
    done = swap_in(sources, number, *std::move(segment));
  merging_ = false;
  merged_.notify_all();
  if (done && !folder_.empty()) remove_files(sources);
  return done;
}

void Index::Inside::remove_files(const Sources& sources) {
  for (const auto& part : sources.parts) ::unlink(segment_path(folder_, part.number).c_str());
  std::uint64_t first = journal_number_;
  for (const auto& live : now().lives) first = std::min(first, live.journal);
  for (const auto number : journals_in(folder_))
    if (number < first) ::unlink(journal_path(folder_, number).c_str());
}

void Index::Inside::wait_for_merge(Lock& lock) {
  merged_.wait(lock, [&] { return !merging_; });
}

Done Index::Inside::compact() {
  Lock lock(lock_);
  TRY_DONE(refuse_if_closed());
  wait_for_merge(lock);
  TRY_DONE(freeze());
  const Sources all{now().parts, {now().lives.begin(), now().lives.end() - 1}};
  const bool one = all.lives.empty() && all.parts.size() <= 1 &&
                   (all.parts.empty() || all.parts[0].removed->count() == 0);
  return one ? Done{} : merge(lock, all);
}

/// One mapped segment is read into large pages, if there is memory for it.
void Index::Inside::load_one(Lock& lock) {
  const auto part = std::ranges::find_if(now().parts, [](const SnapshotPart& one) {
    return one.segment->mapped() && one.segment->worth_loading();
  });
  if (part == now().parts.end()) return;
  const SnapshotPart chosen = *part;
  lock.unlock();
  const int file = ::open(segment_path(folder_, chosen.number).c_str(), O_RDONLY | O_CLOEXEC);
  auto loaded = file < 0 ? Result<std::shared_ptr<const Segment>>(
                               fail(ErrorKind::not_found, "The segment is gone."))
                         : Segment::load(file);
  lock.lock();
  chosen.segment->loading_was_tried();
  if (!loaded) return;
  auto next = std::make_shared<Snapshot>(now());
  for (auto& one : next->parts)
    if (one.segment == chosen.segment) one.segment = *loaded;
  publish(std::move(next));
}

void Index::Inside::work_in_background() {
  Lock lock(lock_);
  while (!stopping_) {
    epochs_.free_what_is_unseen();
    if (merge_is_due() && !merging_ && !broken_) {
      const Sources sources = choose();
      if (sources.empty()) continue;
      if (const Done done = merge(lock, sources); !done) {
        // Nothing is lost: what was to be merged still answers. Try again, not at once.
        log::trouble("index_merge_failed", done.error());
        wake_.wait_for(lock, std::chrono::seconds(10), [&] { return stopping_; });
      }
      continue;
    }
    if (!folder_.empty() && options_.large_pages && !merging_) load_one(lock);
    wake_.wait_for(lock, std::chrono::seconds(1));
  }
}

}  // namespace hotline::matching
