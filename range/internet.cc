#include "range/internet.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "http/server.h"
#include "range/files.h"
#include "range/habit_server.h"
#include "range/origin_desk.h"
#include "range/probe.h"
#include "range/rdap_server.h"
#include "range/servers.h"
#include "range/whois_server.h"

namespace hotline::range {
namespace {

using namespace std::chrono_literals;

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> made;
  for (const auto& word : words) made.push_back(const_cast<char*>(word.c_str()));
  made.push_back(nullptr);
  return made;
}

/// In a child, before its program: dies with its parent, talks into a file, listens to signals.
void become_server(const std::string& log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (log.empty()) return;
  const int to = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int from = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(from, 0);
  dup2(to, 1);
  dup2(to, 2);
}

pid_t start_program(const std::vector<std::string>& words, const std::string& log) {
  const pid_t child = fork();
  if (child != 0) return child;
  become_server(log);
  execv(words[0].c_str(), pointers(words).data());
  _exit(127);
}

int run_program(const std::vector<std::string>& words, const std::string& log,
                const std::string& input) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    become_server(log);
    dup2(pipe_ends[0], 0);
    execv(words[0].c_str(), pointers(words).data());
    _exit(127);
  }
  close(pipe_ends[0]);
  std::string_view rest = input;
  while (!rest.empty()) {
    const auto wrote = write(pipe_ends[1], rest.data(), rest.size());
    if (wrote <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
  close(pipe_ends[1]);
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// The registry needs no program of its own: this one serves it.
pid_t start_registry(const World& world, const std::string& dir) {
  const pid_t child = fork();
  if (child != 0) return child;
  become_server(dir + "/logs/registry.log");
  http::ServerOptions options;
  options.host = world.registry;
  options.port = 80;
  options.handler_threads = 2;
  const auto server = http::Server::start(options, registry(world));
  if (!server) _exit(1);
  options.host = world.disclosure;
  const auto desk = http::Server::start(options, origin_desk(world));
  if (!desk) _exit(1);
  serve_whois(world, world.registry);
}

pid_t start_habits(const World& world, const std::string& dir, double speed) {
  const pid_t child = fork();
  if (child != 0) return child;
  become_server(dir + "/logs/habits.log");
  serve_habits(world.habits, speed);
}

void write_whole(const std::string& path, const std::string& text) {
  const int to = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (to < 0) return;
  if (write(to, text.data(), text.size()) < 0) _exit(1);
  close(to);
}

Done bring_up_addresses(const World& world, const std::string& dir) {
  std::string batch = "link set lo up\n";
  // The whole documentation networks are here, so that an address nobody uses refuses at once.
  for (const auto* net : {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"})
    batch += fmt::format("route add local {} dev lo\n", net);
  for (const auto& ip : world.addresses()) {
    const bool v6 = ip.find(':') != std::string::npos;
    batch += fmt::format("address replace {}/{} dev lo{}\n", ip, v6 ? 128 : 32, v6 ? " nodad" : "");
  }
  if (run_program({"/bin/ip", "-batch", "-"}, dir + "/logs/ip.log", batch) != 0)
    return fail(ErrorKind::unavailable, "The addresses could not be set up; see logs/ip.log.");
  return {};
}

struct Server {
  std::string name;
  pid_t pid;
};

std::vector<Server> start_servers(const World& world, const std::string& dir, double speed) {
  std::vector<Server> all;
  const auto mail_script = shared_file("range/mail_server.py").value_or("");
  all.push_back({"nginx", start_program({"/usr/sbin/nginx", "-p", dir + "/", "-c",
                                         dir + "/run/nginx.conf", "-e", dir + "/logs/nginx.log"},
                                        dir + "/logs/nginx.out")});
  all.push_back({"knotd", start_program({"/usr/sbin/knotd", "-c", dir + "/run/knot.conf"},
                                        dir + "/logs/knot.out")});
  all.push_back(
      {"mail", start_program({"/usr/bin/python3", "-I", mail_script, dir + "/run/mail.json"},
                             dir + "/logs/mail.log")});
  all.push_back({"registry", start_registry(world, dir)});
  all.push_back({"habits", start_habits(world, dir, speed)});
  return all;
}

Done wait_until_up(const World& world, const std::vector<Server>& servers) {
  struct Port {
    std::string_view name;
    std::string address;
    int port;
  };
  const std::array<Port, 6> ports = {{{"nginx", world.sites.front().address, 80},
                                      {"knotd", world.name_server, 53},
                                      {"The mail server", world.mail_server, 25},
                                      {"The registry", world.registry, 80},
                                      {"WHOIS", world.registry, 43},
                                      {"The habits", world.habits, 80}}};
  const auto until = std::chrono::steady_clock::now() + 20s;
  for (const auto& one : ports)
    while (!takes_connections(one.address, one.port)) {
      for (const auto& server : servers)
        if (waitpid(server.pid, nullptr, WNOHANG) == server.pid)
          return fail(ErrorKind::unavailable, server.name + " ended at once; see logs/.");
      if (std::chrono::steady_clock::now() > until)
        return fail(ErrorKind::unavailable, std::string(one.name) + " did not come up; see logs/.");
      std::this_thread::sleep_for(20ms);
    }
  return {};
}

void end_all(const std::vector<Server>& servers) {
  for (const auto& one : servers) kill(one.pid, SIGTERM);
  const auto until = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < until) {
    const pid_t gone = waitpid(-1, nullptr, WNOHANG);
    if (gone < 0 && errno == ECHILD) return;
    if (gone == 0) std::this_thread::sleep_for(10ms);
  }
}

/// The life of the first process. Its end is the end of everything in the namespace.
[[noreturn]] void live(const World& world, const std::string& dir, double speed, int ready) {
  const auto say = [&](std::string line) {
    line += '\n';
    if (write(ready, line.data(), line.size()) < 0) _exit(1);
    close(ready);
  };
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&wanted, signal);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);

  if (const auto done = bring_up_addresses(world, dir); !done) {
    say(done.error().sentence);
    _exit(1);
  }
  const auto servers = start_servers(world, dir, speed);
  if (const auto done = wait_until_up(world, servers); !done) {
    say(done.error().sentence);
    end_all(servers);
    _exit(1);
  }
  say("ready");
  for (;;) {
    int signal = 0;
    sigwait(&wanted, &signal);
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal == SIGHUP)
      for (const auto& one : servers)
        if (one.name == "knotd") kill(one.pid, SIGHUP);
    if (signal != SIGCHLD) continue;
    bool lost = false;
    for (pid_t gone = waitpid(-1, nullptr, WNOHANG); gone > 0; gone = waitpid(-1, nullptr, WNOHANG))
      for (const auto& one : servers) lost = lost || one.pid == gone;
    if (lost) break;  // Whoever watches this range starts a whole one again.
  }
  end_all(servers);
  _exit(0);
}

