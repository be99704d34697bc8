#include "intake/drop.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/text.h"
#include "intake/batch.h"
#include "intake/disk.h"

namespace hotline::intake {

namespace files = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".batch";
constexpr std::string_view kTemporary = ".tmp-";
constexpr std::string_view kBroken = "broken";
/// A temporary file this old belongs to a portal that was killed while writing it.
constexpr auto kTemporaryLife = std::chrono::hours(1);
constexpr std::size_t kBatchNameBytes = 38;
/// So many submissions are remembered, so that the same one again costs the disk nothing.
constexpr std::size_t kRememberedMax = 1 << 16;

/// So many rounds go to the disk side by side: it joins their syncs into fewer of its own.
constexpr int kWritersMax = 4;
constexpr std::size_t kCrowd = 4;
constexpr std::chrono::milliseconds kCrowdPause{1};

/// "a-001f4c2b-00000000002a-9f86d081": the lane, the hour, a running number, and what keeps two
/// portals apart. Batches are filed in the order of their names.
bool is_batch_name(std::string_view name) {
  return name.size() == kBatchNameBytes && name.ends_with(kSuffix) &&
         (name.starts_with("a-") || name.starts_with("b-")) &&
         name.find('/') == std::string_view::npos;
}

std::string batch_name(Lane lane, Instant now, std::int64_t number) {
  char text[64];
  const auto hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
  std::snprintf(text, sizeof text, "%c-%08llx-%012llx-", lane == Lane::first ? 'a' : 'b',
                static_cast<unsigned long long>(hour), static_cast<unsigned long long>(number));
  return text + hex(crypto::random_bytes(4)) + std::string(kSuffix);
}

void remove_abandoned(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kTemporary)) continue;
    const auto age = files::file_time_type::clock::now() - entry.last_write_time(error);
    if (!error && age > kTemporaryLife) files::remove(entry.path(), error);
  }
}

/// Which submissions are on the disk already, the last ones only.
class Remembered {
 public:
  [[nodiscard]] bool has(const std::string& id, Lane lane) const {
    const auto found = lanes_.find(id);
    return found != lanes_.end() && (found->second == Lane::first || lane == Lane::late);
  }
  void add(const std::string& id, Lane lane) {
    const auto [place, is_new] = lanes_.try_emplace(id, lane);
    if (lane == Lane::first) place->second = lane;
    if (!is_new) return;
    order_.push_back(id);
    if (order_.size() <= kRememberedMax) return;
    lanes_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::unordered_map<std::string, Lane> lanes_;
  std::deque<std::string> order_;
};

}  // namespace

struct Drop::Impl {
  std::string folder;
  std::string public_key;
  std::int64_t disk_reserve = 0;

  /// Everyone who came before it began: a batch for each lane, and one fsync of the folder.
  struct Round {
    std::string batches[2];
    std::vector<std::pair<std::string, Lane>> ids;
    bool taken = false;  ///< Somebody writes it, or is about to.
    bool done = false;
    bool good = false;
    /// Of its own: whoever waits in another round is not woken for nothing.
    std::condition_variable changed;
  };
  std::mutex lock;
  std::shared_ptr<Round> next = std::make_shared<Round>();
  Remembered remembered;
  int writers = 0;
  std::size_t last_round = 0;  ///< How many came together in it.
  std::atomic<std::int64_t> batches_written = 0;

  [[nodiscard]] bool write(const Round& round) {
    if (free_bytes(folder) < disk_reserve) return false;
    const Instant now = SystemClock().now();
    for (const Lane lane : {Lane::first, Lane::late}) {
      const auto& batch = round.batches[static_cast<int>(lane)];
      if (batch.empty()) continue;
      if (!write_whole_file(folder, batch_name(lane, now, batches_written++), batch,
                            whole_hour(now)))
        return false;
    }
    return sync_folder(folder).has_value();
  }

  Done put(std::string_view id, std::string_view sealed, Lane lane) {
    std::unique_lock guard(lock);
    const auto mine = next;
    mine->batches[static_cast<int>(lane)] += batch_record(id, sealed);
    mine->ids.emplace_back(id, lane);
    while (!mine->done) {
      if (mine->taken || writers == kWritersMax) {
        mine->changed.wait(guard);
        continue;
      }
      // `mine` has not begun and we may: we do it for all who wait in it. In a crowd those who were
      // thanked a moment ago are about to come back: they come along.
      ++writers;
      mine->taken = true;
      if (last_round >= kCrowd) {
        guard.unlock();
        std::this_thread::sleep_for(kCrowdPause);
        guard.lock();
      }
      next = std::make_shared<Round>();
      last_round = mine->ids.size();
      guard.unlock();
      const bool good = write(*mine);
      guard.lock();
      --writers;
      mine->done = true;
      mine->good = good;
      if (good)
        for (const auto& [one, its_lane] : mine->ids) remembered.add(one, its_lane);
      mine->changed.notify_all();
      // There is a place for a writer: one of those who wait for the next round takes it.
      next->changed.notify_one();
    }
    if (!mine->good) return fail(ErrorKind::unavailable, "The disk does not take the drop.");
    return {};
  }
};

