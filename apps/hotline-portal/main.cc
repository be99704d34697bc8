// hotline-portal: takes reports from the public.
//
// Reached by everyone, so it may touch next to nothing: it reads the drop's public
// key and the templates, writes the drop, and reads status parcels, which only a
// receipt opens. It has no database, no evidence and no secret of the hotline; its
// own key seals nothing but the pages that reporters are filling in.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/log.h"
#include "base/text.h"
#include "http/server.h"
#include "intake/drop.h"
#include "web/portal.h"
#include "web/portal_house.h"

namespace {

using namespace hotline;

constexpr std::chrono::seconds kDrain{10};
constexpr int kHandlers = 128;

int refuse(const Error& error) {
  std::fprintf(stderr, "hotline-portal: %s\n", error.sentence.c_str());
  return 2;
}

Result<std::string> text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorKind::not_found, "web/portal/portal.css cannot be read.");
  return text.str();
}

/// Blocks the signals for all threads, so that run() alone waits for them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

Done run(const std::string& config, const sigset_t& signals) {
  TRY(settings, Settings::load(config));
  const std::string program = std::filesystem::canonical("/proc/self/exe").parent_path();
  TRY(share, share_folder(settings, program));
  TRY(pages, web::Pages::load(share + "/web/portal"));
  TRY(messages, web::Messages::load(share + "/web/messages"));
  TRY(style, text_of(share + "/web/portal/portal.css"));
  TRY(key, crypto::key_file(places(settings).keys + "/portal.key"));
  const SystemClock clock;
  TRY(house, web::PortalHouse::open({settings, pages, messages, clock, std::move(key),
                                     std::move(style), share + "/web"}));
  http::ServerOptions options;
  options.host = settings.text("portal.host");
  options.port = static_cast<int>(settings.integer("portal.port"));
  options.clip_large_forms = true;
  // Most of them wait for the disk, and those who wait together share one round of it.
  options.handler_threads = kHandlers;
  options.source_header = lower_ascii(settings.text("portal.source_header"));
  options.common_headers = web::portal_headers();
  TRY(server, http::Server::start(options, house->router()));
  log::note("listening", {{"port", server->port()}});
  // Until we are asked to stop; meanwhile what was published is taken up, within a second.
  const timespec second{1, 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0)
    if (const Done taken_up = house->refresh(); !taken_up)
      log::trouble("portals_not_taken_up", taken_up.error());
  server->stop(kDrain);
  log::note("stopped");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--config") {
    std::fputs("Example: hotline-portal --config /etc/hotline/hotline.toml\n", stderr);
    return 2;
  }
  log::set_program("hotline-portal");
  // What a reporter has just typed is in memory: no core file, no other process may read it.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  const sigset_t signals = block_signals();
  if (const Done done = run(argv[2], signals); !done) return refuse(done.error());
  return 0;
}
