// The supervisor: starts programs, starts a crashed one again, stops all of them.
//
// A program that ends is started again after a pause that doubles up to five seconds
// and is forgotten after five seconds of good running. SIGTERM or SIGINT ends the run:
// all children get SIGTERM, those that are still there after ten seconds SIGKILL,
// in the reverse order of their start.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace hotline::cli {

struct Supervised {
  std::string name;
  std::vector<std::string> command;  ///< argv; the first is the path.
  std::string log;                   ///< File for stderr and stdout; empty: ours.
};

class Supervisor {
 public:
  /// Installs the signal handlers. One of it at a time.
  Supervisor();
  ~Supervisor();  ///< Stops what still runs.

  Done start(Supervised program);
  /// Returns when asked to stop, with all programs ended.
  void run();
  /// Whether a signal has asked to stop: for waiting loops before run().
  [[nodiscard]] static bool asked_to_stop();
  void stop_all();

 private:
  using Steady = std::chrono::steady_clock;
  struct Child {
    Supervised program;
    pid_t pid = -1;
    Steady::time_point started{};
    Steady::time_point restart{};
    std::chrono::milliseconds pause{200};
  };
  static pid_t launch(const Supervised& program);
  void reap();
  void start_again();
  std::vector<Child> children_;
};

}  // namespace hotline::cli
