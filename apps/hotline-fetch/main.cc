// hotline-fetch: looks at one reported address and ends.
//
// Reads one request on fd 0, writes one capture on fd 1 (src/net/capture_wire.h). Has a network
// and nothing else: no database, no evidence, no keys.
#include <grp.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "apps/hotline-fetch/look.h"
#include "base/log.h"
#include "net/capture_wire.h"
#include "sandbox/frames.h"
#include "sandbox/jail.h"

namespace {

using namespace hotline;

constexpr uid_t kNobody = 65534;
constexpr std::chrono::seconds kRequestTime{30};
constexpr std::chrono::seconds kAnswerTime{30};

Result<Settings> settings_from(int count, char** arguments) {
  if (count == 3 && std::strcmp(arguments[1], "--config") == 0) return Settings::load(arguments[2]);
  if (count == 1) return Settings::defaults();
  return fail(ErrorKind::invalid, "Usage: hotline-fetch [--config FILE].");
}

// After the browser jail was built: no files but what DNS and TLS read, no capability.
Done shut_in() {
  if (::geteuid() == 0 &&
      (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
       ::setresuid(kNobody, kNobody, kNobody) != 0))
    return fail(ErrorKind::unavailable, "The fetch jail could not give up its rights.");
  TRY_DONE(sandbox::drop_capabilities());
  sandbox::Reach reach;
  reach.network = true;
  for (const char* path : {"/etc/ssl", "/etc/resolv.conf", "/etc/hosts", "/usr/share", "/usr/lib",
                           "/lib", "/lib64", "/dev/urandom", "/etc/ssl/openssl.cnf"})
    reach.paths.push_back({.path = path});
  TRY_DONE(sandbox::restrict_reach(reach));
  return {};
}

Result<net::Capture> work(int count, char** arguments) {
  TRY(settings, settings_from(count, arguments));
  TRY(message, sandbox::read_message(0, {.blob_count_max = 0}, sandbox::in(kRequestTime)));
  if (!message) return fail(ErrorKind::invalid, "No request came.");
  TRY(request, net::read_request(*message));
  std::unique_ptr<fetch::BrowserJail> jail;
  std::string jail_note;
  if (const auto program = settings.text("capture.browser"); request.browser && !program.empty()) {
    auto built = fetch::BrowserJail::build(program);
    if (built)
      jail = *std::move(built);
    else
      jail_note = "The browser could not be used (" + built.error().sentence +
                  "); this capture is plain HTTP only.";
  }
  TRY_DONE(shut_in());
  TRY(resolver, net::open_resolver(settings.text("net.resolver")));
  TRY(egress, net::Egress::open(settings, std::move(resolver)));
  return fetch::look(settings, request, *egress, jail.get(), jail_note);
}

}  // namespace

int main(int count, char** arguments) {
  log::set_program("hotline-fetch");
  ::signal(SIGPIPE, SIG_IGN);
  const auto capture = work(count, arguments);
  if (!capture) log::trouble("look failed", capture.error());
  const auto answer =
      capture ? net::capture_message(*capture)
              : sandbox::Message{.header = {{"error", capture.error().sentence}}, .blobs = {}};
  const auto written = sandbox::write_message(1, answer, sandbox::in(kAnswerTime));
  return capture && written ? 0 : 1;
}
