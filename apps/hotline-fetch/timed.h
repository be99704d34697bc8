// Timed: work on a stranger's bytes that may take too long, given up at a deadline.
//
// A parser cannot be interrupted, but this process lives for one look only: what
// is given up goes on in its thread until the process ends, which main does by
// _exit() then. So the work must own all that it touches.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace hotline::fetch {

/// How much was given up; not 0: nobody may run destructors of statics any more.
inline std::atomic<int> given_up{0};

/// The result of `work`, or nothing if it has none at the deadline.
template <class Work>
auto within(std::chrono::steady_clock::time_point deadline, Work work)
    -> std::optional<decltype(work())> {
  using Value = decltype(work());
  auto task = std::make_shared<std::packaged_task<Value()>>(std::move(work));
  auto result = task->get_future();
  std::thread([task] { (*task)(); }).detach();
  if (result.wait_until(deadline) != std::future_status::ready) {
    ++given_up;
    return std::nullopt;
  }
  return result.get();
}

}  // namespace hotline::fetch
