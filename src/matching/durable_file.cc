#include "matching/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace hotline::matching {

namespace {
std::unexpected<Error> failed(std::string_view what) {
  return fail(ErrorKind::unavailable, "The index cannot be " + std::string(what) + " (error " +
                                          std::to_string(errno) + ").");
}
}  // namespace

OwnedDescriptor::~OwnedDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Done write_at(int descriptor, std::uint64_t offset, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::pwrite(descriptor, at, count, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("written");
    at += written;
    offset += static_cast<std::uint64_t>(written);
    count -= static_cast<std::size_t>(written);
  }
  return {};
}

Done sync_file(int descriptor) {
  if (::fdatasync(descriptor) != 0) return failed("brought to disk");
  return {};
}

Done sync_folder(const std::string& folder) {
  const OwnedDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) return failed("brought to disk");
  return {};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Done replace_file(const std::string& path, std::string_view bytes) {
  const std::string passing = path + ".new";
  const OwnedDescriptor file(
      ::open(passing.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed("written");
  TRY_DONE(write_at(file.get(), 0, bytes.data(), bytes.size()));
  TRY_DONE(sync_file(file.get()));
  if (::rename(passing.c_str(), path.c_str()) != 0) return failed("written");
  return sync_folder(folder_of(path));
}

Result<std::string> read_file(const std::string& path) {
  const OwnedDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    if (errno == ENOENT) return fail(ErrorKind::not_found, "There is no such file.");
    return failed("read");
  }
  std::string bytes;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read");
    if (got == 0) return bytes;
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace hotline::matching
