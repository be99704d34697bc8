#include "sandbox/cell.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sandbox/jail.h"

namespace hotline::sandbox {

namespace {
/// Made once, while a helper still may make anything: see wall_in().
const Result<CallList>& list_for(bool film) {
  static const Result<CallList> decoder = CallList::compile(decoder_calls());
  static const Result<CallList> reader = CallList::compile(film_calls());
  return film ? reader : decoder;
}

/// Everything from `first` on but two descriptors.
bool close_others(unsigned first, int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  const auto close_from = [](unsigned from, unsigned to) {
    return from > to || close_range(from, to, 0) == 0;
  };
  if (low != high && !close_from(low + 1, high - 1)) return false;
  return (low <= first || close_from(first, low - 1)) && close_from(high + 1, ~0U);
}

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
  const bool film = limits.kept >= 0;
  if (!close_others(kFirstClosed, answer, film ? limits.kept : answer)) return false;
  const auto& list = list_for(film);
  return list && list->enforce();
}

void put(int answer, const Message& message) {
  const std::string wire = encode(message);
  std::string_view left = wire;
  while (!left.empty()) {
    const ssize_t put = write(answer, left.data(), left.size());
    if (put <= 0) _exit(2);
    left.remove_prefix(static_cast<std::size_t>(put));
  }
}

struct Cell {
  pid_t pid = -1;
  int answers = -1;  ///< Our end.
};

Result<Cell> start(const std::function<void(const Emit&)>& work, const CellLimits& limits) {
  int ends[2];
  if (pipe2(ends, 0) != 0) return fail(ErrorKind::unavailable, "No pipe for a cell.");
  const pid_t pid = fork();
  if (pid == 0) {
    if (!narrow(ends[1], limits)) _exit(1);
    work([&](const Message& message) { put(ends[1], message); });
    _exit(0);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return fail(ErrorKind::unavailable, "No process for a cell.");
  }
  return Cell{pid, ends[0]};
}

/// Closes our end, so that a cell that still writes ends, and reaps it.
int finish(const Cell& cell) {
  close(cell.answers);
  int status = 0;
  while (waitpid(cell.pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// The cell's own clock ends it; this one only bounds our reading.
Deadline patience(const CellLimits& limits) {
  return in(std::chrono::seconds(limits.seconds_max + 2));
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
  for (const bool film : {false, true}) {
    if (const auto& list = list_for(film); !list) return std::unexpected(list.error());
  }
  TRY_DONE(allow_only(nursery_calls()));
  return walls;
}

Result<CellEnd> run_in_cell(const std::function<Message()>& work, const CellLimits& limits) {
  TRY(cell, start([&](const Emit& emit) { emit(work()); }, limits));
  auto answer = read_message(cell.answers, limits.answer, patience(limits));
  CellEnd end;
  end.status = finish(cell);
  if (end.status == 0 && answer) end.answer = *std::move(answer);
  return end;
}

Result<int> run_in_streaming_cell(const std::function<void(const Emit&)>& work,
                                  const CellLimits& limits,
                                  const std::function<bool(Message)>& take) {
  TRY(cell, start(work, limits));
  const Deadline until = patience(limits);
  bool good = true;
  for (;;) {
    auto message = read_message(cell.answers, limits.answer, until);
    good = message.has_value() && (!*message || take(**std::move(message)));
    if (!good || !message || !*message) break;
  }
  const int status = finish(cell);
  return status == 0 && !good ? -1 : status;
}

}  // namespace hotline::sandbox
