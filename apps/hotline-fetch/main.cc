// hotline-fetch: looks at one reported address and ends.
//
// Reads one request on fd 0, writes one capture on fd 1 (src/net/capture_wire.h). No database, no
// evidence, no keys; the network only through its gate (gate.h).
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "apps/hotline-fetch/gate.h"
#include "apps/hotline-fetch/layers.h"
#include "apps/hotline-fetch/look.h"
#include "apps/hotline-fetch/timed.h"
#include "apps/hotline-fetch/walls.h"
#include "base/log.h"
#include "base/text.h"
#include "net/capture_wire.h"
#include "sandbox/frames.h"

namespace {

using namespace hotline;

constexpr std::chrono::seconds kRequestTime{30};
constexpr std::chrono::seconds kAnswerTime{30};

Result<Settings> settings_from(int count, char** arguments) {
  if (count == 3 && std::strcmp(arguments[1], "--config") == 0) return Settings::load(arguments[2]);
  if (count == 1) return Settings::defaults();
  return fail(ErrorKind::invalid, "Usage: hotline-fetch [--config FILE].");
}

// There is no way there for a look: the address is at fault, or the recipe.
net::Capture refused(const net::FetchRequest& request, const Error& error) {
  net::Capture capture{.verdict = net::FetchVerdict::refused, .sentence = error.sentence};
  capture.hops.push_back(
      {.url = clip_utf8(clean_utf8(request.url), 500), .note = "blocked: " + error.sentence});
  return capture;
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
  TRY(exits, net::parse_exits(settings.list("net.exits")));
  const auto address = url::parse(request.url);
  const auto exit = net::choose_exit(exits, request.exit, address ? address->host : "");
  if (!exit) return refused(request, exit.error());
  TRY(gate, fetch::Gate::build(settings, *exit));
  TRY_DONE(fetch::shut_in({.network = false}));
  if (!fetch::stands(fetch::Layer::code)) fetch::open_everything(settings);
  TRY(egress, net::Egress::open(settings, gate->resolver(), exit->by_name()));
  auto capture = fetch::look(settings, request, *egress, *gate, jail.get(), jail_note);
  capture.exit = exit->name;
  return capture;
}

}  // namespace

int main(int count, char** arguments) {
  log::set_program("hotline-fetch");
  ::signal(SIGPIPE, SIG_IGN);
  auto capture = work(count, arguments);
  if (!capture) log::trouble("look failed", capture.error());
  const auto answer =
      capture ? net::capture_message(*std::move(capture))
              : sandbox::Message{.header = {{"error", capture.error().sentence}}, .blobs = {}};
  const auto written = sandbox::write_message(1, answer, sandbox::in(kAnswerTime));
  const int status = capture && written ? 0 : 1;
  if (fetch::given_up > 0) ::_exit(status);
  return status;
}
