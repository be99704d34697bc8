#include "sandbox/jail.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>

namespace hotline::sandbox {

std::vector<std::string> leave_namespaces() {
  // Each alone: in a chroot or a container the user namespace is refused, and then the others
  // need a capability that only root has. The user namespace comes first: it gives the rest.
  constexpr struct {
    int flag;
    const char* name;
  } kKinds[] = {{CLONE_NEWUSER, "user"},
                {CLONE_NEWNET, "network"},
                {CLONE_NEWIPC, "ipc"},
                {CLONE_NEWNS, "mount"},
                {CLONE_NEWUTS, "uts"}};
  std::vector<std::string> entered;
  for (const auto& kind : kKinds) {
    if (unshare(kind.flag) == 0) entered.emplace_back(kind.name);
  }
  return entered;
}

Done no_new_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(ErrorKind::unavailable, "The kernel has no no_new_privs.");
  return {};
}

Done drop_capabilities() {
  for (int capability = 0; capability < 64; ++capability) {
    // EINVAL ends the list of those the kernel knows; EPERM means that we have none to drop.
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2]{};
  if (syscall(SYS_capset, &header, none) != 0)
    return fail(ErrorKind::unavailable, "The capabilities could not be dropped.");
  return no_new_privileges();
}

// --- Landlock: raw calls, since glibc has none ---------------------------------------------------

namespace {
// Newer than the headers of Debian 12; the numbers are the kernel's ABI and never change.
constexpr std::uint64_t kRefer = 1ULL << 13;        // ABI 2
constexpr std::uint64_t kTruncate = 1ULL << 14;     // ABI 3
constexpr std::uint64_t kIoctlDevice = 1ULL << 15;  // ABI 5
constexpr std::uint64_t kTcp = 3;                   // ABI 4: bind, connect
constexpr std::uint64_t kScopes = 3;                // ABI 6: abstract sockets, signals
constexpr std::uint64_t kFirstAbiFiles = (1ULL << 13) - 1;

struct Ruleset {  // landlock_ruleset_attr as of ABI 6; older kernels take a shorter one.
  std::uint64_t files = 0, network = 0, scoped = 0;
};

std::uint64_t known_file_rights(int abi) {
  return kFirstAbiFiles | (abi >= 2 ? kRefer : 0) | (abi >= 3 ? kTruncate : 0) |
         (abi >= 5 ? kIoctlDevice : 0);
}

std::uint64_t rights(const AllowedPath& path, bool folder) {
  std::uint64_t all = LANDLOCK_ACCESS_FS_READ_FILE;
  if (folder) all |= LANDLOCK_ACCESS_FS_READ_DIR;
  if (path.run) all |= LANDLOCK_ACCESS_FS_EXECUTE;
  if (path.write) {
    all |= LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | kIoctlDevice;
    if (folder) {
      all |= LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
             LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
             LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
             LANDLOCK_ACCESS_FS_MAKE_SYM | kRefer;
    }
  }
  return all;
}

Done allow_path(int ruleset, const AllowedPath& path, std::uint64_t known) {
  const int fd = open(path.path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat status{};
  fstat(fd, &status);
  landlock_path_beneath_attr rule{};
  rule.parent_fd = fd;
  rule.allowed_access = rights(path, S_ISDIR(status.st_mode)) & known;
  const long done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(fd);
  if (done != 0) return fail(ErrorKind::unavailable, "Landlock refused a path.");
  return {};
}
}  // namespace

int landlock_abi() {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

Result<int> restrict_reach(const Reach& reach, int abi_max) {
  TRY_DONE(no_new_privileges());
  const int abi = std::min(landlock_abi(), abi_max);
  if (abi == 0) return 0;
  Ruleset wanted;
  wanted.files = known_file_rights(abi);
  if (abi >= 4 && !reach.network) wanted.network = kTcp;
  if (abi >= 6) wanted.scoped = kScopes;
  const std::size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  const long ruleset = syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
  if (ruleset < 0) return fail(ErrorKind::unavailable, "Landlock refused the rules.");
  const int fd = static_cast<int>(ruleset);
  Done allowed;
  for (const auto& path : reach.paths) {
    allowed = allow_path(fd, path, wanted.files);
    if (!allowed) break;
  }
  const bool enforced = allowed && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
  close(fd);
  if (!allowed) return std::unexpected(allowed.error());
  if (!enforced) return fail(ErrorKind::unavailable, "Landlock could not be put in force.");
  return abi;
}

// --- seccomp -------------------------------------------------------------------------------------

namespace {
using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

Result<Filter> filter_of(std::span<const int> calls) {
  Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS), seccomp_release);
  if (!filter) return fail(ErrorKind::unavailable, "No seccomp list could be made.");
  seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  for (const int call : calls) {
    const bool maps = call == SCMP_SYS(mmap) || call == SCMP_SYS(mprotect);
    const int added = maps ? seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1,
                                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))
                           : seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
    if (added != 0)
      return fail(ErrorKind::unavailable, "A system call could not be put on the seccomp list.");
  }
  return filter;
}
}  // namespace

