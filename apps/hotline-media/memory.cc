// A cell lives for one picture, so its large buffers are always new, and the kernel's work to make
// them of pages of 4 KiB was two thirds of the jail's price. Large ones ask for huge pages; where
// the kernel has none to give, they are ordinary memory.
#include <sys/mman.h>

#include <cstdlib>
#include <new>

#if !defined(__SANITIZE_ADDRESS__)  // Sanitizers have allocators of their own.

namespace {
constexpr std::size_t kLarge = 512 * 1024;
constexpr std::size_t kHugePage = 2 << 20;
}  // namespace

void* operator new(std::size_t size) {
  const bool large = size >= kLarge && size < (std::size_t{1} << 40);
  const std::size_t whole = (size + kHugePage - 1) / kHugePage * kHugePage;
  void* memory = large ? std::aligned_alloc(kHugePage, whole) : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  if (large) madvise(memory, whole, MADV_HUGEPAGE);
  return memory;
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif
