// Durable files: bytes that are on disk when the call returns, and files that are
// there whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::matching {

/// All bytes at `offset`. Error `unavailable`.
Done write_at(int descriptor, std::uint64_t offset, const void* bytes, std::size_t count);
/// Brings a file's bytes to disk.
Done sync_file(int descriptor);
/// Brings to disk that files were made, renamed or removed in a folder.
Done sync_folder(const std::string& folder);
[[nodiscard]] std::string folder_of(const std::string& path);
/// Replaces `path` by a file with these bytes, on disk.
Done replace_file(const std::string& path, std::string_view bytes);
/// Error `not_found` if there is none, `unavailable` if it cannot be read.
Result<std::string> read_file(const std::string& path);

/// A descriptor that closes itself.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~OwnedDescriptor();
  OwnedDescriptor(OwnedDescriptor&& other) noexcept : descriptor_(other.release()) {}
  OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

}  // namespace hotline::matching
