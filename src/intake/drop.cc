#include "intake/drop.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>

#include "base/text.h"
#include "intake/disk.h"

namespace hotline::intake {

namespace files = std::filesystem;

namespace {

constexpr std::string_view kSuffix = ".drop";
constexpr std::string_view kTemporary = ".tmp-";
constexpr std::string_view kBroken = "broken";
/// A temporary file this old belongs to a portal that was killed while writing it.
constexpr auto kTemporaryLife = std::chrono::hours(1);

bool is_drop_id(std::string_view id) {
  return id.size() >= 16 && id.size() <= 64 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

std::string file_name(std::string_view id) {
  return std::string(id) + std::string(kSuffix);
}

void remove_abandoned(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kTemporary)) continue;
    const auto age = files::file_time_type::clock::now() - entry.last_write_time(error);
    if (!error && age > kTemporaryLife) files::remove(entry.path(), error);
  }
}

}  // namespace

struct Drop::Impl {
  std::string folder;
  std::string public_key;
  std::int64_t disk_reserve = 0;

  /// One fsync of the folder, for everyone who came before it began.
  struct Round {
    bool done = false;
    bool good = false;
  };
  std::mutex lock;
  std::condition_variable finished;
  std::shared_ptr<Round> next = std::make_shared<Round>();
  bool syncing = false;

  Done sync() {
    std::unique_lock guard(lock);
    const auto mine = next;
    while (!mine->done) {
      if (syncing) {
        finished.wait(guard);
        continue;
      }
      // Nobody is syncing, so `mine` has not begun: we do it for all who wait in it.
      syncing = true;
      next = std::make_shared<Round>();
      guard.unlock();
      const bool good = sync_folder(folder).has_value();
      guard.lock();
      syncing = false;
      mine->done = true;
      mine->good = good;
      finished.notify_all();
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

Done Drop::put(std::string_view id, const Submission& submission) {
  CHECK(is_drop_id(id));
  if (free_bytes(impl_->folder) < impl_->disk_reserve)
    return fail(ErrorKind::unavailable, "The disk has less than the reserve left.");
  const auto sealed = crypto::seal_to(impl_->public_key, to_json(submission));
  TRY_DONE(write_whole_file(impl_->folder, file_name(id), sealed));
  return impl_->sync();
}

Result<DropReader> DropReader::open(const std::string& folder, crypto::KeyPair keys) {
  TRY_DONE(make_folder(folder));
  return DropReader(folder, std::move(keys));
}

Result<std::vector<std::string>> DropReader::waiting(std::size_t limit) const {
  struct Waiting {
    std::int64_t seconds, nanoseconds;
    std::string id;
    auto operator<=>(const Waiting&) const = default;
  };
  std::vector<Waiting> found;
  std::error_code error;
  for (auto entry = files::directory_iterator(folder_, error);
       !error && entry != files::directory_iterator(); entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    auto id = name.substr(0, name.size() - kSuffix.size());
    struct stat state{};
    if (!is_drop_id(id) || ::stat(entry->path().c_str(), &state) != 0) continue;
    found.push_back({state.st_mtim.tv_sec, state.st_mtim.tv_nsec, std::move(id)});
  }
  if (error) return fail(ErrorKind::unavailable, "The drop cannot be listed.");
  std::sort(found.begin(), found.end());
  std::vector<std::string> ids;
  for (auto& one : found) {
    if (ids.size() == limit) break;
    ids.push_back(std::move(one.id));
  }
  return ids;
}

Result<Submission> DropReader::read(std::string_view id) const {
  CHECK(is_drop_id(id));
  TRY(sealed, read_file(folder_ + "/" + file_name(id)));
  const auto plain = crypto::open_sealed(keys_, sealed);
  if (!plain) return fail(ErrorKind::corrupt, "A submission in the drop does not open.");
  return submission_from_json(*plain);
}

Done DropReader::remove(std::string_view id) const {
  CHECK(is_drop_id(id));
  std::error_code error;
  files::remove(folder_ + "/" + file_name(id), error);
  if (error) return fail(ErrorKind::unavailable, "A filed submission cannot be removed.");
  return {};
}

Done DropReader::set_aside(std::string_view id) const {
  CHECK(is_drop_id(id));
  const std::string broken = folder_ + "/" + std::string(kBroken);
  TRY_DONE(make_folder(broken));
  std::error_code error;
  files::rename(folder_ + "/" + file_name(id), broken + "/" + file_name(id), error);
  if (error) return fail(ErrorKind::unavailable, "A broken submission cannot be set aside.");
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
