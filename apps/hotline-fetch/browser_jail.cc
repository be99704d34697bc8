#include "apps/hotline-fetch/browser_jail.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "apps/hotline-fetch/layers.h"
#include "sandbox/jail.h"

namespace hotline::fetch {

namespace {

constexpr int kProxyPort = 3128;
constexpr uid_t kNobody = 65534;
constexpr const char* kHome = "/tmp/browser";

// The keeper has no other way to say what failed than one letter and errno.
struct Report {
  char step = 0;  ///< 0: the jail stands.
  int error = 0;
};

struct Ends {
  int control = -1, requests = -1, answers = -1;
};

void close_all(std::initializer_list<int> descriptors) {
  for (const int fd : descriptors)
    if (fd >= 0) ::close(fd);
}

// --- in the keeper: plain system calls only, after fork() --------------------------------------

bool write_file(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool good = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return good;
}

bool enter_namespaces(bool root) {
  int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (stands(Layer::namespaces)) flags |= CLONE_NEWNET;
  const auto uid = ::getuid();
  const auto gid = ::getgid();
  if (!root) flags |= CLONE_NEWUSER;
  if (::unshare(flags) != 0) return false;
  if (root) return true;
  return write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", std::to_string(uid) + " " + std::to_string(uid) + " 1") &&
         write_file("/proc/self/gid_map", std::to_string(gid) + " " + std::to_string(gid) + " 1");
}

bool loopback_up() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool good = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  ::close(fd);
  return good;
}

int open_listener() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kProxyPort);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 128) != 0)
    return -1;
  return fd;
}

bool send_descriptor(int channel, const Report& report, int fd) {
  iovec bytes{const_cast<Report*>(&report), sizeof report};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = space.data();
    message.msg_controllen = space.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  return ::sendmsg(channel, &message, MSG_NOSIGNAL) == sizeof report;
}

// In the new mount namespace: nothing that is mounted here is seen outside, and the profile is
// gone with the last process.
bool private_files(bool root) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=512m,mode=1777") != 0)
    return false;
  // Without it Chromium finds another process under its own number, or none.
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return false;
  ::mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=512m,mode=1777");
  if (::mkdir(kHome, 0700) != 0) return false;
  return !root || ::chown(kHome, kNobody, kNobody) == 0;
}

bool become_nobody(bool root) {
  if (!root) return true;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(kNobody, kNobody, kNobody) == 0 &&
         ::setresuid(kNobody, kNobody, kNobody) == 0;
}

void set_limits() {
  const auto set = [](int what, rlim_t most) {
    const rlimit limit{most, most};
    ::setrlimit(static_cast<__rlimit_resource>(what), &limit);
  };
  set(RLIMIT_CORE, 0);
  set(RLIMIT_CPU, 120);
  set(RLIMIT_FSIZE, 256u << 20);
  set(RLIMIT_NOFILE, 4096);
}

const std::vector<std::string>& browser_arguments() {
  static const std::vector<std::string> arguments = {
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-default-apps", "--disable-extensions", "--disable-domain-reliability",
      "--disable-breakpad", "--disable-crash-reporter", "--no-default-browser-check",
      "--disable-client-side-phishing-detection", "--disable-dev-shm-usage",
      "--disable-notifications",
      "--disable-features=Translate,OptimizationHints,MediaRouter,InterestFeedContentSuggestions,"
      "DialMediaRouteProvider,AutofillServerCommunication,CertificateTransparencyComponentUpdater,"
      "OptimizationGuideModelDownloading,OptimizationGuideOnDeviceModel,OnDeviceModelService,"
      "NetworkTimeServiceQuerying,GlobalMediaControls,PaintHolding,HttpsUpgrades,"
      "HttpsFirstBalancedModeAutoEnable",
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
      "--webrtc-ip-handling-policy=disable_non_proxied_udp", "--dns-prefetch-disable",
      "--metrics-recording-only", "--mute-audio", "--hide-scrollbars", "--password-store=basic",
      "--use-mock-keychain", "--ignore-certificate-errors", "--window-size=1280,1024",
      "--lang=en-GB", "--renderer-process-limit=2",
      "--proxy-server=http://127.0.0.1:" + std::to_string(kProxyPort),
      // Loopback too goes through the door, where it is refused.
      "--proxy-bypass-list=<-loopback>", std::string("--user-data-dir=") + kHome,
      "--remote-debugging-pipe", "about:blank"};
  return arguments;
}

