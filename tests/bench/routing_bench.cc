// links: base url db net casework facts tracing
// Look-ups in the imported routing table beside libmaxminddb, over the same prefixes.
//
// HOTLINE_MMDB names the file whose networks both hold: the table is built from them, with a
// made-up system each. Random IPv4 addresses, nine of ten inside a known network.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "net/geo.h"
#include "tracing/routing_table.h"

namespace {

using namespace hotline;

struct World {
  std::unique_ptr<tracing::RoutingTable> table;
  std::vector<url::IpAddress> asked;
  std::string file;
};

const World& world() {
  static const World made = [] {
    World one;
    const char* file = std::getenv("HOTLINE_MMDB");
    if (file == nullptr) {
      std::fputs("set HOTLINE_MMDB to an MMDB file\n", stderr);
      std::exit(2);
    }
    one.file = file;
    tracing::RoutingBuilder builder;
    std::vector<url::Network> v4;
    std::uint32_t system = 0;
    const auto walked =
        net::each_network(file, [&](const url::Network& network, const net::GeoAnswer&) -> Done {
          builder.add(network, ++system);
          if (!network.first.v6) v4.push_back(network);
          return {};
        });
    const std::string path = "routing_bench." + std::to_string(::getpid()) + ".table";
    if (!walked || !builder.write(path, "bench", instant(0))) std::exit(2);
    one.table = *tracing::RoutingTable::open(path);
    std::fprintf(stderr, "%zu networks, %llu routes\n", v4.size(),
                 static_cast<unsigned long long>(one.table->routes()));
    ::unlink(path.c_str());
    std::mt19937 random(5);
    for (int i = 0; i < 100'000; ++i) {
      const auto& network = v4[random() % v4.size()];
      const auto number =
          i % 10 == 0
              ? static_cast<std::uint32_t>(random())
              : network.first.v4_number() +
                    (network.prefix == 32 ? 0
                                          : static_cast<std::uint32_t>(random()) >> network.prefix);
      one.asked.push_back(url::IpAddress::v4(number));
    }
    return one;
  }();
  return made;
}

void OurTable(benchmark::State& state) {
  const auto& in = world();
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(in.table->system_of(in.asked[i++ % in.asked.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(OurTable);

/// The peer at its best: the raw look-up, without reading what it found.
void Libmaxminddb(benchmark::State& state) {
  const auto& in = world();
  MMDB_s file{};
  if (::MMDB_open(in.file.c_str(), MMDB_MODE_MMAP, &file) != MMDB_SUCCESS) std::exit(2);
  std::vector<sockaddr_in> asked;
  for (const auto& ip : in.asked) {
    sockaddr_in one{};
    one.sin_family = AF_INET;
    std::memcpy(&one.sin_addr, ip.bytes.data(), 4);
    asked.push_back(one);
  }
  std::size_t i = 0;
  for (auto _ : state) {
    int error = 0;
    benchmark::DoNotOptimize(::MMDB_lookup_sockaddr(
        &file, reinterpret_cast<const sockaddr*>(&asked[i++ % asked.size()]), &error));
  }
  state.SetItemsProcessed(state.iterations());
  ::MMDB_close(&file);
}
BENCHMARK(Libmaxminddb);

}  // namespace