Drop::Drop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Drop::~Drop() = default;

Result<std::unique_ptr<Drop>> Drop::open(const std::string& folder, std::string public_key,
                                         std::int64_t disk_reserve) {
  if (public_key.size() != 32)
    return fail(ErrorKind::invalid, "The drop's public key has not 32 bytes.");
  TRY_DONE(make_folder(folder));
  remove_abandoned(folder);
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->public_key = std::move(public_key);
  impl->disk_reserve = disk_reserve;
  return std::unique_ptr<Drop>(new Drop(std::move(impl)));
}

Done Drop::put(std::string_view id, const Submission& submission, Lane lane) {
  CHECK(is_drop_id(id));
  {
    const std::lock_guard guard(impl_->lock);
    if (impl_->remembered.has(std::string(id), lane)) return {};
  }
  return impl_->put(id, crypto::seal_to(impl_->public_key, to_json(submission)), lane);
}

Result<DropReader> DropReader::open(const std::string& folder, crypto::KeyPair keys) {
  TRY_DONE(make_folder(folder));
  return DropReader(folder, std::move(keys));
}

Result<std::vector<std::string>> DropReader::waiting(std::size_t limit) const {
  std::vector<std::string> found;
  std::error_code error;
  for (auto entry = files::directory_iterator(folder_, error);
       !error && entry != files::directory_iterator(); entry.increment(error)) {
    auto name = entry->path().filename().string();
    if (is_batch_name(name)) found.push_back(std::move(name));
  }
  if (error) return fail(ErrorKind::unavailable, "The drop cannot be listed.");
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(limit, found.size()));
  std::partial_sort(found.begin(), end, found.end());
  found.erase(end, found.end());
  return found;
}

Result<std::vector<Dropped>> DropReader::read(std::string_view batch) const {
  CHECK(is_batch_name(batch));
  TRY(bytes, read_file(folder_ + "/" + std::string(batch)));
  TRY(records, read_batch(bytes));
  std::vector<Dropped> all;
  for (auto& record : records) {
    const auto plain = crypto::open_sealed(keys_, record.sealed);
    if (!plain)
      all.push_back({std::move(record.id),
                     fail(ErrorKind::corrupt, "A submission in the drop does not open.")});
    else
      all.push_back({std::move(record.id), submission_from_json(*plain)});
  }
  return all;
}

Done DropReader::remove(std::string_view batch) const {
  CHECK(is_batch_name(batch));
  std::error_code error;
  files::remove(folder_ + "/" + std::string(batch), error);
  if (error) return fail(ErrorKind::unavailable, "A filed batch cannot be removed.");
  return {};
}

Done DropReader::set_aside(std::string_view batch) const {
  CHECK(is_batch_name(batch));
  const std::string broken = folder_ + "/" + std::string(kBroken);
  TRY_DONE(make_folder(broken));
  std::error_code error;
  files::rename(folder_ + "/" + std::string(batch), broken + "/" + std::string(batch), error);
  if (error) return fail(ErrorKind::unavailable, "A broken batch cannot be set aside.");
  return {};
}

Result<crypto::KeyPair> drop_keys(const std::string& keys_folder) {
  TRY_DONE(make_folder(keys_folder));
  TRY(seed, crypto::key_file(keys_folder + "/drop.key"));
  auto keys = crypto::box_keys_from_seed(seed.reveal());
  const auto known = drop_public_key(keys_folder);
  if (!known || *known != keys.public_key) {
    TRY_DONE(write_whole_file(keys_folder, "drop.pub", keys.public_key));
    TRY_DONE(sync_folder(keys_folder));
  }
  return keys;
}

Result<std::string> drop_public_key(const std::string& keys_folder) {
  TRY(bytes, read_file(keys_folder + "/drop.pub"));
  if (bytes.size() != 32) return fail(ErrorKind::corrupt, "keys/drop.pub has not 32 bytes.");
  return bytes;
}

}  // namespace hotline::intake