// Process 1 of the jail becomes the browser.
[[noreturn]] void run_browser(const std::string& program, bool root, const Ends& ends) {
  if (!private_files(root) || !become_nobody(root)) ::_exit(41);
  // After the change of user, which clears it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  set_limits();
  ::setenv("HOME", kHome, 1);
  // Reading what a desktop program reads, writing nowhere but into its own memory.
  sandbox::Reach reach;
  reach.network = true;
  for (const char* path : {"/usr", "/lib", "/lib64", "/bin", "/opt"})
    reach.paths.push_back({.path = path, .run = true});
  for (const char* path : {"/etc", "/proc", "/sys"}) reach.paths.push_back({.path = path});
  for (const char* path : {"/tmp", "/dev"}) reach.paths.push_back({.path = path, .write = true});
  if (!sandbox::drop_capabilities() || !sandbox::restrict_reach(reach)) ::_exit(42);
  // DevTools speaks on 3 and 4.
  const int to = ::fcntl(ends.requests, F_DUPFD, 10);
  const int from = ::fcntl(ends.answers, F_DUPFD, 10);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int fd : {0, 1, 2}) ::dup2(nothing, fd);
  ::dup2(to, 3);
  ::dup2(from, 4);
  ::close_range(5, ~0u, 0);
  std::vector<char*> arguments = {const_cast<char*>(program.c_str())};
  for (const auto& argument : browser_arguments())
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const std::array<const char*, 7> environment = {"HOME=/tmp/browser",
                                                  "PATH=/usr/bin:/bin",
                                                  "LANG=C.UTF-8",
                                                  "TMPDIR=/tmp",
                                                  "XDG_CONFIG_HOME=/tmp/browser",
                                                  "XDG_CACHE_HOME=/tmp/browser",
                                                  nullptr};
  ::execve(program.c_str(), arguments.data(), const_cast<char* const*>(environment.data()));
  ::_exit(43);
}

[[noreturn]] void keep(const std::string& program, const Ends& ends) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool root = ::geteuid() == 0;
  Report report;
  int listener = -1;
  if (!enter_namespaces(root))
    report = {'n', errno};
  else if (!loopback_up())
    report = {'l', errno};
  else if ((listener = open_listener()) < 0)
    report = {'s', errno};
  if (!send_descriptor(ends.control, report, listener) || report.step != 0) ::_exit(40);
  ::close(listener);
  char word = 0;
  if (::read(ends.control, &word, 1) != 1) ::_exit(0);
  // The first child after unshare(CLONE_NEWPID) is process 1 of the new namespace: all others
  // there die with it.
  const pid_t browser = ::fork();
  if (browser == 0) run_browser(program, root, ends);
  close_all({ends.requests, ends.answers});
  // hotline-fetch has given up its rights and could not kill us: it closes its end instead.
  while (::read(ends.control, &word, 1) > 0) {
  }
  ::kill(browser, SIGKILL);
  ::waitpid(browser, nullptr, 0);
  ::_exit(0);
}

// --- in hotline-fetch -------------------------------------------------------------------------

Result<int> receive_listener(int channel) {
  Report report;
  iovec bytes{&report, sizeof report};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  if (::recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != sizeof report)
    return fail(ErrorKind::unavailable, "the browser jail could not be built");
  if (report.step != 0)
    return fail(ErrorKind::unavailable,
                std::string("the kernel refused the browser jail at step ") + report.step + ": " +
                    std::strerror(report.error));
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
    return fail(ErrorKind::unavailable, "the browser jail sent no socket");
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

}  // namespace

Result<std::unique_ptr<BrowserJail>> BrowserJail::build(const std::string& program) {
  if (::access(program.c_str(), X_OK) != 0)
    return fail(ErrorKind::unavailable, "there is no browser at capture.browser");
  std::array<int, 2> control{-1, -1}, requests{-1, -1}, answers{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control.data()) != 0 ||
      ::pipe2(requests.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0) {
    close_all({control[0], control[1], requests[0], requests[1], answers[0], answers[1]});
    return fail(ErrorKind::unavailable, "there are no descriptors left");
  }
  std::unique_ptr<BrowserJail> jail(new BrowserJail);
  jail->control_ = control[0];
  jail->requests_ = requests[1];
  jail->answers_ = answers[0];
  jail->keeper_ = ::fork();
  if (jail->keeper_ == 0) {
    close_all({control[0], requests[1], answers[0]});
    keep(program, {.control = control[1], .requests = requests[0], .answers = answers[1]});
  }
  close_all({control[1], requests[0], answers[1]});
  if (jail->keeper_ < 0) return fail(ErrorKind::unavailable, "no process could be started");
  TRY(listener, receive_listener(jail->control_));
  jail->listener_ = listener;
  return jail;
}

Done BrowserJail::launch() {
  const char go = 'g';
  if (::send(control_, &go, 1, MSG_NOSIGNAL) != 1)
    return fail(ErrorKind::unavailable, "the browser jail has ended");
  return {};
}

void BrowserJail::end() {
  close_all({std::exchange(control_, -1), std::exchange(requests_, -1), std::exchange(answers_, -1),
             std::exchange(listener_, -1)});
  // The keeper kills process 1 of its namespace, and the kernel all others there.
  if (keeper_ > 0) ::waitpid(std::exchange(keeper_, -1), nullptr, 0);
}

BrowserJail::~BrowserJail() {
  end();
}

}  // namespace hotline::fetch
