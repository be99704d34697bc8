// hotline match bench: look-ups on this machine, beside FAISS's best exact method if asked.
//
// Everything that an index in use has is in place: ids, attributes, two lists, one entry in a
// hundred removed, ten thousand live. Times are processor time of the thread that asks, so that a
// busy machine disturbs the two sides alike. What is found is compared with reading everything.
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "apps/hotline/match_command.h"
#include "base/text.h"
#include "matching/durable_file.h"
#include "matching/index_files.h"
#include "matching/kernels.h"
#include "matching/segment_writer.h"

namespace hotline::cli {

using namespace hotline::matching;

namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// The hashes as rows with attributes as lists have them.
class BenchRows : public Rows {
 public:
  explicit BenchRows(const std::vector<Hash256>& hashes) : hashes_(hashes) {}
  [[nodiscard]] std::uint32_t entries() const override {
    return static_cast<std::uint32_t>(hashes_.size());
  }
  [[nodiscard]] std::uint32_t pictures() const override { return entries(); }
  [[nodiscard]] EntryId id(std::uint32_t slot) const override { return slot; }
  [[nodiscard]] Hash256 picture(std::uint32_t slot) const override { return hashes_[slot]; }
  [[nodiscard]] Attributes attributes(std::uint32_t slot) const override {
    constexpr std::array<std::string_view, 3> notes = {R"({"category":"A"})", R"({"category":"B"})",
                                                       R"({"category":"C"})"};
    return {static_cast<ListNumber>(slot % 2), static_cast<std::uint8_t>(50 + slot % 51),
            hmi::kHasPicture, notes[slot % 3]};
  }
  [[nodiscard]] std::string_view ref(std::uint32_t) const override { return {}; }
  void each_digest(
      DigestKind,
      const std::function<void(std::span<const std::uint8_t>, std::uint32_t)>&) const override {}

 private:
  const std::vector<Hash256>& hashes_;
};

struct Measured {
  double build = 0, queries = 0;
};

class Bench {
 public:
  Bench(const Options& options, std::string folder)
      : options_(options), folder_(std::move(folder)) {}

  Done run() {
    TRY_DONE(make_hashes());
    if (options_.has("export")) return write_for_peer(options_.get("export"));
    TRY_DONE(build());
    TRY_DONE(start());
    TRY_DONE(change());
    if (!options_.has("mapped-only")) wait_for_large_pages();
    measure("  in place, batches of 20000", 20000);
    measure("  in place, batches of 2,000", 2000);
    measure("  in place, batches of 256", 256);
    measure("  in place, one by one", 1);
    TRY_DONE(compare_with_reading());
    for (const int radius : {15, 47, 63}) measure_radius(radius);
    if (options_.has("vs")) return beside_faiss();
    return {};
  }

 private:
  Done make_hashes() {
    std::mt19937_64 random(20300304);
    if (options_.has("hashes")) {
      TRY(bytes, read_file(options_.get("hashes")));
      hashes_.resize(bytes.size() / sizeof(Hash256));
      std::memcpy(hashes_.data(), bytes.data(), hashes_.size() * sizeof(Hash256));
      TRY(size, parse_integer(options_.get("size", std::to_string(hashes_.size()))));
      hashes_.resize(std::min(hashes_.size(), static_cast<std::size_t>(size)));
    } else {
      TRY(size, parse_integer(options_.get("size", "1000000")));
      hashes_.reserve(static_cast<std::size_t>(size));
      for (std::int64_t i = 0; i < size; ++i)
        hashes_.push_back({{random(), random(), random(), random()}});
    }
    if (hashes_.size() < 1000) return fail(ErrorKind::invalid, "A thousand hashes at least.");
    TRY(queries, parse_integer(options_.get("queries", "20000")));
    // What is asked is of the same kind as what is listed: the last hashes are kept out for it.
    const auto apart = std::min<std::size_t>(static_cast<std::size_t>(queries), hashes_.size() / 4);
    for (std::size_t i = 0; i < apart; ++i) {
      Hash256 query = hashes_.back();
      hashes_.pop_back();
      if (i % 100 == 0) {
        query = hashes_[random() % hashes_.size()];
        for (std::size_t flips = random() % 32; flips > 0; --flips)
          query.words[random() % 4] ^= 1ULL << (random() % 64);
      }
      queries_.push_back(query);
    }
    std::printf("%zu hashes (%s), %zu queries, 1 %% planted, radius 31, kernel %s\n",
                hashes_.size(), options_.has("hashes") ? "from a file" : "uniform random",
                queries_.size(), std::string(kernels().name).c_str());
    return {};
  }

