// Cell: one piece of dangerous work in a process of its own.
//
// A helper closes itself off with wall_in() before it reads a byte. From then on
// it can read and write its open pipes and fork cells, and nothing else. A cell
// starts from the helper's memory, loses every descriptor but its answer pipe,
// gets limits and a still shorter list of system calls, does the work, and ends.
// Whatever happens in it happens to one answer: the helper outlives it.
//
// The helper must have one thread only.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/frames.h"

namespace hotline::sandbox {

/// What wall_in() could put up on this kernel.
struct Walls {
  int landlock_abi = 0;                 ///< 0: no Landlock here.
  std::vector<std::string> namespaces;  ///< Those that were left for empty ones.
};

/// Namespaces, capabilities, Landlock without any right, and the seccomp list of a helper that
/// reads, writes and forks. Error `unavailable` if seccomp or the capabilities do not hold: the
/// helper must then end.
[[nodiscard]] Result<Walls> wall_in();

struct CellLimits {
  std::uint64_t memory_bytes_max = 1ull << 30;  ///< Not applied in sanitizer builds.
  std::uint64_t cpu_seconds_max = 5;
  std::uint64_t seconds_max = 10;  ///< By the clock on the wall; the kernel ends it.
  FrameLimits answer;
  /// A descriptor that the cell keeps besides its answer, to pread64 from: a film. Or -1.
  int kept = -1;
};

struct CellEnd {
  std::optional<Message> answer;  ///< Only of a cell that ended well.
  int status = 0;                 ///< As waitpid(2) gives it.
};

/// A cell that answers by and by: `work` calls what it is given for each message, and `take` gets
/// them as they come; false from it ends the cell. Gives the status as waitpid(2) does, 0 only if
/// the cell ended well and every message was taken. Errors as run_in_cell().
using Emit = std::function<void(const Message&)>;
[[nodiscard]] Result<int> run_in_streaming_cell(const std::function<void(const Emit&)>& work,
                                                const CellLimits& limits,
                                                const std::function<bool(Message)>& take);

/// Runs `work` in a cell. Needs wall_in() before. Error `unavailable` if no process could be made.
[[nodiscard]] Result<CellEnd> run_in_cell(const std::function<Message()>& work,
                                          const CellLimits& limits);

}  // namespace hotline::sandbox
