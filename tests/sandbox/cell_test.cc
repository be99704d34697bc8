// A taken-over decoder tries to get out. Each attempt runs where the decoders run.
#include "sandbox/cell.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "sandbox/jail.h"

namespace hotline::sandbox {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct Attempt {
  const char* name;
  long (*run)();
  bool allowed_to_sanitizers = false;
};

template <long kNumber, auto... kArguments>
long call() {
  return syscall(kNumber, kArguments...);
}

char scratch[4096];  // Something to point at.
long open_file() {
  return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}
long open_self() {
  return syscall(SYS_open, "/proc/self/mem", O_RDWR);
}
long open_parent() {
  return syscall(SYS_open, "/proc/1/environ", O_RDONLY);
}
long make_file() {
  return syscall(SYS_creat, "/tmp/hotline_cell_escape", 0600);
}
long remove_file() {
  return syscall(SYS_unlink, "/tmp/hotline_cell_escape");
}
long exec_shell() {
  char* const arguments[] = {scratch, nullptr};
  return syscall(SYS_execve, "/bin/sh", arguments, arguments + 1);
}
long exec_shell_at() {
  char* const arguments[] = {scratch, nullptr};
  return syscall(SYS_execveat, AT_FDCWD, "/bin/sh", arguments, arguments + 1, 0);
}
long run_written_code() {
  void* page =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? -1 : 0;
}
long make_code_of_data() {
  return mprotect(reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(scratch) & ~4095ul),
                  4096, PROT_READ | PROT_EXEC);
}
long read_neighbour() {
  iovec here{scratch, 16}, there{scratch, 16};
  return syscall(SYS_process_vm_readv, 1, &here, 1, &there, 1, 0);
}
long pass_descriptor() {
  msghdr message{};
  return syscall(SYS_sendmsg, 1, &message, 0);
}
long name_by_x32() {
  return syscall(0x40000000 + SYS_getpid);
}
long name_by_i386() {
#if defined(__x86_64__)
  long result = 20;  // getpid of the other architecture's table.
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result;
#else
  raise(SIGSYS);
  return 0;
#endif
}