  Done build() {
    const double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    TRY_DONE(write_segment_file(segment_path(folder_, 1), BenchRows(hashes_), lists_));
    ours_.build = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before;
    Manifest manifest;
    manifest.parts.push_back({1, {}});
    manifest.lists = lists_;
    manifest.next_segment = 2;
    TRY_DONE(replace_file(manifest_path(folder_), write_manifest(manifest)));
    const auto bytes = std::filesystem::file_size(segment_path(folder_, 1));
    std::printf("build %.2f s, %.1f bytes a hash on disk, ids and attributes included\n",
                ours_.build, static_cast<double>(bytes) / static_cast<double>(hashes_.size()));
    return {};
  }

  Done start() {
    const double before = seconds_of(CLOCK_MONOTONIC);
    TRY(opened, Index::open(folder_, {.large_pages = false}));
    const Answer first = opened->answer({.pictures = {queries_.data(), 1}});
    std::printf("mapped start, first answer after %.1f ms (%zu hits)\n",
                (seconds_of(CLOCK_MONOTONIC) - before) * 1000, first.hits.size());
    index_ = std::move(opened);
    measure("mapped, nothing changed, batches of 2,000", 2000);
    index_.reset();
    TRY(again, Index::open(folder_, {.large_pages = !options_.has("mapped-only")}));
    index_ = std::move(again);
    return {};
  }

  /// One entry in a hundred is removed (at most 100,000), ten thousand come in.
  Done change() {
    std::mt19937_64 random(7);
    std::vector<Change> changes;
    const std::size_t removals = std::min<std::size_t>(hashes_.size() / 100, 100000);
    for (std::size_t i = 0; i < removals; ++i) {
      const EntryId id = random() % hashes_.size();
      removed_.insert(id);
      changes.push_back({{id}, true});
      if (changes.size() == 1000) TRY_DONE(flush(changes));
    }
    for (std::size_t i = 0; i < 10000; ++i) {
      const Hash256 hash = i % 2 == 0 ? hashes_[random() % hashes_.size()]
                                      : Hash256{{random(), random(), random(), random()}};
      live_.push_back(hash);
      changes.push_back({{hashes_.size() + i, 0, hash, 90, {}, R"({"category":"A"})", ""}});
      if (changes.size() == 1000) TRY_DONE(flush(changes));
    }
    TRY_DONE(flush(changes));
    const auto size = index_->size();
    std::printf("in place: %llu entries, %llu removed, %llu live, %.1f bytes an entry in all\n",
                static_cast<unsigned long long>(size.entries),
                static_cast<unsigned long long>(size.removed),
                static_cast<unsigned long long>(size.live),
                static_cast<double>(size.bytes) / static_cast<double>(size.entries));
    return {};
  }
  Done flush(std::vector<Change>& changes) {
    if (!changes.empty()) TRY_DONE(index_->apply(changes));
    changes.clear();
    return {};
  }

