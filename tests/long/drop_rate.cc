// links: intake base
// How many durable submissions a second the drop takes, and how many receipts a second are found;
// beside the peer in the same run: one file and one fsync of it and its folder for each.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "intake/disk.h"
#include "intake/drop.h"
#include "intake/parcel.h"

namespace {

using namespace hotline;
using Steady = std::chrono::steady_clock;

struct Figures {
  double per_second = 0, p50 = 0, p99 = 0;
  double cpu_us = 0;  ///< Of all threads together, for each: what a shared machine cannot hide.
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// `work(thread, number)` over and over, by so many threads, for so many seconds.
template <class Work>
Figures measure(int threads, double seconds, Work work) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
  std::vector<std::thread> all;
  const double cpu = cpu_seconds();
  const auto begin = Steady::now();
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (int i = 0; std::chrono::duration<double>(Steady::now() - begin).count() < seconds; ++i) {
        const auto from = Steady::now();
        work(t, i);
        times[static_cast<std::size_t>(t)].push_back(
            std::chrono::duration<double, std::milli>(Steady::now() - from).count());
      }
    });
  for (auto& thread : all) thread.join();
  const double took = std::chrono::duration<double>(Steady::now() - begin).count();
  std::vector<double> sorted;
  for (const auto& one : times) sorted.insert(sorted.end(), one.begin(), one.end());
  std::sort(sorted.begin(), sorted.end());
  return {static_cast<double>(sorted.size()) / took, sorted[sorted.size() / 2],
          sorted[sorted.size() * 99 / 100],
          (cpu_seconds() - cpu) * 1e6 / static_cast<double>(sorted.size())};
}

void print(const char* what, const Figures& figures) {
  std::printf("%-44s %10.0f /s   p50 %7.3f ms   p99 %7.3f ms   %7.1f us of CPU each\n", what,
              figures.per_second, figures.p50, figures.p99, figures.cpu_us);
}

std::string id_of(int thread, int number) {
  char text[40];
  std::snprintf(text, sizeof text, "thread%04dnumber%010d", thread, number);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || std::string(argv[1]) == "--help") {
    std::puts("Example: drop_rate DIR [SECONDS] [THREADS]   (DIR is made and left as it is)");
    return argc < 2 ? 2 : 0;
  }
  const std::string folder = argv[1];
  const double seconds = argc > 2 ? std::stod(argv[2]) : 5;
  const int threads = argc > 3 ? std::stoi(argv[3]) : 128;
  const auto keys = crypto::make_box_keys();
  auto drop = *intake::Drop::open(folder + "/drop", keys.public_key, 0);
  intake::Submission submission;
  submission.addresses = {"http://gallery.example/a/page/with/a/usual/length"};
  submission.remarks = "A remark of a usual length, as people write it.";

  const auto peer_folder = folder + "/peer";
  static_cast<void>(intake::make_folder(peer_folder));
  const auto peer = measure(threads, seconds, [&](int t, int i) {
    const auto sealed = crypto::seal_to(keys.public_key, intake::to_json(submission));
    if (!intake::write_whole_file(peer_folder, id_of(t, i), sealed) ||
        !intake::sync_folder(peer_folder))
      std::abort();
  });
  print("peer: a file and two fsyncs for each", peer);
  const auto drops = measure(threads, seconds, [&](int t, int i) {
    if (!drop->put(id_of(t, i), submission)) std::abort();
  });
  print("the drop", drops);
  std::printf("ratio %.1f\n", drops.per_second / peer.per_second);

  const auto receipt = intake::Receipt::from_secret("fifteen bytes!!");
  const auto status = folder + "/status";
  intake::Parcel parcel;
  parcel.reports = {{{intake::Stage::received, {}}}};
  if (!intake::write_parcel(status, receipt.parcel(), receipt.keys().public_key, parcel)) return 1;
  const auto typed = receipt.str();
  std::atomic<int> found = 0;
  print("receipts read and looked for, one thread", measure(1, seconds, [&](int, int) {
          const auto parsed = intake::Receipt::parse(typed);
          found += ::access((status + "/" + parsed->parcel()).c_str(), R_OK) == 0;
        }));
  print("parcels opened, one thread", measure(1, seconds, [&](int, int) {
          found += intake::read_parcel(status, *intake::Receipt::parse(typed)).has_value();
        }));
  return drops.per_second >= 5000 && drops.p99 <= 50 ? 0 : 1;
}
