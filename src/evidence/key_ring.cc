#include "evidence/key_ring.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/text.h"

namespace hotline::evidence {

namespace {

constexpr std::size_t kIdDigits = 16;

RootKey named(crypto::Key key) {
  auto id = hex(crypto::hmac_sha256(key.reveal(), "hotline evidence root")).substr(0, kIdDigits);
  return {std::move(id), std::move(key)};
}

std::string next_of(const std::string& path) {
  return path + ".next";
}

/// Nothing if it is not there; never makes it, for it may just be taking PATH's place.
Result<std::optional<RootKey>> read_next(const std::string& path) {
  std::ifstream in(next_of(path), std::ios::binary);
  if (!in) return std::optional<RootKey>();
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (bytes.size() != 32) return fail(ErrorKind::corrupt, "A key file has the wrong length.");
  return std::optional(named(crypto::Key(std::move(bytes))));
}

Done sync_folder_of(const std::string& path) {
  auto folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!good) return fail(ErrorKind::unavailable, "The folder of keys cannot be synced.");
  return {};
}

}  // namespace

Result<std::unique_ptr<KeyRing>> KeyRing::open(const std::string& path) {
  TRY_DONE(crypto::key_file(path));
  std::unique_ptr<KeyRing> ring(new KeyRing(path));
  TRY_DONE(ring->read_files());
  return ring;
}

Done KeyRing::read_files() {
  // PATH.next first: if it takes PATH's place meanwhile, it is read twice rather than not at all.
  TRY(next, read_next(path_));
  TRY(key, crypto::key_file(path_));
  roots_ = {named(key)};
  if (next && next->id != roots_[0].id) roots_.push_back(*std::move(next));
  return {};
}

Result<RootKey> KeyRing::root(std::string_view id) {
  const std::lock_guard lock(mutex_);
  for (const bool again : {false, true}) {
    if (again) TRY_DONE(read_files());
    for (const RootKey& root : roots_)
      if (root.id == id) return root;
  }
  return fail(ErrorKind::corrupt,
              "The root key of the evidence is not the one that this database was sealed with.");
}

RootKey KeyRing::current() {
  const std::lock_guard lock(mutex_);
  return roots_.front();
}

std::vector<RootKey> KeyRing::all() {
  const std::lock_guard lock(mutex_);
  return roots_;
}

Result<RootKey> KeyRing::next() {
  const std::lock_guard lock(mutex_);
  TRY_DONE(crypto::key_file(next_of(path_)));
  TRY_DONE(sync_folder_of(path_));
  TRY_DONE(read_files());
  return roots_.back();
}

Done KeyRing::replace() {
  const std::lock_guard lock(mutex_);
  if (std::rename(next_of(path_).c_str(), path_.c_str()) != 0)
    return fail(ErrorKind::unavailable, "The new root key cannot take the old one's place.");
  TRY_DONE(sync_folder_of(path_));
  return read_files();
}

}  // namespace hotline::evidence
