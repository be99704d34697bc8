#include "sandbox/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace hotline::sandbox {

namespace {
/// A descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset() { Fd gone(std::exchange(fd_, -1)); }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd reader, writer;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::unavailable, "No pipe could be made.");
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  // Above 3, so that putting ends on 0, 1 and 3 in the child cannot overwrite another end.
  for (Fd* end : {&pipe.reader, &pipe.writer}) {
    if (end->get() > 3) continue;
    Fd higher(fcntl(end->get(), F_DUPFD_CLOEXEC, 4));
    if (higher.get() < 0) return fail(ErrorKind::unavailable, "No pipe could be made.");
    *end = std::move(higher);
  }
  return pipe;
}

// --- in the child, between fork and exec: only calls that are safe there, no memory ------------

void limit(__rlimit_resource which, std::uint64_t value) {
  const rlimit both{value, value};
  setrlimit(which, &both);
}

void apply(const Limits& limits) {
  limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__)
  if (limits.memory_bytes_max > 0) limit(RLIMIT_AS, limits.memory_bytes_max);
#endif
  if (limits.cpu_seconds_max > 0) limit(RLIMIT_CPU, limits.cpu_seconds_max);
  if (limits.open_files_max > 0) limit(RLIMIT_NOFILE, limits.open_files_max);
  if (limits.file_bytes_max > 0) limit(RLIMIT_FSIZE, limits.file_bytes_max);
}

struct Start {
  const char* path;
  char* const* arguments;
  char* const* environment;
  int requests, answers, failure, third;
  pid_t parent;
};

[[noreturn]] void become(const Program& program, const Start& start) {
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &plain, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setsid();
  int error = 0;
  if (program.dies_with_thread) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start.parent) _exit(127);  // The parent died before prctl: nobody wants us.
  }
  umask(077);
  if (dup2(start.requests, 0) < 0 || dup2(start.answers, 1) < 0) error = errno;
  if (error == 0 && start.third >= 0 && dup2(start.third, 3) < 0) error = errno;
  // Everything else goes at exec, whoever opened it and forgot CLOEXEC.
  const unsigned first = start.third >= 0 ? 4 : 3;
  if (error == 0 && close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) != 0) error = errno;
  if (error == 0) {
    apply(program.limits);
    execve(start.path, start.arguments, start.environment);
    error = errno;
  }
  [[maybe_unused]] const ssize_t told = write(start.failure, &error, sizeof error);
  _exit(127);
}

// --- in the parent -----------------------------------------------------------------------------

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}
}  // namespace

Result<Child> spawn(const Program& program) {
  TRY(requests, make_pipe());
  TRY(answers, make_pipe());
  TRY(failure, make_pipe());
  std::vector<std::string> arguments{program.path};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> environment = program.environment;
  const auto argv = pointers(arguments);
  const auto envp = pointers(environment);
  const Fd third(program.third >= 0 ? fcntl(program.third, F_DUPFD_CLOEXEC, 4) : -1);
  const Start start{program.path.c_str(), argv.data(),          envp.data(), requests.reader.get(),
                    answers.writer.get(), failure.writer.get(), third.get(), getpid()};
  if (program.third >= 0 && third.get() < 0)
    return fail(ErrorKind::unavailable, "The descriptor for the child is not open.");
  // No signal handler of ours may run in the child: they wait until it has its own actions.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) become(program, start);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail(ErrorKind::unavailable, "No process could be started.");

  Child child;
  child.pid_ = pid;
  child.requests_ = requests.writer.release();
  child.answers_ = answers.reader.release();
  failure.writer.reset();
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(failure.reader.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    return fail(ErrorKind::unavailable,
                std::string("The program could not be started: ") + strerrordesc_np(error) + ".");
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      requests_(std::exchange(other.requests_, -1)),
      answers_(std::exchange(other.answers_, -1)) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  std::swap(requests_, other.requests_);
  std::swap(answers_, other.answers_);
  return *this;
}

Child::~Child() {
  end();
  close_requests();
  if (answers_ >= 0) close(answers_);
}

void Child::close_requests() {
  if (requests_ >= 0) close(std::exchange(requests_, -1));
}

Done Child::send(const Message& message, Deadline deadline) {
  return send_bytes(encode(message), deadline);
}

Done Child::send_bytes(std::string_view bytes, Deadline deadline) {
  if (requests_ < 0) return fail(ErrorKind::unavailable, "The other program is gone.");
  return write_bytes(requests_, bytes, deadline);
}

Result<Message> Child::receive(const FrameLimits& limits, Deadline deadline) {
  if (answers_ < 0) return fail(ErrorKind::unavailable, "The other program is gone.");
  TRY(message, read_message(answers_, limits, deadline));
  if (!message) return fail(ErrorKind::unavailable, "The other program ended without an answer.");
  return *std::move(message);
}

bool Child::running() {
  if (pid_ < 0) return false;
  const pid_t ended = waitpid(pid_, &status_, WNOHANG);
  if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
    // The leader is gone; what it started may not be. Its group id stays taken while any lives.
    kill(-pid_, SIGKILL);
    pid_ = -1;
  }
  return pid_ > 0;
}

int Child::wait(Deadline deadline) {
  auto pause = std::chrono::microseconds(200);
  while (running()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      end();
      break;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(20'000));
  }
  return status_;
}

void Child::end() {
  if (pid_ < 0) return;
  // setsid() has made the group before exec, and spawn() has waited for exec.
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

Result<Message> run_once(const Program& program, const Message& request, const FrameLimits& limits,
                         std::chrono::microseconds time) {
  const Deadline deadline = in(time);
  TRY(child, spawn(program));
  TRY_DONE(child.send(request, deadline));
  child.close_requests();
  return child.receive(limits, deadline);
}

}  // namespace hotline::sandbox
