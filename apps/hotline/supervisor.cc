#include "apps/hotline/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/log.h"

namespace hotline::cli {

namespace {
volatile std::sig_atomic_t asked = 0;
constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kPauseMax = std::chrono::milliseconds(5'000);
constexpr auto kRunsWell = std::chrono::seconds(5);
}  // namespace

Supervisor::Supervisor() {
  struct sigaction action{};
  action.sa_handler = [](int) { asked = 1; };
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(signal, &action, nullptr);
  // Children of children (a browser, a web server) end up here too, and are reaped.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Supervisor::~Supervisor() {
  stop_all();
}

bool Supervisor::asked_to_stop() {
  return asked != 0;
}

pid_t Supervisor::launch(const Supervised& program) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  // If the supervisor is killed, its programs stop too: two hotlines on one database would not.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  ::setpgid(0, 0);  // Ctrl-C reaches the supervisor only; it stops the others in order.
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  if (!program.log.empty()) {
    const int fd = ::open(program.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
      ::dup2(fd, STDOUT_FILENO);
      ::dup2(fd, STDERR_FILENO);
    }
  }
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::close_range(3, ~0U, 0);
  std::vector<char*> argv;
  for (const std::string& word : program.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

Done Supervisor::start(Supervised program) {
  if (::access(program.command.front().c_str(), X_OK) != 0)
    return fail(ErrorKind::not_found,
                "The program " + program.name + " is not there; is everything built?");
  Child child{std::move(program)};
  child.pid = launch(child.program);
  child.started = Steady::now();
  if (child.pid < 0) return fail(ErrorKind::unavailable, "No more processes can be started.");
  children_.push_back(std::move(child));
  return {};
}

void Supervisor::reap() {
  int status = 0;
  while (const pid_t pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid < 0) return;
    const auto child = std::find_if(children_.begin(), children_.end(),
                                    [&](const Child& c) { return c.pid == pid; });
    if (child == children_.end()) continue;
    const auto now = Steady::now();
    if (now - child->started > kRunsWell) child->pause = std::chrono::milliseconds(200);
    log::trouble("program_ended", {{"name", child->program.name},
                                   {"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0},
                                   {"status", WIFEXITED(status) ? WEXITSTATUS(status) : 0}});
    child->pid = -1;
    child->restart = now + child->pause;
    child->pause = std::min(child->pause * 2, kPauseMax);
  }
}

void Supervisor::start_again() {
  for (Child& child : children_) {
    if (child.pid >= 0 || Steady::now() < child.restart) continue;
    child.pid = launch(child.program);
    child.started = Steady::now();
    log::note("program_started_again", {{"name", child.program.name}});
  }
}

void Supervisor::run() {
  while (!asked) {
    reap();
    start_again();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  stop_all();
}

void Supervisor::stop_all() {
  // The range and its name server were started first: they are the last to go.
  for (auto child = children_.rbegin(); child != children_.rend(); ++child) {
    if (child->pid < 0) continue;
    ::kill(child->pid, SIGTERM);
    const auto until = Steady::now() + kPatience;
    while (child->pid >= 0 && Steady::now() < until) {
      int status = 0;
      if (const pid_t pid = ::waitpid(child->pid, &status, WNOHANG); pid == child->pid || pid < 0)
        child->pid = -1;
      else
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (child->pid < 0) continue;
    log::trouble("program_killed", {{"name", child->program.name}});
    ::kill(-child->pid, SIGKILL);
    ::kill(child->pid, SIGKILL);
    ::waitpid(child->pid, nullptr, 0);
    child->pid = -1;
  }
  children_.clear();
}

}  // namespace hotline::cli
