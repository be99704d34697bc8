// Browser jail: where headless Chromium runs, and the only door out of it.
//
// Started before this process has threads. A keeper process enters new network,
// mount, process, IPC and host-name namespaces (and a user namespace when it is not
// root). The network namespace has a loopback and no route. On that loopback the
// keeper listens, and hands the listening socket to us: a socket belongs to the
// namespace it was made in, so we accept here what knocks there, and nothing else
// of the jail's traffic exists anywhere. The browser's files are a file system in
// memory that goes with the namespace; the rest of the machine is read-only and
// behind Landlock. When this process dies, the kernel kills the jail.
//
// What the browser does is driven by browser.h; what may pass the door is decided in
// egress_proxy.h. The reasons are in docs/adr/0005-fetch-jail.md.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace hotline::fetch {

class BrowserJail {
 public:
  /// Builds the jail and waits in it; the browser starts at launch(). Error `unavailable` if the
  /// program is missing or the kernel refuses the namespaces. Only while there is one thread.
  [[nodiscard]] static Result<std::unique_ptr<BrowserJail>> build(const std::string& program);
  ~BrowserJail();
  BrowserJail(const BrowserJail&) = delete;
  BrowserJail& operator=(const BrowserJail&) = delete;

  /// The socket in the jail that its browser takes for a proxy. Stays ours.
  [[nodiscard]] int listener() const { return listener_; }
  /// DevTools messages, each ended by NUL: we write to `requests` and read from `answers`.
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int answers() const { return answers_; }

  Done launch();
  /// Kills everything in the jail.
  void end();

 private:
  BrowserJail() = default;

  pid_t keeper_ = -1;
  int listener_ = -1;
  int control_ = -1;
  int requests_ = -1;
  int answers_ = -1;
};

}  // namespace hotline::fetch
