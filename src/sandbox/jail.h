// Jail: the walls that a program builds around itself, before it reads a byte.
//
// Called by the helper after start-up, in this order: leave_namespaces(),
// drop_capabilities(), restrict_reach(), allow_only(). Each can only take away;
// nothing gives back. Where a kernel lacks a wall (no Landlock before 5.13, user
// namespaces forbidden) the others stand and the answer says what is missing;
// the seccomp list alone already refuses files, sockets and processes.
//
// Does not start programs: spawn.h.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace hotline::sandbox {

/// New, empty namespaces where the kernel permits: user, network, IPC, mount, UTS. In a new
/// network namespace there is not even a loopback that is up. Gives the names of those entered.
[[nodiscard]] std::vector<std::string> leave_namespaces();

/// No capability is left in any set, and none can come back. Includes no_new_privileges().
[[nodiscard]] Done drop_capabilities();

/// PR_SET_NO_NEW_PRIVS: no set-uid program can raise this process or its children.
[[nodiscard]] Done no_new_privileges();

struct AllowedPath {
  std::string path;    ///< A file or a folder with everything below it.
  bool write = false;  ///< Also create, change and remove.
  bool run = false;    ///< Also execute.
};

struct Reach {
  std::vector<AllowedPath> paths;  ///< Empty: no file at all can be opened any more.
  bool network = false;            ///< False: no TCP bind or connect (ABI 4 and later).
};

/// What the kernel offers: 0 if Landlock is not there or is switched off.
[[nodiscard]] int landlock_abi();

/// The newest Landlock that we use; a test can ask for less, to be what an older kernel is.
inline constexpr int kNewestAbi = 1000;

/// Landlock over files, TCP and, where the ABI has it, signals and abstract sockets. Open
/// descriptors keep working. Gives the ABI used; 0 means that this wall is missing. A path that
/// does not exist is left out. Error `unavailable` if the kernel has Landlock but refuses.
[[nodiscard]] Result<int> restrict_reach(const Reach& reach, int abi_max = kNewestAbi);

/// Seccomp: any system call that is not in `calls` (numbers, __NR_*) kills the process, in this
/// process and all its children; mmap and mprotect on the list never make memory executable.
/// Another architecture's calls kill too. Can be called again to narrow the list, if `calls` of
/// the first time had seccomp and prctl.
[[nodiscard]] Done allow_only(std::span<const int> calls);

/// The same list made ready beforehand: making it costs more than decoding a small picture.
class CallList {
 public:
  /// Error `unavailable` if it cannot be made. Needs a file descriptor for a moment.
  [[nodiscard]] static Result<CallList> compile(std::span<const int> calls);
  /// Puts it in force here. Needs prctl, and nothing else.
  [[nodiscard]] Done enforce() const;

 private:
  std::vector<char> code_;  ///< sock_filter, as the kernel takes them.
};

// Sanitizer builds add to both lists what their run-time needs.

/// For a cell (cell.h): computes on memory, writes to an open descriptor, and ends. No read, open,
/// socket, fork, exec or signal. Under 15 calls.
[[nodiscard]] std::span<const int> decoder_calls();

/// For a cell that reads a film: those of a decoder, and pread64 on the one descriptor it keeps.
[[nodiscard]] std::span<const int> film_calls();

/// For the helper that forks cells: those of both, and read, pipe, fork, wait, and what narrows a
/// cell.
[[nodiscard]] std::span<const int> nursery_calls();

}  // namespace hotline::sandbox
