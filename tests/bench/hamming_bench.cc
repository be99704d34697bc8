// links: matching base
// The index beside a plain loop, in the same run on the same hashes: 256 bits, radius 31, one
// query in a hundred has a neighbour. Items a second are queries a second.
#include <benchmark/benchmark.h>

#include <map>
#include <random>

#include "matching/hamming_index.h"

namespace {
using namespace hotline::matching;

Hash256 any_hash(std::mt19937_64& random) {
  return {{random(), random(), random(), random()}};
}

struct Set {
  std::vector<Hash256> hashes, queries;
  HammingIndex index;
};

Set& set_of(std::int64_t size) {
  static std::map<std::int64_t, Set> sets;
  Set& set = sets[size];
  if (!set.hashes.empty()) return set;
  std::mt19937_64 random(1);
  for (std::int64_t i = 0; i < size; ++i) set.hashes.push_back(any_hash(random));
  for (int i = 0; i < 4096; ++i) {
    Hash256 query = any_hash(random);
    if (i % 100 == 0) {
      query = set.hashes[random() % set.hashes.size()];
      for (int flip = 0; flip < 20; ++flip) query.words[random() % 4] ^= 1ULL << (random() % 64);
    }
    set.queries.push_back(query);
  }
  set.index.add_all(set.hashes);
  set.index.build();
  return set;
}

void find_in_index(benchmark::State& state) {
  const Set& set = set_of(state.range(0));
  std::size_t at = 0;
  for (auto _ : state) benchmark::DoNotOptimize(set.index.find(set.queries[at++ % 4096], 31));
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes_per_hash"] =
      static_cast<double>(set.index.memory_bytes()) / static_cast<double>(set.index.size());
}

// The fastest loop that reads the hashes as they lie: half of each first, the rest if it may match.
void plain_loop(benchmark::State& state) {
  const Set& set = set_of(state.range(0));
  std::size_t at = 0;
  for (auto _ : state) {
    const Hash256& query = set.queries[at++ % 4096];
    std::size_t found = 0;
    for (const auto& hash : set.hashes) {
      const int half = __builtin_popcountll(hash.words[0] ^ query.words[0]) +
                       __builtin_popcountll(hash.words[1] ^ query.words[1]);
      if (half <= 31 && distance(hash, query) <= 31) ++found;
    }
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}

void find_wide(benchmark::State& state) {
  const Set& set = set_of(1000000);
  std::size_t at = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        set.index.find(set.queries[at++ % 4096], static_cast<int>(state.range(0))));
  state.SetItemsProcessed(state.iterations());
}

void build(benchmark::State& state) {
  const Set& set = set_of(state.range(0));
  for (auto _ : state) {
    HammingIndex index;
    index.add_all(set.hashes);
    index.build();
    benchmark::DoNotOptimize(index.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(find_in_index)->Arg(1000)->Arg(100000)->Arg(1000000);
BENCHMARK(plain_loop)->Arg(1000)->Arg(100000)->Arg(1000000);
BENCHMARK(find_wide)->Arg(15)->Arg(31)->Arg(47)->Arg(63);
BENCHMARK(build)->Arg(1000000)->Unit(benchmark::kMillisecond);

}  // namespace
