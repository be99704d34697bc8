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
#include <set>

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
long read_parent_by_descriptor() {
  return syscall(SYS_pread64, 0, scratch, sizeof scratch, 0);
}
long write_code_by_remap() {
  // Code pages made writable: mprotect's other half.
  return mprotect(reinterpret_cast<void*>(
                      reinterpret_cast<std::uintptr_t>(&read_parent_by_descriptor) & ~4095ul),
                  4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}
long map_a_file() {
  return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, 1, 0);
}
long code_with_key() {
  return syscall(SYS_pkey_mprotect, scratch, 4096, PROT_EXEC, 0);
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
    {"read a descriptor by place", read_parent_by_descriptor},
    {"write its own code", write_code_by_remap},
    {"map a file as code", map_a_file},
    {"code by protection key", code_with_key},
    {"remap a file's pages", call<SYS_remap_file_pages, 0, 0, 0, 0, 0>},
    {"io_uring enter", call<SYS_io_uring_enter, 1, 1, 0, 0, 0, 0>},
    {"io_uring register", call<SYS_io_uring_register, 1, 0, 0, 0>},
    {"old asynchronous I/O", call<SYS_io_setup, 1, 0>},
    {"openat2", call<SYS_openat2, AT_FDCWD, 0, 0, 24>},
    {"name to handle", call<SYS_name_to_handle_at, AT_FDCWD, 0, 0, 0, 0>},
    {"access", call<SYS_faccessat2, AT_FDCWD, 0, 0, 0>},
    {"link", call<SYS_linkat, 0, 0, 0, 0, 0>},
    {"symlink", call<SYS_symlinkat, 0, 0, 0>},
    {"device", call<SYS_mknodat, 0, 0, 0, 0>},
    {"change rights", call<SYS_fchmodat, 0, 0, 0>},
    {"change owner", call<SYS_fchownat, 0, 0, 0, 0, 0>},
    {"truncate", call<SYS_truncate, 0, 0>},
    {"extended attribute", call<SYS_setxattr, 0, 0, 0, 0, 0>},
    {"watch files", call<SYS_inotify_init1, 0>},
    {"watch the system", call<SYS_fanotify_init, 0, 0>},
    {"new mount", call<SYS_fsopen, 0, 0>},
    {"move a mount", call<SYS_move_mount, 0, 0, 0, 0, 0>},
    {"open a tree", call<SYS_open_tree, 0, 0, 0>},
    {"swap file", call<SYS_swapon, 0, 0>},
    {"send to a socket", call<SYS_sendto, 1, 0, 0, 0, 0, 0>},
    {"receive from a socket", call<SYS_recvfrom, 0, 0, 0, 0, 0, 0>},
    {"many messages", call<SYS_sendmmsg, 1, 0, 0, 0>},
    {"listen", call<SYS_listen, 1, 1>},
    {"make a pipe", call<SYS_pipe2, 0, 0>},
    {"event descriptor", call<SYS_eventfd2, 0, 0>},
    {"timer descriptor", call<SYS_timerfd_create, 0, 0>},
    {"signal descriptor", call<SYS_signalfd4, -1, 0, 8, 0>},
    {"epoll", call<SYS_epoll_create1, 0>},
    {"poll for others' ends", call<SYS_poll, 0, 0, 0>},
    {"secret memory", call<SYS_memfd_secret, 0>},
    {"POSIX timer", call<SYS_timer_create, 0, 0, 0>},
    {"sleep beyond the clock", call<SYS_nanosleep, 0, 0>},
    {"signal by pidfd", call<SYS_pidfd_send_signal, 1, 9, 0, 0>},
    {"signal a thread", call<SYS_tkill, 1, 9>},
    {"another stack for signals", call<SYS_sigaltstack, 0, 0>, true},
    {"wait for others", call<SYS_wait4, -1, 0, 0, 0>},
    {"leave the group", call<SYS_setpgid, 0, 0>},
    {"leave the session", call<SYS_setsid>},
    {"higher priority", call<SYS_setpriority, 0, 0, -20>},
    {"real time", call<SYS_sched_setscheduler, 0, 1, 0>},
    {"another processor", call<SYS_sched_setaffinity, 0, 0, 0>},
    {"compare with the parent", call<SYS_kcmp, 1, 1, 0, 0, 0>},
    {"advise another's memory", call<SYS_process_madvise, 1, 0, 0, 0, 0>},
    {"pages of another", call<SYS_move_pages, 1, 0, 0, 0, 0, 0>},
    {"set the clock", call<SYS_clock_settime, 0, 0>},
    {"set the name", call<SYS_sethostname, 0, 0>},
    {"groups", call<SYS_setgroups, 0, 0>},
    {"real and effective", call<SYS_setresuid, 0, 0, 0>},
    {"new Landlock rule", call<SYS_landlock_add_rule, 0, 0, 0, 0>},
    {"Landlock on itself", call<SYS_landlock_restrict_self, 0, 0>},
    {"module by descriptor", call<SYS_finit_module, 0, 0, 0>},
    {"another kernel", call<SYS_kexec_load, 0, 0, 0, 0>},
    {"accounting", call<SYS_acct, 0>},
    {"quota", call<SYS_quotactl, 0, 0, 0, 0>},
    {"ports by bit", call<SYS_ioperm, 0, 1, 1>},
    {"segment base", call<SYS_arch_prctl, 0x1002, 0>},
    {"a call that is none", call<5000>},
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

/// Every attempt in a cell with these limits, in one helper; how each ended.
void expect_no_way_out(const CellLimits& limits, const std::set<std::string>& needed) {
  const Message ends = in_walled_helper([&] {
    Message all;
    for (const auto& attempt : kAttempts) {
      const auto end =
          run_in_cell([&] { return Message{{{"result", attempt.run()}}, {}}; }, limits);
      all.header[attempt.name] = !end          ? json::value("not started")
                                 : end->answer ? json::value("answered")
                                               : json::value(end->status);
    }
    all.header["honest work"] = ending([] { return Message{{{"fine", true}}, {}}; });
    return all;
  });
  int tried = 0;
  for (const auto& attempt : kAttempts) {
    if (needed.contains(attempt.name) || (kSanitized && attempt.allowed_to_sanitizers)) continue;
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
  EXPECT_GE(tried, 135);
  EXPECT_EQ(ends.header.at("honest work"), "answered");
}

TEST(Cell, NoAttemptToGetOutSucceeds) {
  expect_no_way_out(quick(), {});
}

TEST(Cell, NoneSucceedsFromWhereFilmsAreWatched) {
  const int film = memfd_create("film", 0);
  ASSERT_GE(film, 0);
  CellLimits limits = quick();
  limits.kept = film;
  expect_no_way_out(limits, {"read a descriptor by place"});
  close(film);
}

TEST(Cell, AFilmIsReadByItsCellAndByNoOther) {
  const int film = memfd_create("film", 0), secret = memfd_create("secret", 0);
  ASSERT_EQ(pwrite(film, "pictures", 8, 0), 8);
  ASSERT_EQ(pwrite(secret, "secret", 6, 0), 6);
  const Message ends = in_walled_helper([&] {
    CellLimits limits = quick();
    limits.kept = film;
    const auto end = run_in_cell(
        [&]() -> Message {
          std::string read(8, ' '), other(6, ' ');
          const auto got = pread(film, read.data(), 8, 0), none = pread(secret, other.data(), 6, 0);
          return {{{"film", got == 8 ? read : ""}, {"secret", none}}, {}};
        },
        limits);
    return end && end->answer ? *end->answer : Message{};
  });
  close(film);
  close(secret);
  EXPECT_EQ(ends.header.at("film"), "pictures");
  EXPECT_EQ(ends.header.at("secret"), -1);
}

TEST(Cell, AStreamEndsWhereItIsNoLongerWanted) {
  const Message ends = in_walled_helper([] {
    Message all;
    int taken = 0;
    const auto count = [&](int most) {
      taken = 0;
      const auto status = run_in_streaming_cell(
          [](const Emit& emit) {
            for (int i = 0; i < 20; ++i) emit({{{"i", i}}, {}});
          },
          quick(), [&](const Message&) { return ++taken <= most; });
      return json::array{taken, status.value_or(-2)};
    };
    all.header["all"] = count(100);
    all.header["three"] = count(3);
    const auto killed = run_in_streaming_cell(
        [](const Emit& emit) {
          emit({});
          syscall(SYS_getppid);
        },
        quick(), [](const Message&) { return true; });
    all.header["killed"] = WTERMSIG(killed.value_or(0));
    return all;
  });
  EXPECT_EQ(json::serialize(ends.header.at("all")), "[20,0]");
  EXPECT_EQ(ends.header.at("three").as_array().at(0), 4);
  EXPECT_NE(ends.header.at("three").as_array().at(1), 0);
  EXPECT_EQ(ends.header.at("killed"), SIGSYS);
}

TEST(Cell, TheHelperItselfCannotReachOutEither) {
  // These are on the helper's own list, because it forks and narrows cells.
  const std::map<std::string, bool> needed = {{"clone", true},
                                              {"hold back its alarm", true},
                                              {"stop its alarm", true},
                                              {"raise its limits", true},
                                              {"prctl", true},
                                              {"another filter", true},
                                              {"read what the helper was told", true},
                                              {"read a descriptor by place", true},
                                              {"poll for others' ends", true},
                                              {"make a pipe", true},
                                              {"wait for others", true}};
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
int in_child(const std::function<int()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

TEST(Jail, LandlockAloneRefusesFilesButForThoseNamed) {
  if (landlock_abi() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  // 2 is the kernel of Debian 12; the newest is whatever this one has.
  for (const int abi : {1, 2, kNewestAbi}) {
    const auto nothing = [](int most) {
      if (!restrict_reach({}, most)) return 1;
      return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 2;
    };
    const auto named = [](int most) {
      if (!restrict_reach({{{"/etc"}, {"/nowhere"}}, true}, most)) return 1;
      if (open("/etc/passwd", O_RDONLY) < 0) return 2;
      if (open("/usr", O_RDONLY) >= 0) return 3;
      return open("/etc/hotline_escape", O_WRONLY | O_CREAT, 0600) < 0 ? 0 : 4;
    };
    EXPECT_EQ(in_child([&] { return nothing(abi); }), 0) << abi;
    EXPECT_EQ(in_child([&] { return named(abi); }), 0) << abi;
  }
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
  EXPECT_LE(film_calls().size(), 15u);
  EXPECT_LE(nursery_calls().size(), 30u);
}

}  // namespace
}  // namespace hotline::sandbox
