// Sensitive: a value that must not reach a log, a fact or an error sentence.
//
// It has no operator<< and no formatter; reveal() is the only way out, and
// tools/tidy lists every use of it.
#pragma once

#include <utility>

namespace hotline {

template <class T>
class Sensitive {
 public:
  Sensitive() = default;
  explicit Sensitive(T value) : value_(std::move(value)) {}
  [[nodiscard]] const T& reveal() const { return value_; }

 private:
  T value_{};
};

}  // namespace hotline