Done allow_only(std::span<const int> calls) {
  TRY_DONE(no_new_privileges());
  TRY(filter, filter_of(calls));
  if (seccomp_load(filter.get()) != 0)
    return fail(ErrorKind::unavailable, "The kernel refused the seccomp list.");
  return {};
}

Result<CallList> CallList::compile(std::span<const int> calls) {
  TRY(filter, filter_of(calls));
  // libseccomp gives the code to a descriptor only.
  const int memory = memfd_create("calls", MFD_CLOEXEC);
  CallList list;
  if (memory >= 0 && seccomp_export_bpf(filter.get(), memory) == 0) {
    list.code_.resize(static_cast<std::size_t>(lseek(memory, 0, SEEK_END)));
    if (pread(memory, list.code_.data(), list.code_.size(), 0) !=
        static_cast<ssize_t>(list.code_.size()))
      list.code_.clear();
  }
  if (memory >= 0) close(memory);
  if (list.code_.empty()) return fail(ErrorKind::unavailable, "No seccomp list could be made.");
  return list;
}

Done CallList::enforce() const {
  sock_fprog program{};
  program.len = static_cast<unsigned short>(code_.size() / sizeof(sock_filter));
  // The kernel only reads it.
  program.filter = reinterpret_cast<sock_filter*>(const_cast<char*>(code_.data()));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    return fail(ErrorKind::unavailable, "The kernel refused the seccomp list.");
  return {};
}

namespace {
#if defined(__SANITIZE_ADDRESS__)
#define HOTLINE_SANITIZER_CALLS                                                          \
  , SCMP_SYS(sigaltstack), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(sched_yield),    \
      SCMP_SYS(rt_sigaction), SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(rt_sigprocmask), \
      SCMP_SYS(clock_gettime)
#else
#define HOTLINE_SANITIZER_CALLS
#endif
}  // namespace

std::span<const int> decoder_calls() {
  static constexpr int kCalls[] = {
      SCMP_SYS(write),    SCMP_SYS(brk),
      SCMP_SYS(mmap),     SCMP_SYS(munmap),
      SCMP_SYS(mremap),   SCMP_SYS(madvise),
      SCMP_SYS(futex),    SCMP_SYS(rt_sigreturn),
      SCMP_SYS(mprotect), SCMP_SYS(exit_group) HOTLINE_SANITIZER_CALLS};
  return kCalls;
}

std::span<const int> film_calls() {
  static constexpr int kCalls[] = {SCMP_SYS(write),
                                   SCMP_SYS(brk),
                                   SCMP_SYS(mmap),
                                   SCMP_SYS(munmap),
                                   SCMP_SYS(mremap),
                                   SCMP_SYS(madvise),
                                   SCMP_SYS(futex),
                                   SCMP_SYS(rt_sigreturn),
                                   SCMP_SYS(pread64),
                                   SCMP_SYS(mprotect),
                                   SCMP_SYS(exit_group) HOTLINE_SANITIZER_CALLS};
  return kCalls;
}

std::span<const int> nursery_calls() {
  static constexpr int kCalls[] = {
      // What its cells may do.
      SCMP_SYS(write), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap),
      SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(mprotect),
      SCMP_SYS(exit_group), SCMP_SYS(pread64),
      // Frames over pipes.
      SCMP_SYS(read), SCMP_SYS(poll), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(pipe2),
      SCMP_SYS(clock_gettime), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigpending),
      SCMP_SYS(rt_sigtimedwait),
      // fork() of the C library, and its end.
      SCMP_SYS(clone), SCMP_SYS(set_robust_list), SCMP_SYS(wait4),
      // What narrows a cell.
      SCMP_SYS(prlimit64), SCMP_SYS(setitimer), SCMP_SYS(prctl),
      SCMP_SYS(seccomp) HOTLINE_SANITIZER_CALLS};
  return kCalls;
}

}  // namespace hotline::sandbox