constexpr Attempt kAttempts[] = {
    {"open a file", open_file},
    {"open its own memory", open_self},
    {"open another's environment", open_parent},
    {"make a file", make_file},
    {"remove a file", remove_file},
    {"list a folder", call<SYS_getdents64, 3, 0, 0>},
    {"stat", call<SYS_newfstatat, AT_FDCWD, 0, 0, 0>},
    {"statx", call<SYS_statx, AT_FDCWD, 0, 0, 0, 0>},
    {"read a link", call<SYS_readlinkat, AT_FDCWD, 0, 0, 0>},
    {"rename", call<SYS_renameat2, 0, 0, 0, 0, 0>},
    {"make a folder", call<SYS_mkdir, 0, 0>},
    {"change folder", call<SYS_chdir, 0>},
    {"chroot", call<SYS_chroot, 0>},
    {"mount", call<SYS_mount, 0, 0, 0, 0, 0>},
    {"unmount", call<SYS_umount2, 0, 0>},
    {"pivot_root", call<SYS_pivot_root, 0, 0>},
    {"open by handle", call<SYS_open_by_handle_at, 0, 0, 0>},
    {"memory file", call<SYS_memfd_create, 0, 0>},
    {"socket IPv4", call<SYS_socket, AF_INET, SOCK_STREAM, 0>},
    {"socket IPv6", call<SYS_socket, AF_INET6, SOCK_DGRAM, 0>},
    {"socket unix", call<SYS_socket, AF_UNIX, SOCK_STREAM, 0>},
    {"socket netlink", call<SYS_socket, AF_NETLINK, SOCK_RAW, 0>},
    {"socket pair", call<SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0>},
    {"connect", call<SYS_connect, 1, 0, 0>},
    {"bind", call<SYS_bind, 1, 0, 0>},
    {"accept", call<SYS_accept4, 1, 0, 0, 0>},
    {"pass a descriptor", pass_descriptor},
    {"receive a descriptor", call<SYS_recvmsg, 1, 0, 0>},
    {"steal a descriptor", call<SYS_pidfd_getfd, 1, 1, 0>},
    {"fork", call<SYS_fork>},
    {"vfork", call<SYS_vfork>},
    {"clone", call<SYS_clone, SIGCHLD, 0, 0, 0, 0>},
    {"clone3", call<SYS_clone3, 0, 0>},
    {"exec", exec_shell},
    {"execveat", exec_shell_at},
    {"run written code", run_written_code},
    {"make code of data", make_code_of_data},
    {"ptrace itself", call<SYS_ptrace, PTRACE_TRACEME, 0, 0, 0>},
    {"ptrace another", call<SYS_ptrace, PTRACE_ATTACH, 1, 0, 0>},
    {"read another's memory", read_neighbour},
    {"write another's memory", call<SYS_process_vm_writev, 1, 0, 0, 0, 0, 0>},
    {"kill", call<SYS_kill, -1, 0>},
    {"tgkill", call<SYS_tgkill, 1, 1, 0>},
    {"queue a signal", call<SYS_rt_sigqueueinfo, 1, 0, 0>},
    {"pidfd", call<SYS_pidfd_open, 1, 0>},
    {"catch its alarm", call<SYS_rt_sigaction, SIGALRM, 0, 0, 8>, true},
    {"hold back its alarm", call<SYS_rt_sigprocmask, SIG_BLOCK, 0, 0, 8>, true},
    {"stop its alarm", call<SYS_setitimer, 0, 0, 0>},
    {"alarm", call<SYS_alarm, 0>},
    {"raise its limits", call<SYS_prlimit64, 0, 7, 0, 0>},
    {"setrlimit", call<SYS_setrlimit, 7, 0>},
    {"prctl", call<SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0>},
    {"another filter", call<SYS_seccomp, 0, 0, 0>},
    {"user namespace", call<SYS_unshare, 0x10000000>},
    {"join a namespace", call<SYS_setns, 1, 0>},
    {"become root", call<SYS_setuid, 0>},
    {"take capabilities", call<SYS_capset, 0, 0>},
    {"io_uring", call<SYS_io_uring_setup, 1, 0>},
    {"bpf", call<SYS_bpf, 0, 0, 0>},
    {"perf", call<SYS_perf_event_open, 0, 0, -1, -1, 0>},
    {"userfaultfd", call<SYS_userfaultfd, 0>},
    {"key ring", call<SYS_keyctl, 0, 0, 0, 0, 0>},
    {"add a key", call<SYS_add_key, 0, 0, 0, 0, 0>},
    {"shared memory", call<SYS_shmget, 1, 4096, 0>},
    {"message queue", call<SYS_msgget, 1, 0>},
    {"semaphore", call<SYS_semget, 1, 1, 0>},
    {"POSIX queue", call<SYS_mq_open, 0, 0, 0, 0>},
    {"ioctl", call<SYS_ioctl, 1, 0x5412, 0>},
    {"fcntl", call<SYS_fcntl, 1, F_DUPFD, 0>},
    {"dup", call<SYS_dup, 1>},
    {"splice", call<SYS_splice, 0, 0, 1, 0, 1, 0>},
    {"sendfile", call<SYS_sendfile, 1, 0, 0, 1>},
    {"read what the helper was told", call<SYS_read, 0, 0, 0>, true},
    {"who am I", call<SYS_getppid>},
    {"machine's name", call<SYS_uname, 0>},
    {"load a module", call<SYS_init_module, 0, 0, 0>},
    {"reboot", call<SYS_reboot, 0, 0, 0, 0>},
    {"kernel log", call<SYS_syslog, 3, 0, 0>},
    {"personality", call<SYS_personality, 0>},
    {"descriptor table of segments", call<SYS_modify_ldt, 0, 0, 0>},
    {"ports", call<SYS_iopl, 3>},
    {"Landlock again", call<SYS_landlock_create_ruleset, 0, 0, 1>},
    {"the x32 table", name_by_x32},
    {"the i386 table", name_by_i386},
};

