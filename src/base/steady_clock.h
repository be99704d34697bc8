// SteadyClock: the machine's time, unless it jumps.
//
// Deadlines of notices and proofs of removal rest on time. A machine's clock that is
// set by an hour or ten years (a wrong time server, a dead battery) must neither send
// every reminder at once nor hold them back for years. So time here goes on as the
// kernel counts it since boot; small corrections are followed, jumps are not. Where
// the machine was restarted meanwhile, time never goes back, and a leap of more than
// a year is not believed. What is held back is reported by `hotline doctor`; when the
// machine's clock is right after all, delete the file and start again.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace hotline {

class SteadyClock final : public Clock {
 public:
  /// Where time comes from; a test gives its own.
  struct Sources {
    std::function<Instant()> wall;             ///< The machine's clock.
    std::function<microseconds()> since_boot;  ///< Counts on through suspension.
    std::string boot;                          ///< Another one after each start of the machine.
  };
  [[nodiscard]] static Sources machine();

  /// `file` keeps the anchor over restarts of the program; empty: none is kept. An unreadable file
  /// is one that is not there.
  explicit SteadyClock(std::string file, Sources sources = machine());

  [[nodiscard]] Instant now() const override;
  /// How far the machine's clock is from ours; 0 while it is followed.
  [[nodiscard]] microseconds held_back() const;

 private:
  void recall();
  void keep(Instant now) const;

  std::string file_;
  Sources sources_;
  mutable std::mutex lock_;
  mutable Instant anchor_{};
  mutable microseconds anchor_boot_{};
  mutable Instant last_{};
  mutable Instant kept_{};
  mutable microseconds held_back_{};
};

}  // namespace hotline
