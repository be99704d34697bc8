// Survival: how long an address stays up after its first notice.
//
// The product-limit estimate (Kaplan and Meier, J. Am. Stat. Assoc. 53, 1958, 457): what is
// still up when we stop counting has not failed, it has only been watched for so long. A
// median of the removed ones alone would call a host fast because it removes nothing slowly.
// Ties: a removal at the very moment at which another is censored counts first.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace hotline::statistics {

/// One address: how long it was watched after its first notice, and whether it was gone then.
struct Spell {
  std::chrono::seconds time{};
  bool gone = false;
};

class Survival {
 public:
  explicit Survival(std::vector<Spell> spells);

  [[nodiscard]] std::int64_t size() const { return size_; }
  /// The estimated share still up after `time`, in whole percent, rounded half up. Nothing for no
  /// address, or beyond the longest time that anything was watched (unless nothing is left then).
  [[nodiscard]] std::optional<std::int64_t> percent_up(std::chrono::seconds time) const;
  /// The first time at which no more than half are up; nothing if that was not reached.
  [[nodiscard]] std::optional<std::chrono::seconds> median() const;

 private:
  struct Step {
    std::chrono::seconds time;
    double up;  ///< From this moment on.
  };
  std::vector<Step> steps_;
  std::chrono::seconds watched_{};
  std::int64_t size_ = 0;
};

}  // namespace hotline::statistics
