// links: evidence
// rotate_keys [CASES] [DATABASE-URL]: how long a rotation takes over so many cases (100000), in a
// SQLite file or the PostgreSQL given, and how long others wait for the write lock meanwhile.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "casework/casework_store.h"
#include "evidence/evidence.h"
#include "evidence/rotation.h"

namespace {

using namespace hotline;  // NOLINT: a program of one file.
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

int measure(int cases, std::string url) {
  const fs::path folder =
      fs::temp_directory_path() / ("hotline-rotate-" + hex(crypto::random_bytes(6)));
  fs::create_directories(folder);
  if (url.empty()) url = "sqlite:" + (folder / "db").string();
  const auto database = std::move(*db::Database::open(url));
  if (!db::migrate(*database, HOTLINE_SOURCE_DIR "/schema")) return 2;
  const auto evidence =
      std::move(*evidence::Evidence::open(folder / "evidence", folder / "root.key"));
  const Instant now = SystemClock().now();
  const auto tenant = casework::TenantId::make(now);
  std::vector<casework::EvidenceId> ids;
  for (int done = 0; done < cases; done += 1000) {
    const auto filled = database->transact([&](db::Transaction& tx) -> Done {
      if (done == 0) TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant, "Test", "GB"}));
      for (int i = 0; i < 1000 && done + i < cases; ++i) {
        // Files would be the slow part, and a rotation does not touch them.
        const auto casefile = casework::CaseId::make(now);
        TRY(id, evidence->put(tx, tenant, casefile, evidence::ObjectKind::media, "x", now));
        if (i == 0) ids.push_back(id);
      }
      return {};
    });
    if (!filled) return std::fprintf(stderr, "%s\n", filled.error().sentence.c_str()), 2;
  }
  std::atomic<bool> over = false;
  std::vector<double> waits;
  std::thread writer([&] {
    while (!over) {
      const auto begun = Clock::now();
      const auto wrote = database->transact([&](db::Transaction& tx) {
        return evidence->put(tx, tenant, casework::CaseId::make(now), evidence::ObjectKind::media,
                             "y", now);
      });
      if (!wrote) std::fprintf(stderr, "a writer failed: %s\n", wrote.error().sentence.c_str());
      waits.push_back(seconds(Clock::now() - begun) * 1000);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  const auto begun = Clock::now();
  const auto rotated = evidence::rotate(*database, folder / "root.key", now);
  const double took = seconds(Clock::now() - begun);
  over = true;
  writer.join();
  int opened = 0;
  for (const auto& id : ids)
    opened += database->read([&](db::Transaction& tx) { return evidence->read(tx, id); }) == "x";
  std::sort(waits.begin(), waits.end());
  const auto at = [&](double part) {
    return waits.empty() ? 0 : waits[static_cast<std::size_t>(part * double(waits.size() - 1))];
  };
  fs::remove_all(folder);
  if (!rotated) return std::fprintf(stderr, "%s\n", rotated.error().sentence.c_str()), 1;
  std::printf(
      "%lld cases in %.1f s, %.0f/s; %zu writes meanwhile: p50 %.0f ms, p99 %.0f ms, most %.0f "
      "ms; %d of %zu opened after\n",
      static_cast<long long>(rotated->cases), took, double(rotated->cases) / took, waits.size(),
      at(0.5), at(0.99), at(1), opened, ids.size());
  return opened == static_cast<int>(ids.size()) ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::string(arguments[1]) == "--help")
    return std::puts("Examples:\n  rotate_keys\n  rotate_keys 20000 postgresql:///hotline"), 0;
  return measure(count > 1 ? std::atoi(arguments[1]) : 100'000, count > 2 ? arguments[2] : "");
}
