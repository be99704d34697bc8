#include "intake/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kRefused = "The disk does not take or give a file.";

/// A descriptor that closes itself; close() itself may report a lost write, so it can be asked.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  bool close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Done make_folder(const std::string& path) {
  namespace files = std::filesystem;
  std::error_code error;
  if (files::is_directory(path, error)) return {};
  files::create_directories(path, error);
  if (error) return fail(ErrorKind::unavailable, "A folder of the hotline cannot be made.");
  files::permissions(
      path, files::perms::owner_all | files::perms::group_read | files::perms::group_exec, error);
  return {};
}

Done write_whole_file(const std::string& folder, std::string_view name, std::string_view bytes,
                      std::optional<Instant> dated) {
  const std::string temporary = folder + "/.tmp-" + hex(crypto::random_bytes(16));
  const auto refuse = [&] {
    ::unlink(temporary.c_str());
    return fail(ErrorKind::unavailable, std::string(kRefused));
  };
  File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (file.get() < 0) return refuse();
  if (!write_all(file.get(), bytes)) return refuse();
  if (dated) {
    const timespec at{.tv_sec = us(*dated) / 1000000, .tv_nsec = 0};
    const timespec both[2] = {at, at};
    if (::futimens(file.get(), both) != 0) return refuse();
  }
  if (::fsync(file.get()) != 0 || !file.close()) return refuse();
  const std::string path = folder + "/" + std::string(name);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return refuse();
  return {};
}

Done sync_folder(const std::string& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0)
    return fail(ErrorKind::unavailable, std::string(kRefused));
  return {};
}

Result<std::string> read_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0)
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable,
                std::string(kRefused));
  std::string bytes;
  char part[16384];
  while (true) {
    const auto got = ::read(file.get(), part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorKind::unavailable, std::string(kRefused));
    if (got == 0) return bytes;
    bytes.append(part, static_cast<std::size_t>(got));
  }
}

std::int64_t free_bytes(const std::string& folder) {
  struct statvfs state{};
  if (::statvfs(folder.c_str(), &state) != 0) return 0;
  return static_cast<std::int64_t>(state.f_bavail) * static_cast<std::int64_t>(state.f_frsize);
}

}  // namespace hotline::intake
