// Epochs: readers that never wait, and a writer that knows when they have left.
//
// A reader holds a Guard while it looks at what an atomic pointer gave it. The
// writer swaps the pointer and retires the old object here: it is freed once every
// reader that could have seen it has left. One writer at a time (the caller's lock);
// any number of readers, of which 256 at once find a place without trying twice.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace hotline::matching {

class Epochs {
  struct alignas(64) Place {
    std::atomic<std::uint64_t> since{0};  ///< The epoch its reader came in; 0: free.
  };

 public:
  class Guard {
   public:
    explicit Guard(std::atomic<std::uint64_t>& place) : place_(&place) {}
    Guard(Guard&& other) noexcept : place_(std::exchange(other.place_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (place_) place_->store(0, std::memory_order_release);
    }

   private:
    std::atomic<std::uint64_t>* place_;
  };

  [[nodiscard]] Guard enter() const {
    std::size_t at = std::hash<std::thread::id>{}(std::this_thread::get_id());
    for (;; ++at) {
      auto& since = places_[at % places_.size()].since;
      std::uint64_t free = 0;
      // The epoch is read before the place is taken: it may be too old, never too new.
      if (since.compare_exchange_strong(free, now_.load())) return Guard(since);
    }
  }

  /// Writer: frees `object` when no reader can see it any more; it is already unreachable.
  void retire(std::shared_ptr<const void> object) {
    retired_.emplace_back(now_.fetch_add(1), std::move(object));
    free_what_is_unseen();
  }
  /// Writer: returns when every reader that was inside has left.
  void wait() {
    const std::uint64_t before = now_.fetch_add(1);
    while (oldest() <= before) std::this_thread::yield();
    free_what_is_unseen();
  }
  void free_what_is_unseen() {
    const std::uint64_t seen = oldest();
    std::erase_if(retired_, [&](const auto& object) { return object.first < seen; });
  }

 private:
  [[nodiscard]] std::uint64_t oldest() const {
    std::uint64_t oldest = ~std::uint64_t{0};
    for (const auto& place : places_)
      if (const auto since = place.since.load(); since != 0 && since < oldest) oldest = since;
    return oldest;
  }

  mutable std::array<Place, 256> places_;
  std::atomic<std::uint64_t> now_{1};
  std::vector<std::pair<std::uint64_t, std::shared_ptr<const void>>> retired_;
};

}  // namespace hotline::matching