/// Runs `work` in a walled helper of its own and gives what it answers.
Message in_walled_helper(const std::function<Message()>& work) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    Message answer;
    if (const auto walls = wall_in(); !walls) {
      answer.header["no walls"] = walls.error().sentence;
    } else {
      answer = work();
    }
    _exit(write_message(ends[1], answer, in(std::chrono::seconds(60))) ? 0 : 1);
  }
  close(ends[1]);
  auto answer = read_message(ends[0], {}, in(std::chrono::seconds(120)));
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(answer && *answer) << "the helper itself died with status " << status;
  return answer && *answer ? **std::move(answer) : Message{};
}

CellLimits quick() {
  CellLimits limits;
  limits.cpu_seconds_max = 1;
  limits.seconds_max = 2;
  limits.answer = {4096, 100'000, 4, 200'000};
  return limits;
}

/// How a cell with this work ended: the wait status, or "answered".
json::value ending(const std::function<Message()>& work) {
  const auto end = run_in_cell(work, quick());
  if (!end) return "not started";
  if (end->answer) return "answered";
  return end->status;
}

TEST(Cell, NoAttemptToGetOutSucceeds) {
  const Message ends = in_walled_helper([] {
    Message all;
    for (const auto& attempt : kAttempts) {
      all.header[attempt.name] = ending([&] { return Message{{{"result", attempt.run()}}, {}}; });
    }
    all.header["honest work"] = ending([] { return Message{{{"fine", true}}, {}}; });
    return all;
  });
  int tried = 0;
  for (const auto& attempt : kAttempts) {
    if (kSanitized && attempt.allowed_to_sanitizers) continue;
    ++tried;
    const auto* end = ends.header.if_contains(attempt.name);
    ASSERT_NE(end, nullptr) << attempt.name;
    ASSERT_TRUE(end->is_int64()) << attempt.name << ": " << json::serialize(*end);
    const int status = static_cast<int>(end->as_int64());
    EXPECT_TRUE(WIFSIGNALED(status)) << attempt.name;
    // A kernel without the i386 table faults instead.
    const bool other_table = std::strcmp(attempt.name, "the i386 table") == 0;
    EXPECT_TRUE(WTERMSIG(status) == SIGSYS || (other_table && WTERMSIG(status) == SIGSEGV))
        << attempt.name << ": signal " << WTERMSIG(status);
  }
  EXPECT_GE(tried, 75);
  EXPECT_EQ(ends.header.at("honest work"), "answered");
}

