// hotline-receiver: run by a host beside its web server; see docs/operations/receiver.md.
#include <signal.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "http/server.h"
#include "receiver/receiver.h"

namespace {

using namespace hotline;
using namespace std::chrono_literals;

volatile std::sig_atomic_t stopping = 0;

constexpr const char* kHelp =
    "Examples:\n"
    "  hotline-receiver --config /etc/hotline-receiver.toml\n"
    "  hotline-receiver --config /etc/hotline-receiver.toml --key\n"
    "\n"
    "Takes signed notices of the hotlines that its settings trust, takes away what they name\n"
    "and answers with a signed receipt.\n"
    "\n"
    "  --config FILE   settings (TOML): name, listen, port, state, action, [[site]], [[trust]]\n"
    "  --key           prints the receiver's public key for the hotline, and ends\n"
    "\n"
    "Exit codes: 0 stopped when asked, 2 cannot run.\n";

int refuse(const Error& error) {
  std::fprintf(stderr, "hotline-receiver: %s\n", error.sentence.c_str());
  return 2;
}

Done serve(receiver::Receiver& receiver) {
  http::ServerOptions options;
  options.host = receiver.config().listen;
  options.port = receiver.config().port;
  options.body_bytes_max = push::kBodyBytesMax;
  TRY(server, http::Server::start(options, receiver::receiver_router(receiver)));
  log::note("started", {{"port", server->port()}, {"files", receiver.files()}});
  // Notices are answered from the first moment; the folders are read beside that.
  auto due = std::chrono::steady_clock::now();
  while (!stopping) {
    if (std::chrono::steady_clock::now() >= due) {
      receiver.rescan();
      due = std::chrono::steady_clock::now() + receiver.config().rescan;
    }
    std::this_thread::sleep_for(100ms);
  }
  server->stop(10s);
  log::note("stopped");
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string config;
  bool key = false, wrong = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (word == "--config" && i + 1 < argc)
      config = argv[++i];
    else if (word == "--key")
      key = true;
    else
      wrong = true;
  }
  if (config.empty() || wrong) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  log::set_program("hotline-receiver");
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopping = 1; });
  auto settings = receiver::load_config(config);
  if (!settings) return refuse(settings.error());
  const SystemClock clock;
  auto receiver = receiver::Receiver::open(std::move(*settings), clock);
  if (!receiver) return refuse(receiver.error());
  if (key) {
    std::printf("%s\n", base64((*receiver)->public_key()).c_str());
    return 0;
  }
  if (const Done served = serve(**receiver); !served) return refuse(served.error());
  return 0;
}
