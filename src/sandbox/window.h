// Window: memory that one program fills and its helper can only look at.
//
// A file passes to a jail without being copied through a pipe: 300 KB would be
// some seventy writes and as many wakings. The kernel keeps the helper from
// writing, growing, shrinking or mapping it for writing, whatever it becomes.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace hotline::sandbox {

class Window {
 public:
  /// Of `size` bytes, which cost memory once they have been used. Error `unavailable`.
  [[nodiscard]] static Result<Window> make(std::size_t size);
  Window(Window&& other) noexcept;
  Window& operator=(Window&& other) noexcept;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  /// For the helper's Program::third; stays ours.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// At most size() bytes (CHECK). They stay until wipe().
  void show(std::string_view bytes);
  /// Nothing of what was shown is left: the next one to look is another.
  void wipe();

 private:
  Window() = default;
  int descriptor_ = -1;
  char* memory_ = nullptr;
  std::size_t size_ = 0, shown_ = 0;
};

/// In the helper, before its walls: all of the window at `descriptor`, which stays for as long as
/// the process and its cells do. Empty if there is none.
[[nodiscard]] std::string_view look_through(int descriptor);

}  // namespace hotline::sandbox
