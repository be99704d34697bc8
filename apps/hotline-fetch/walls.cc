#include "apps/hotline-fetch/walls.h"

#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <unistd.h>

#include "apps/hotline-fetch/layers.h"
#include "base/log.h"
#include "sandbox/jail.h"

namespace hotline::fetch {

namespace {

constexpr uid_t kNobody = 65534;

// Root may leave at once; others need a user namespace of their own for it.
bool leave_network() {
  return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

// connect(2) does nothing in here and says that it went well: sockets come connected from the gate,
// and libcurl before 8.0 connects again what is connected already.
Done connect_nothing() {
  scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
  const bool good = filter != nullptr &&
                    ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(0), SCMP_SYS(connect), 0) == 0 &&
                    ::seccomp_load(filter) == 0;
  ::seccomp_release(filter);
  if (!good) return fail(ErrorKind::unavailable, "The kernel refused the fetch jail's filter.");
  return {};
}

Done become_nobody() {
  if (::geteuid() == 0 &&
      (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
       ::setresuid(kNobody, kNobody, kNobody) != 0))
    return fail(ErrorKind::unavailable, "The fetch jail could not give up its rights.");
  return {};
}

}  // namespace

Done shut_in(const Opening& opening) {
  const bool network = opening.network || !stands(Layer::namespaces);
  const bool root = ::geteuid() == 0;
  if (!network && !leave_network()) log::note("the kernel gives no network namespace");
  // Inside a user namespace of one's own there is no other user to become.
  if (root) TRY_DONE(become_nobody());
  TRY_DONE(sandbox::drop_capabilities());
  sandbox::Reach reach;
  reach.network = network;
  for (const char* path : {"/etc/ssl", "/etc/resolv.conf", "/etc/hosts", "/usr/share", "/usr/lib",
                           "/lib", "/lib64", "/dev/urandom", "/etc/ssl/openssl.cnf"})
    reach.paths.push_back({.path = path});
  TRY_DONE(sandbox::restrict_reach(reach));
  if (!opening.network) TRY_DONE(connect_nothing());
  return {};
}

void open_everything(Settings& settings) {
  (void)settings.set("net.test_networks", "0.0.0.0/0,::/0");
  (void)settings.set("net.ports", "1-65535");
}

}  // namespace hotline::fetch
