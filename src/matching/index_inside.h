// The inside of Index: one lock for whoever changes, none for whoever looks.
//
// Changes: journal first (with a folder), then memory, old versions last, once no
// reader can miss the new ones. Merging reads what stands without the lock and
// takes it only to swap: what was removed meanwhile is removed from the new segment
// too, before anyone sees it. The manifest is replaced under the lock, so that
// folder and memory never tell two stories.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "matching/epochs.h"
#include "matching/index.h"
#include "matching/index_files.h"
#include "matching/index_snapshot.h"
#include "matching/segment_writer.h"

namespace hotline::matching {

class Index::Inside {
 public:
  Inside(std::string folder, const Options& options);
  ~Inside();

  /// From the folder, or nothing at all where there is no folder.
  Done start();
  /// One segment, read only.
  void start_with(std::shared_ptr<const Segment> segment);

  Done set_lists(const std::vector<ListRule>& lists);
  Done apply(std::span<const Change> changes, std::uint64_t stamp);
  Done compact();
  [[nodiscard]] std::optional<Entry> find(EntryId id) const;
  void each_without_picture(EntryId first, const std::function<void(const Entry&)>& use) const;
  [[nodiscard]] IndexSize size() const;

  /// Calls use(snapshot) while it cannot go away.
  template <class Use>
  auto look(Use&& use) const {
    const Epochs::Guard guard = epochs_.enter();
    return use(*current_.load());
  }
  [[nodiscard]] std::uint64_t stamp() const { return stamp_.load(); }

 private:
  using Lock = std::unique_lock<std::mutex>;
  /// Where a version of an entry stands.
  struct Standing {
    std::size_t source;  ///< Parts first, then live segments.
    std::uint32_t slot;
    EntryId id;
  };
  struct Sources {
    std::vector<SnapshotPart> parts;
    std::vector<SnapshotLive> lives;
    [[nodiscard]] bool empty() const { return parts.empty() && lives.empty(); }
  };

  Done refuse_if_closed() const;
  [[nodiscard]] const Snapshot& now() const { return *kept_; }
  void publish(std::shared_ptr<const Snapshot> next);
  [[nodiscard]] std::optional<Standing> standing(EntryId id) const;
  void mark_removed(const Standing& old);
  void put_in_memory(std::span<const Change> changes);
  Done freeze();
  Done apply_many(Lock& lock, std::span<const Change> changes, std::uint64_t stamp);
  void begin_empty();
  Done read_folder();
  Done read_beside_writer();
  Done replay(std::uint64_t first_journal);

  // Merging (index_merge.cc).
  [[nodiscard]] bool merge_is_due() const;
  [[nodiscard]] Sources choose() const;
  /// Takes `sources` out of the index and puts one segment of what stands in them there instead.
  Done merge(Lock& lock, const Sources& sources);
  void wait_for_merge(Lock& lock);
  Done swap_in(const Sources& sources, std::uint64_t number,
               std::shared_ptr<const Segment> segment);
  Result<std::shared_ptr<const Segment>> make_segment(std::uint64_t number, const Rows& rows,
                                                      const std::vector<ListRule>& lists) const;
  Done write_manifest_of(const Snapshot& snapshot);
  void remove_files(const Sources& sources);
  void work_in_background();
  void load_one(Lock& lock);

  const std::string folder_;  ///< Empty: in memory only.
  const Options options_;
  OwnedDescriptor folder_lock_{-1};

  Epochs epochs_;
  std::atomic<const Snapshot*> current_{nullptr};
  std::atomic<std::uint64_t> stamp_{0};

  mutable std::mutex lock_;  ///< Of all below.
  std::shared_ptr<const Snapshot> kept_;
  std::optional<Journal> journal_;
  std::uint64_t journal_number_ = 1, next_segment_ = 1;
  bool broken_ = false;  ///< A journal or manifest could not be written: no change is taken.
  bool merging_ = false;
  std::vector<EntryId> removed_meanwhile_;
  bool stopping_ = false;
  std::condition_variable wake_, merged_;
  std::thread worker_;
};

}  // namespace hotline::matching
