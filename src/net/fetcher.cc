#include "net/fetcher.h"

#include <cstdlib>
#include <cstring>

#include "net/capture_wire.h"
#include "sandbox/spawn.h"

extern char** environ;

namespace hotline::net {

namespace {

// hotline-fetch ends by itself at capture.deadline; this much later it is killed.
constexpr std::chrono::seconds kGrace{15};

// Settings may come from the environment, and nothing else of it is handed on.
std::vector<std::string> settings_environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (std::strncmp(*entry, "HOTLINE__", 9) == 0) kept.emplace_back(*entry);
  return kept;
}

class JailedFetcher final : public Fetcher {
 public:
  JailedFetcher(std::string program, std::string config_path, microseconds deadline)
      : program_(std::move(program)), config_path_(std::move(config_path)), deadline_(deadline) {}

  Result<Capture> look(const FetchRequest& request) override {
    sandbox::Program program;
    program.path = program_;
    if (!config_path_.empty()) program.arguments = {"--config", config_path_};
    program.environment = settings_environment();
    // No limit of the address space: the browser that it starts reserves terabytes.
    program.limits.open_files_max = 4096;
    auto answer =
        sandbox::run_once(program, request_message(request), capture_limits(), deadline_ + kGrace);
    if (!answer)
      return fail(ErrorKind::unavailable, "The fetch jail failed: " + answer.error().sentence);
    const json::value header = answer->header;
    if (const auto error = text_at(header, "error"))
      return fail(ErrorKind::unavailable, "The fetch jail failed: " + *error);
    auto capture = read_capture(*std::move(answer));
    if (!capture) return fail(ErrorKind::unavailable, capture.error().sentence);
    return capture;
  }

 private:
  std::string program_, config_path_;
  microseconds deadline_;
};

}  // namespace

std::unique_ptr<Fetcher> open_jailed_fetcher(const std::string& program,
                                             const std::string& config_path,
                                             microseconds deadline) {
  return std::make_unique<JailedFetcher>(program, config_path, deadline);
}

}  // namespace hotline::net
