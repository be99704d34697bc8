#include "sandbox/cell.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/jail.h"

namespace hotline::sandbox {

namespace {
/// In the cell, before its own list is in force. False if a limit does not hold.
bool narrow(int answer, const CellLimits& limits) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit cpu{limits.cpu_seconds_max, limits.cpu_seconds_max};
  if (setrlimit(RLIMIT_CPU, &cpu) != 0) return false;
#if defined(__SANITIZE_ADDRESS__)
  constexpr unsigned kFirstClosed = 3;  // The sanitizer reports on fd 2.
#else
  constexpr unsigned kFirstClosed = 0;
  const rlimit memory{limits.memory_bytes_max, limits.memory_bytes_max};
  if (setrlimit(RLIMIT_AS, &memory) != 0) return false;
#endif
  // SIGALRM's default action ends the process, and the list lets nobody change or hold it. So the
  // helper needs no right to send signals.
  const itimerval wall{{}, {static_cast<time_t>(limits.seconds_max), 0}};
  if (setitimer(ITIMER_REAL, &wall, nullptr) != 0) return false;
  const auto kept = static_cast<unsigned>(answer);
  if (close_range(kFirstClosed, kept - 1, 0) != 0 || close_range(kept + 1, ~0U, 0) != 0)
    return false;
  return allow_only(decoder_calls()).has_value();
}

[[noreturn]] void live(int answer, const std::function<Message()>& work, const CellLimits& limits) {
  if (!narrow(answer, limits)) _exit(1);
  const std::string wire = encode(work());
  std::string_view left = wire;
  while (!left.empty()) {
    const ssize_t put = write(answer, left.data(), left.size());
    if (put <= 0) _exit(2);
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  _exit(0);
}
}  // namespace

Result<Walls> wall_in() {
  Walls walls;
  walls.namespaces = leave_namespaces();
  TRY_DONE(drop_capabilities());
  TRY(abi, restrict_reach({}));
  walls.landlock_abi = abi;
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  TRY_DONE(allow_only(nursery_calls()));
  return walls;
}

Result<CellEnd> run_in_cell(const std::function<Message()>& work, const CellLimits& limits) {
  int ends[2];
  if (pipe2(ends, 0) != 0) return fail(ErrorKind::unavailable, "No pipe for a cell.");
  CHECK(ends[0] < ends[1]);  // So the kept one is never 0.
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    live(ends[1], work, limits);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return fail(ErrorKind::unavailable, "No process for a cell.");
  }
  // The cell's own clock ends it; this one only bounds our reading.
  auto answer =
      read_message(ends[0], limits.answer, in(std::chrono::seconds(limits.seconds_max + 2)));
  close(ends[0]);
  CellEnd end;
  while (waitpid(pid, &end.status, 0) < 0 && errno == EINTR) {
  }
  if (end.status == 0 && answer) end.answer = *std::move(answer);
  return end;
}

}  // namespace hotline::sandbox
