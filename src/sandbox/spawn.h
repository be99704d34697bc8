// Spawn: starts another of our programs, with limits, and talks to it over pipes.
//
// The child begins with an empty environment (plus what Program names), only
// the descriptors 0, 1 and 2 (and 3 if Program says so), default signal actions, a session of its
// own and resource limits. Its fd 0 and fd 1 carry frames.h messages; fd 2 stays ours, for its log.
// The walls that need code inside the child are in jail.h.
//
// The parent owns the end: it waits with a deadline and kills the whole process
// group. Nothing here trusts what the child says.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/frames.h"

namespace hotline::sandbox {

/// 0 leaves a limit as it is. Core files are always off.
struct Limits {
  std::uint64_t memory_bytes_max = 0;  ///< Address space. Not applied in sanitizer builds.
  std::uint64_t cpu_seconds_max = 0;   ///< Then SIGKILL by the kernel.
  std::uint64_t open_files_max = 0;
  std::uint64_t file_bytes_max = 0;  ///< No file that it writes may grow beyond this.
};

struct Program {
  std::string path;
  std::vector<std::string> arguments;    ///< Without argv[0].
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is inherited.
  Limits limits;
  /// The kernel kills the child when the thread that spawned it ends. False only for a child
  /// that many threads use and that ends by itself when its fd 0 closes.
  bool dies_with_thread = true;
  /// An open descriptor that becomes the child's fd 3, or -1: how a helper reads a film that is
  /// too large for a frame. The caller keeps its own.
  int third = -1;
};

/// Owns the child: the destructor kills it with its process group and reaps it.
class Child {
 public:
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// As write_message() and read_message(); a closed pipe is `unavailable` too. On any error the
  /// conversation is lost: end() the child.
  [[nodiscard]] Done send(const Message& message, Deadline deadline);
  /// The same for bytes that encode() gave.
  [[nodiscard]] Done send_bytes(std::string_view bytes, Deadline deadline);
  [[nodiscard]] Result<Message> receive(const FrameLimits& limits, Deadline deadline);

  /// Tells the child that no more requests come, by closing its fd 0.
  void close_requests();
  /// False once it has ended (reaps it).
  [[nodiscard]] bool running();
  /// Waits until the deadline, then kills. Gives the status of waitpid(2).
  int wait(Deadline deadline);
  /// SIGKILL to the whole group, now.
  void end();

  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  friend Result<Child> spawn(const Program& program);
  Child() = default;

  pid_t pid_ = -1;  ///< -1 once reaped.
  int status_ = 0;
  int requests_ = -1;  ///< Our end of its fd 0.
  int answers_ = -1;   ///< Our end of its fd 1.
};

/// Error `unavailable` if the program cannot be started; the sentence names the errno, not the
/// path. Safe to call from any thread of a threaded program.
[[nodiscard]] Result<Child> spawn(const Program& program);

/// One request, one answer, then the child is killed whatever it does: the form for a helper that
/// is started for each piece of work. `limits` are for the answer; `time` covers everything.
[[nodiscard]] Result<Message> run_once(const Program& program, const Message& request,
                                       const FrameLimits& limits, std::chrono::microseconds time);

}  // namespace hotline::sandbox