/// fork() into new namespaces; in the child, ids are mapped and all is set to live().
pid_t fork_apart() {
  const bool root = geteuid() == 0;
  const auto user = geteuid();
  const auto group = getegid();
  const unsigned long flags = CLONE_NEWNET | CLONE_NEWPID | (root ? 0 : CLONE_NEWUSER) | SIGCHLD;
  const auto child =
      static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
  if (child != 0) return child;
  if (!root) {
    write_whole("/proc/self/setgroups", "deny");
    write_whole("/proc/self/uid_map", fmt::format("0 {} 1", user));
    write_whole("/proc/self/gid_map", fmt::format("0 {} 1", group));
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return 0;
}

}  // namespace

Result<Internet> Internet::start(const World& world, const std::string& dir, double speed) {
  std::array<int, 2> ready{};
  if (pipe2(ready.data(), O_CLOEXEC) != 0)
    return fail(ErrorKind::unavailable, "No pipe could be made.");
  const pid_t first = fork_apart();
  if (first < 0) {
    close(ready[0]);
    close(ready[1]);
    return fail(ErrorKind::unavailable,
                std::string("No network namespace could be made: ") + std::strerror(errno) + ".");
  }
  if (first == 0) {
    close(ready[0]);
    live(world, dir, speed, ready[1]);
  }
  close(ready[1]);
  Internet made(first);
  std::string said;
  std::array<char, 256> chunk{};
  // To the end of the line, not of the pipe: the servers have inherited its other end.
  while (!said.ends_with('\n')) {
    const auto got = read(ready[0], chunk.data(), chunk.size());
    if (got <= 0) break;
    said.append(chunk.data(), static_cast<std::size_t>(got));
  }
  close(ready[0]);
  if (said == "ready\n") return made;
  return fail(ErrorKind::unavailable,
              said.empty() ? "The range's first process ended." : std::string(trim(said)));
}

Internet::~Internet() {
  if (first_ <= 0) return;
  kill(first_, SIGTERM);
  for (int tries = 0; tries < 300; ++tries) {
    if (waitpid(first_, nullptr, WNOHANG) != 0) return;
    std::this_thread::sleep_for(10ms);
  }
  kill(first_, SIGKILL);
  waitpid(first_, nullptr, 0);
}

bool Internet::alive() const {
  if (first_ > 0 && waitpid(first_, nullptr, WNOHANG) != 0) first_ = -1;
  return first_ > 0;
}

void Internet::reload_names() const {
  if (first_ > 0) kill(first_, SIGHUP);
}

Error run_inside(pid_t pid, const std::vector<std::string>& program) {
  const auto enter = [&](const char* kind, int flag) {
    const auto path = fmt::format("/proc/{}/ns/{}", pid, kind);
    const int space = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool done = space >= 0 && setns(space, flag) == 0;
    if (space >= 0) close(space);
    return done;
  };
  if (geteuid() != 0 && !enter("user", CLONE_NEWUSER))
    return {ErrorKind::unavailable, "The range's user namespace could not be entered."};
  if (!enter("net", CLONE_NEWNET))
    return {ErrorKind::unavailable, "The range's network namespace could not be entered."};
  execvp(program[0].c_str(), pointers(program).data());
  return {ErrorKind::not_found, program[0] + " could not be started."};
}

}  // namespace hotline::range