  void wait_for_large_pages() const {
    for (int i = 0; i < 600 && index_->size().loaded == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::printf("large pages: %s\n", index_->size().loaded > 0 ? "yes" : "no memory for them");
  }

  double measure(const char* what, std::size_t together, std::size_t count = 0, int radius = 31) {
    std::vector<Query> queries;
    const std::size_t asked = count == 0 ? queries_.size() : std::min(count, queries_.size());
    for (std::size_t i = 0; i < asked; ++i)
      queries.push_back({.pictures = {&queries_[i], 1}, .radius = radius});
    double best = 1e9;
    std::size_t hits = 0;
    for (int round = 0; round < 5; ++round) {
      hits = 0;
      const double before = seconds_of(CLOCK_THREAD_CPUTIME_ID);
      for (std::size_t at = 0; at < asked; at += together) {
        const auto answers =
            index_->answer_all(std::span(queries).subspan(at, std::min(together, asked - at)));
        for (const auto& answer : answers) hits += answer.hits.size();
      }
      rounds_[static_cast<std::size_t>(round)] = seconds_of(CLOCK_THREAD_CPUTIME_ID) - before;
      best = std::min(best, rounds_[static_cast<std::size_t>(round)]);
    }
    std::sort(rounds_.begin(), rounds_.end());
    const double rate = static_cast<double>(asked) / rounds_[2];
    std::printf("%s: %.0f look-ups/s (median of 5; best %.0f), %zu hits\n", what, rate,
                static_cast<double>(asked) / best, hits);
    if (together > 1 && radius == 31) ours_.queries = rate;
    return rate;
  }

  void measure_radius(int radius) {
    const std::string what = "  radius " + std::to_string(radius);
    measure(what.c_str(), 256, radius < 31 ? 20000 : 500, radius);
  }

  Done compare_with_reading() {
    constexpr std::size_t kChecked = 100;
    std::size_t wrong = 0, found = 0;
    std::vector<NearHash> near;
    for (std::size_t i = 0; i < kChecked; ++i) {
      const Hash256& query = queries_[i % 2 == 0 ? i / 2 * 100 % queries_.size() : i];
      std::vector<EntryId> wanted;
      near.clear();
      kernels().read_all(hashes_.data(), hashes_.size(), query, 31, near);
      for (const auto& hash : near)
        if (!removed_.contains(hash.place)) wanted.push_back(hash.place);
      near.clear();
      kernels().read_all(live_.data(), live_.size(), query, 31, near);
      for (const auto& hash : near) wanted.push_back(hashes_.size() + hash.place);
      std::vector<EntryId> given;
      for (const auto& hit : index_->answer({.pictures = {&query, 1}}).hits)
        given.push_back(hit.id);
      std::sort(given.begin(), given.end());
      found += wanted.size();
      wrong += given == wanted ? 0 : 1;
    }
    std::printf("against reading everything: %zu queries, %zu hits, %zu answers differ\n", kChecked,
                found, wrong);
    if (wrong > 0) return fail(ErrorKind::corrupt, "The index's answers are not those of reading.");
    return {};
  }

  /// The hashes, and the first 2,000 queries, as faiss_peer reads them.
  Done write_for_peer(const std::string& folder) const {
    const auto bytes = [](const std::vector<Hash256>& of, std::size_t count) {
      return std::string_view(reinterpret_cast<const char*>(of.data()), count * sizeof(Hash256));
    };
    TRY_DONE(replace_file(folder + "/hashes", bytes(hashes_, hashes_.size())));
    return replace_file(folder + "/queries",
                        bytes(queries_, std::min<std::size_t>(queries_.size(), 2000)));
  }

  Done beside_faiss() {
    if (options_.get("vs") != "faiss")
      return fail(ErrorKind::invalid, "--vs faiss is all there is.");
    const std::string beside = program_folder() + "/faiss_peer";
    const std::string peer = options_.get("peer", beside);
    if (::access(peer.c_str(), X_OK) != 0)
      return fail(ErrorKind::not_found,
                  "There is no " + peer + ": build target faiss_peer (needs libfaiss-dev).");
    TRY_DONE(write_for_peer(folder_));
    const std::string command = peer + " " + folder_ + "/hashes " + folder_ + "/queries";
    // Both sides' memory at once would disturb both.
    std::fflush(stdout);
    FILE* answer = ::popen(command.c_str(), "r");
    if (!answer) return fail(ErrorKind::unavailable, "The peer could not be started.");
    Measured faiss;
    std::array<char, 512> line;
    while (std::fgets(line.data(), line.size(), answer)) {
      std::fputs(line.data(), stdout);
      std::sscanf(line.data(), "best %lf %lf", &faiss.build, &faiss.queries);
    }
    if (::pclose(answer) != 0 || faiss.queries <= 0)
      return fail(ErrorKind::unavailable, "The peer failed.");
    const double rate = measure("  in place again, after the peer, batches of 2,000", 2000);
    std::printf("ratio: %.0f x FAISS's best exact look-ups/s, build %.0f x faster\n",
                rate / faiss.queries, faiss.build / ours_.build);
    return {};
  }

  const Options& options_;
  std::string folder_;
  const std::vector<ListRule> lists_ = {{"one"}, {"two"}};
  std::vector<Hash256> hashes_, queries_, live_;
  std::set<EntryId> removed_;
  std::unique_ptr<Index> index_;
  Measured ours_;
  std::array<double, 5> rounds_{};
};

Done bench(const Arguments& arguments) {
  TRY(options,
      Options::read(arguments, {"size", "hashes", "queries", "vs", "peer", "dir", "export"},
                    {"mapped-only"}));
  std::string folder =
      options.get("dir", std::filesystem::temp_directory_path().string()) + "/hotline-bench-XXXXXX";
  if (!::mkdtemp(folder.data()))
    return fail(ErrorKind::unavailable, "No folder could be made for the bench.");
  const Done done = Bench(options, folder).run();
  std::filesystem::remove_all(folder);
  return done;
}

}  // namespace

int match_bench(const Arguments& arguments) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Done done = bench(arguments);
  return done ? kGood : refuse(done.error());
}

}  // namespace hotline::cli
