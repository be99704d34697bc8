#include "matching/index_inside.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "matching/merged_rows.h"

namespace hotline::matching {

namespace {

/// So many at once go straight into a segment of their own.
constexpr std::size_t kMany = LiveSegment::kCapacity / 2;
/// So many full live segments may wait to be merged before a writer waits too.
constexpr std::size_t kLivesMax = 8;

/// A merge takes far longer than opening what it made.
constexpr int kReadingTries = 100;

/// Of several changes to one id only the last counts.
std::vector<const Change*> last_of_each(std::span<const Change> changes) {
  std::vector<const Change*> last;
  std::unordered_map<EntryId, std::size_t> places;
  for (const auto& change : changes) {
    const auto [place, first] = places.try_emplace(change.entry.id, last.size());
    if (first)
      last.push_back(&change);
    else
      last[place->second] = &change;
  }
  return last;
}

Entry entry_at(const Segment& segment, std::uint32_t slot) {
  const auto set = segment.attributes(slot);
  return {segment.id(slot),
          set.list,
          segment.picture(slot),
          set.quality,
          {},
          std::string(segment.note(set.note)),
          std::string(segment.ref(slot))};
}

}  // namespace

Index::Inside::Inside(std::string folder, const Options& options)
    : folder_(std::move(folder)), options_(options) {
  begin_empty();
}

void Index::Inside::begin_empty() {
  journal_number_ = next_segment_ = 1;
  auto empty = std::make_shared<Snapshot>();
  empty->lives.push_back({journal_number_, std::make_shared<LiveSegment>()});
  kept_ = std::move(empty);
  current_ = kept_.get();
}

Index::Inside::~Inside() {
  {
    const Lock lock(lock_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (worker_.joinable()) worker_.join();
}

Done Index::Inside::start() {
  if (!folder_.empty()) TRY_DONE(options_.read_only ? read_beside_writer() : read_folder());
  const bool may_work = options_.merge_in_background && !options_.read_only;
  if (may_work) worker_ = std::thread([this] { work_in_background(); });
  return {};
}

void Index::Inside::start_with(std::shared_ptr<const Segment> segment) {
  auto next = std::make_shared<Snapshot>(now());
  next->lists = segment->lists();
  const std::uint32_t slots = segment->entries();
  next->parts.push_back({0, std::move(segment), std::make_shared<RemovedMarks>(slots)});
  publish(std::move(next));
}

// What the manifest names stays until the next manifest is written: if it is still the same when
// all has been read, nothing was taken away meanwhile.
Done Index::Inside::read_beside_writer() {
  for (int tries = 0;; ++tries) {
    const auto before = read_file(manifest_path(folder_));
    if (!before) return std::unexpected(before.error());
    const Done done = read_folder();
    const auto after = read_file(manifest_path(folder_));
    if (after && *after == *before) return done;
    if (tries == kReadingTries)
      return fail(ErrorKind::unavailable, "The index folder changes faster than it can be read.");
    begin_empty();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Done Index::Inside::read_folder() {
  if (!options_.read_only) {
    ::mkdir(folder_.c_str(), 0700);
    OwnedDescriptor file(::open((folder_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file.get() < 0) return fail(ErrorKind::unavailable, "The index folder cannot be written.");
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
      return fail(ErrorKind::conflict, "Another process writes this index folder.");
    folder_lock_ = std::move(file);
  }
  Manifest manifest;
  const auto bytes = read_file(manifest_path(folder_));
  if (bytes) {
    TRY(read, read_manifest(*bytes));
    manifest = std::move(read);
  } else if (bytes.error().kind != ErrorKind::not_found || options_.read_only) {
    return std::unexpected(bytes.error());
  }
  auto next = std::make_shared<Snapshot>(now());
  next->lists = manifest.lists;
  next->lives.back().journal = manifest.first_journal;
  for (const auto& part : manifest.parts) {
    TRY(segment, Segment::open(segment_path(folder_, part.number)));
    auto removed = std::make_shared<RemovedMarks>(segment->entries());
    for (const auto slot : part.removed) removed->set(slot);
    next->parts.push_back({part.number, std::move(segment), std::move(removed)});
  }
  stamp_ = manifest.stamp;
  next_segment_ = manifest.next_segment;
  journal_number_ = manifest.first_journal;
  publish(std::move(next));
  TRY_DONE(replay(manifest.first_journal));
  if (options_.read_only) return {};
  remove_what_is_left_over(folder_, manifest);
  TRY(journal, Journal::make(folder_, journal_number_));
  journal_ = std::move(journal);
  // A folder without a manifest could not be told from one whose manifest was lost.
  return bytes ? Done{} : write_manifest_of(now());
}

Done Index::Inside::replay(std::uint64_t first_journal) {
  for (const auto number : journals_in(folder_)) {
    if (number < first_journal) continue;
    TRY(bytes, read_file(journal_path(folder_, number)));
    TRY(journal, read_journal(bytes));
    for (const auto& record : journal.records) {
      for (const auto& change : record.changes)
        if (!change.remove && change.entry.list >= now().lists.size())
          return fail(ErrorKind::corrupt, "A journal names a list that the index does not have.");
      const auto puts = static_cast<std::size_t>(std::ranges::count_if(
          record.changes, [](const Change& change) { return !change.remove; }));
      if (now().lives.back().segment->entries() + puts > LiveSegment::kCapacity) {
        auto next = std::make_shared<Snapshot>(now());
        // Its journal is retired only when all that was replayed has been merged.
        next->lives.push_back({first_journal, std::make_shared<LiveSegment>()});
        publish(std::move(next));
      }
      put_in_memory(record.changes);
      stamp_ = record.stamp;
    }
    journal_number_ = number + 1;
  }
  return {};
}

Done Index::Inside::refuse_if_closed() const {
  if (options_.read_only) return fail(ErrorKind::forbidden, "This index was opened for reading.");
  if (broken_)
    return fail(ErrorKind::unavailable,
                "The index could not be written before: open it again to go on.");
  return {};
}

void Index::Inside::publish(std::shared_ptr<const Snapshot> next) {
  std::swap(kept_, next);
  current_.store(kept_.get());
  epochs_.retire(std::move(next));
}

std::optional<Index::Inside::Standing> Index::Inside::standing(EntryId id) const {
  for (std::size_t i = now().lives.size(); i-- > 0;)
    if (const auto slot = now().lives[i].segment->slot_of(id))
      return Standing{now().parts.size() + i, *slot, id};
  for (std::size_t i = now().parts.size(); i-- > 0;) {
    const auto slot = now().parts[i].segment->slot_of(id);
    if (slot && !now().parts[i].removed->at(*slot)) return Standing{i, *slot, id};
  }
  return std::nullopt;
}

void Index::Inside::mark_removed(const Standing& old) {
  if (merging_) removed_meanwhile_.push_back(old.id);
  if (old.source < now().parts.size())
    now().parts[old.source].removed->set(old.slot);
  else
    now().lives[old.source - now().parts.size()].segment->remove(old.slot);
}

void Index::Inside::put_in_memory(std::span<const Change> changes) {
  std::vector<Standing> removed, replaced;
  LiveSegment& live = *now().lives.back().segment;
  for (const Change* change : last_of_each(changes)) {
    const auto old = standing(change->entry.id);
    if (old) (change->remove ? removed : replaced).push_back(*old);
    if (!change->remove)
      live.add(change->entry, can_match(change->entry, now().lists[change->entry.list]));
  }
  for (const auto& old : removed) mark_removed(old);
  if (replaced.empty()) return;
  // A reader that came before the new versions must still find the old ones.
  epochs_.wait();
  for (const auto& old : replaced) mark_removed(old);
}

Done Index::Inside::freeze() {
  if (now().lives.back().segment->entries() == 0) return {};
  if (journal_) {
    auto journal = Journal::make(folder_, journal_number_ + 1);
    if (!journal) return std::unexpected(std::move(journal).error());
    journal_ = *std::move(journal);
  }
  auto next = std::make_shared<Snapshot>(now());
  next->lives.push_back({++journal_number_, std::make_shared<LiveSegment>()});
  publish(std::move(next));
  wake_.notify_all();
  return {};
}

Done Index::Inside::set_lists(const std::vector<ListRule>& lists) {
  Lock lock(lock_);
  TRY_DONE(refuse_if_closed());
  for (const auto& rule : lists)
    if (rule.radius < 0 || rule.radius > kRadiusMax || rule.quality_min < 0 ||
        rule.quality_min > 100)
      return fail(ErrorKind::invalid, "A list's radius is 0 to 63 and its quality 0 to 100.");
  if (lists.size() < now().lists.size() || lists.size() > 65535)
    return fail(ErrorKind::invalid, "A list cannot be taken away from an index.");
  auto next = std::make_shared<Snapshot>(now());
  next->lists = lists;
  if (!folder_.empty()) TRY_DONE(write_manifest_of(*next));
  publish(std::move(next));
  return {};
}

Done Index::Inside::apply(std::span<const Change> changes, std::uint64_t stamp) {
  Lock lock(lock_);
  TRY_DONE(refuse_if_closed());
  std::size_t puts = 0;
  for (const auto& change : changes) {
    if (change.remove) continue;
    ++puts;
    const Entry& entry = change.entry;
    if (entry.list >= now().lists.size())
      return fail(ErrorKind::invalid, "An entry names a list that the index does not have.");
    if (entry.quality < 0 || entry.quality > 100)
      return fail(ErrorKind::invalid, "A quality is 0 to 100.");
    if (entry.note.size() > kNoteBytesMax || entry.ref.size() > kRefBytesMax)
      return fail(ErrorKind::invalid, "A note or a ref is too long.");
  }
  if (changes.size() >= kMany) return apply_many(lock, changes, stamp);
  if (now().lives.back().segment->entries() + puts > LiveSegment::kCapacity) {
    if (worker_.joinable())
      merged_.wait(lock, [&] { return now().lives.size() < kLivesMax || broken_; });
    TRY_DONE(refuse_if_closed());
    TRY_DONE(freeze());
  }
  if (journal_) {
    // Half a record at the end of a journal is no record; another one behind it would be lost.
    if (const Done written = journal_->append(write_record(changes, stamp)); !written) {
      broken_ = true;
      return written;
    }
  }
  put_in_memory(changes);
  stamp_ = stamp;
  return {};
}

// The journal must not say of an id what is older than what the new segment says: all that is live
// becomes a segment first, and one manifest then brings the new segment and all it replaces.
Done Index::Inside::apply_many(Lock& lock, std::span<const Change> changes, std::uint64_t stamp) {
  // A merge lets other writers in: as long as they bring something, it is merged too.
  for (;;) {
    wait_for_merge(lock);
    TRY_DONE(refuse_if_closed());
    TRY_DONE(freeze());
    if (now().lives.size() == 1) break;
    TRY_DONE(merge(lock, {{}, {now().lives.begin(), now().lives.end() - 1}}));
  }
  std::vector<const Entry*> entries;
  std::vector<Standing> old;
  for (const Change* change : last_of_each(changes)) {
    if (const auto found = standing(change->entry.id)) old.push_back(*found);
    if (!change->remove) entries.push_back(&change->entry);
  }
  const std::uint64_t number = next_segment_++;
  std::shared_ptr<const Segment> segment;
  if (!entries.empty()) {
    TRY(made, make_segment(number, EntryRows(std::move(entries), now().lists), now().lists));
    segment = std::move(made);
  }
  // On disk first, in the form that memory takes next.
  auto next = std::make_shared<Snapshot>(now());
  auto marked = std::make_shared<Snapshot>(now());
  for (auto& part : marked->parts) {
    auto marks = std::make_shared<RemovedMarks>(part.segment->entries());
    for (const auto slot : part.removed->slots()) marks->set(slot);
    part.removed = std::move(marks);
  }
  for (const auto& standing : old)
    if (standing.source < marked->parts.size())
      marked->parts[standing.source].removed->set(standing.slot);
  if (segment) {
    const SnapshotPart part{number, segment, std::make_shared<RemovedMarks>(segment->entries())};
    next->parts.push_back(part);
    marked->parts.push_back(part);
  }
  const std::uint64_t before = stamp_.exchange(stamp);
  if (!folder_.empty())
    if (const Done written = write_manifest_of(*marked); !written) {
      stamp_ = before;
      return written;
    }
  // Marks of sources keep their places: the new part is the last one, and no change is live.
  publish(std::move(next));
  epochs_.wait();
  for (const auto& standing : old) mark_removed(standing);
  wake_.notify_all();
  return {};
}

std::optional<Entry> Index::Inside::find(EntryId id) const {
  return look([&](const Snapshot& snapshot) -> std::optional<Entry> {
    for (auto at = snapshot.lives.rbegin(); at != snapshot.lives.rend(); ++at) {
      const auto slot = at->segment->slot_of(id);
      if (!slot) continue;
      Entry entry = at->segment->entry(*slot);
      entry.digests = {};
      return entry;
    }
    for (auto at = snapshot.parts.rbegin(); at != snapshot.parts.rend(); ++at) {
      const Segment& segment = *at->segment;
      const auto slot = segment.slot_of(id);
      if (!slot || at->removed->at(*slot)) continue;
      return entry_at(segment, *slot);
    }
    return std::nullopt;
  });
}

void Index::Inside::each_without_picture(EntryId first,
                                         const std::function<void(const Entry&)>& use) const {
  look([&](const Snapshot& snapshot) {
    for (const auto& part : snapshot.parts) {
      const Segment& segment = *part.segment;
      for (std::uint32_t slot = segment.first_without_picture(first); slot < segment.entries();
           ++slot)
        if (!part.removed->at(slot)) use(entry_at(segment, slot));
    }
    for (const auto& live : snapshot.lives)
      for (std::uint32_t slot = 0; slot < live.segment->entries(); ++slot) {
        const Entry& entry = live.segment->entry(slot);
        if (entry.id >= first && !live.segment->has_picture(slot) && !live.segment->removed(slot))
          use(entry);
      }
    return true;
  });
}

IndexSize Index::Inside::size() const {
  return look([](const Snapshot& snapshot) {
    IndexSize size;
    for (const auto& part : snapshot.parts) {
      size.entries += part.segment->entries() - part.removed->count();
      size.removed += part.removed->count();
      size.loaded += part.segment->mapped() ? 0 : 1;
      size.bytes += part.segment->bytes() + part.segment->entries() / 8;
      size.pictures += part.segment->pictures();
      if (part.removed->count() == 0) continue;
      for (const auto slot : part.removed->slots())
        if (slot < part.segment->pictures()) --size.pictures;
    }
    for (const auto& live : snapshot.lives) {
      for (std::uint32_t slot = 0; slot < live.segment->entries(); ++slot) {
        if (live.segment->removed(slot)) continue;
        ++size.live;
        if (live.segment->has_picture(slot)) ++size.pictures;
      }
      size.bytes += live.segment->bytes();
    }
    size.entries += size.live;
    size.segments = snapshot.parts.size();
    return size;
  });
}

}  // namespace hotline::matching