TEST(Cell, TheHelperItselfCannotReachOutEither) {
  // These are on the helper's own list, because it forks and narrows cells.
  const std::map<std::string, bool> needed = {{"clone", true},
                                              {"hold back its alarm", true},
                                              {"stop its alarm", true},
                                              {"raise its limits", true},
                                              {"prctl", true},
                                              {"another filter", true},
                                              {"read what the helper was told", true}};
  for (const auto& attempt : kAttempts) {
    if (needed.contains(attempt.name) || (kSanitized && attempt.allowed_to_sanitizers)) continue;
    const pid_t pid = fork();
    if (pid == 0) {
      if (!wall_in()) _exit(3);
      attempt.run();
      _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << attempt.name << " gave exit " << WEXITSTATUS(status);
  }
}

TEST(Cell, WhatRunsForEverIsEnded) {
  const Message ends = in_walled_helper([] {
    Message all;
    all.header["computes"] = ending([]() -> Message {
      volatile unsigned turns = 0;  // A signed one overflows, and UBSan wants to say so.
      for (;;) turns = turns + 1;
    });
    all.header["sleeps"] = ending([]() -> Message {
      static int word = 0;
      for (;;) syscall(SYS_futex, &word, 0, 0, nullptr, nullptr, 0);
    });
    all.header["honest work"] = ending([] { return Message{}; });
    return all;
  });
  // On a busy machine the wall clock is over before the processor time is.
  const int computes = WTERMSIG(static_cast<int>(ends.header.at("computes").as_int64()));
  EXPECT_TRUE(computes == SIGKILL || computes == SIGALRM) << computes;
  EXPECT_EQ(WTERMSIG(static_cast<int>(ends.header.at("sleeps").as_int64())), SIGALRM);
  EXPECT_EQ(ends.header.at("honest work"), "answered");
}

TEST(Cell, AnAnswerThatLiesIsNoAnswer) {
  const Message ends = in_walled_helper([] {
    Message all;
    all.header["too long"] = ending([] { return Message{{}, {std::string(150'000, 'x')}}; });
    all.header["too many"] = ending([] { return Message{{}, std::vector<std::string>(9, "x")}; });
    all.header["crashes after it"] = ending([]() -> Message {
      const std::string wire = encode({{{"fine", true}}, {}});
      for (int fd = 3; fd < 64; ++fd) [[maybe_unused]]
        const auto put = write(fd, wire.data(), wire.size());
      syscall(SYS_getppid);
      return {};
    });
    all.header["garbage"] = ending([]() -> Message {
      for (int fd = 3; fd < 64; ++fd) [[maybe_unused]]
        const auto put = write(fd, "garbage", 7);
      return {};
    });
    all.header["honest work"] = ending([] { return Message{}; });
    return all;
  });
  for (const char* lie : {"too long", "too many", "crashes after it", "garbage"})
    EXPECT_TRUE(ends.header.at(lie).is_int64()) << lie;
  EXPECT_EQ(ends.header.at("honest work"), "answered");
}

#if !defined(__SANITIZE_ADDRESS__)
TEST(Cell, MemoryHasAnEnd) {
  const Message ends = in_walled_helper([] {
    CellLimits limits = quick();
    limits.memory_bytes_max = 300 << 20;
    const auto end = run_in_cell(
        []() -> Message {
          const bool large = mmap(nullptr, 400 << 20, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
          const bool small = mmap(nullptr, 10 << 20, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
          return {{{"large", large}, {"small", small}}, {}};
        },
        limits);
    return end && end->answer ? *end->answer : Message{};
  });
  EXPECT_EQ(ends.header.at("large"), false);
  EXPECT_EQ(ends.header.at("small"), true);
}

TEST(Cell, TheStandardEndsAreClosed) {
  const Message ends = in_walled_helper([] {
    const auto end = run_in_cell(
        []() -> Message {
          json::array open;
          for (int fd = 0; fd < 3; ++fd) open.emplace_back(write(fd, "", 0) >= 0);
          return {{{"open", open}}, {}};
        },
        quick());
    return end && end->answer ? *end->answer : Message{};
  });
  EXPECT_EQ(json::serialize(ends.header.at("open")), "[false,false,false]");
}
#endif

/// In a child, so that this process keeps its rights. Gives the child's exit code.
int in_child(int (*work)()) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(Jail, LandlockAloneRefusesFilesButForThoseNamed) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(in_child([] {
              if (!restrict_reach({})) return 1;
              return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 2;
            }),
            0);
  EXPECT_EQ(in_child([] {
              if (!restrict_reach({{{"/etc"}, {"/nowhere"}}, true})) return 1;
              if (open("/etc/passwd", O_RDONLY) < 0) return 2;
              if (open("/usr", O_RDONLY) >= 0) return 3;
              return open("/etc/hotline_escape", O_WRONLY | O_CREAT, 0600) < 0 ? 0 : 4;
            }),
            0);
}

TEST(Jail, NoCapabilityIsLeft) {
  EXPECT_EQ(in_child([] {
              if (!drop_capabilities()) return 1;
              if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 2;
              return chroot("/") != 0 && errno == EPERM ? 0 : 3;
            }),
            0);
}

TEST(Jail, TheListsAreShort) {
  if (kSanitized) GTEST_SKIP() << "the sanitizers add their own";
  EXPECT_LE(decoder_calls().size(), 15u);
  EXPECT_LE(nursery_calls().size(), 30u);
}

}  // namespace
}  // namespace hotline::sandbox
