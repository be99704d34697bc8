#include "sandbox/window.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace hotline::sandbox {

namespace {
#ifndef F_SEAL_FUTURE_WRITE
constexpr int F_SEAL_FUTURE_WRITE = 0x0010;
#endif
}  // namespace

Result<Window> Window::make(std::size_t size) {
  Window window;
  window.descriptor_ = memfd_create("window", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (window.descriptor_ < 0 || ftruncate(window.descriptor_, static_cast<off_t>(size)) != 0)
    return fail(ErrorKind::unavailable, "No memory for a window.");
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, window.descriptor_, 0);
  if (memory == MAP_FAILED) return fail(ErrorKind::unavailable, "No memory for a window.");
  window.memory_ = static_cast<char*>(memory);
  window.size_ = size;
  // What is mapped stays writable; from here on nobody, we included, can map it so again.
  if (fcntl(window.descriptor_, F_ADD_SEALS,
            F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return fail(ErrorKind::unavailable, "A window could not be sealed.");
  return window;
}

Window::Window(Window&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      memory_(std::exchange(other.memory_, nullptr)),
      size_(other.size_),
      shown_(other.shown_) {}

Window& Window::operator=(Window&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  std::swap(shown_, other.shown_);
  return *this;
}

Window::~Window() {
  if (memory_ != nullptr) {
    wipe();
    munmap(memory_, size_);
  }
  if (descriptor_ >= 0) close(descriptor_);
}

void Window::show(std::string_view bytes) {
  CHECK(bytes.size() <= size_);
  std::copy(bytes.begin(), bytes.end(), memory_);
  shown_ = std::max(shown_, bytes.size());
}

void Window::wipe() {
  explicit_bzero(memory_, shown_);
  shown_ = 0;
}

std::string_view look_through(int descriptor) {
  struct stat about{};
  if (fstat(descriptor, &about) != 0 || about.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(about.st_size);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return {};
  return {static_cast<const char*>(memory), size};
}

}  // namespace hotline::sandbox
