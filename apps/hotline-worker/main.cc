// hotline-worker: does everything that the hotline does on its own.
//
// Reached from nothing; reaches the database, the drop, the resolver, the
// registries, the mail server and the two jails. One thread follows what happened,
// worker.threads threads run jobs.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "workflow/opened.h"
#include "workflow/worker.h"

namespace {

using namespace hotline;

volatile std::sig_atomic_t stopping = 0;

int refuse(const Error& error) {
  std::fprintf(stderr, "hotline-worker: %s\n", error.sentence.c_str());
  return 2;
}

/// Runs `step` until the program is asked to stop; waits `poll` whenever there was nothing to do.
template <class Step>
void repeat(microseconds poll, const char* what, Step step) {
  while (!stopping) {
    const Result<bool> busy = step();
    if (!busy) log::trouble(what, busy.error());
    if (!busy || !*busy)
      std::this_thread::sleep_for(busy ? poll
                                       : std::max<microseconds>(poll, std::chrono::seconds(1)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--config") {
    std::fputs("Example: hotline-worker --config /etc/hotline/hotline.toml\n", stderr);
    return 2;
  }
  log::set_program("hotline-worker");
  std::signal(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopping = 1; });
  auto settings = Settings::load(argv[2]);
  if (!settings) return refuse(settings.error());
  const std::string folder = std::filesystem::canonical("/proc/self/exe").parent_path();
  const auto opened = workflow::Opened::open(*settings, {folder, argv[2]});
  if (!opened) return refuse(opened.error());
  workflow::Worker worker((*opened)->parts());
  if (const Done started = worker.start(); !started) return refuse(started.error());
  log::note("started");
  const microseconds poll = settings->duration("worker.poll");
  std::vector<std::thread> threads;
  for (std::int64_t i = 0; i < settings->integer("worker.threads"); ++i)
    threads.emplace_back(
        [&] { repeat(poll, "jobs_stopped", [&] { return worker.run_one_job(); }); });
  repeat(poll, "following_stopped", [&] { return worker.follow_what_happened(); });
  for (std::thread& thread : threads) thread.join();
  log::note("stopped");
  return 0;
}
