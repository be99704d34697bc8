// faiss_peer HASHES QUERIES [GO]: FAISS's exact methods for 256 bits and radius 31, one thread.
//
// The peer of `hotline match bench --vs faiss`; both files hold raw 32-byte hashes. Prints each
// method with its look-ups a second and its build, and last "best BUILD_SECONDS QUERIES_A_SECOND".
// Exact are: reading everything, and MultiHash with as many flips as the pigeonhole needs (16 x 16
// bits with one, 11 x 23 bits with two). IVF, HNSW and BinaryHash miss neighbours and are left out.
//
// With GO it builds the last of these alone, says so and waits until a file of that name is there:
// ten million take minutes to build, and a machine is not held quiet for so long.
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace {

double now() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::vector<unsigned char> bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

double best_build = 0, best_rate = 0;

void measure(const char* name, faiss::IndexBinary& index, const std::vector<unsigned char>& hashes,
             const std::vector<unsigned char>& queries, std::size_t asked,
             const char* go = nullptr) {
  const double before = now();
  index.add(static_cast<faiss::IndexBinary::idx_t>(hashes.size() / 32), hashes.data());
  const double build = now() - before;
  if (go) {
    std::printf("  faiss is built, %.1f s\n", build);
    std::fflush(stdout);
    while (!std::ifstream(go)) usleep(100'000);
  }
  std::vector<double> times;
  std::size_t hits = 0;
  for (int round = 0; round < 3; ++round) {
    faiss::RangeSearchResult result(asked);
    const double start = now();
    index.range_search(static_cast<faiss::IndexBinary::idx_t>(asked), queries.data(), 32, &result);
    times.push_back(now() - start);
    hits = result.lims[asked];
  }
  std::sort(times.begin(), times.end());
  const double rate = static_cast<double>(asked) / times[1];
  std::printf("  faiss %s: %.0f look-ups/s (median of 3), build %.1f s, %zu hits in %zu\n", name,
              rate, build, hits, asked);
  std::fflush(stdout);
  if (rate > best_rate) {
    best_rate = rate;
    best_build = build;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fputs("Example: faiss_peer hashes queries\n", stderr);
    return 2;
  }
  omp_set_num_threads(1);
  const auto hashes = bytes_of(argv[1]), queries = bytes_of(argv[2]);
  const std::size_t count = hashes.size() / 32, asked = queries.size() / 32;
  const char* go = argc == 4 ? argv[3] : nullptr;
  if (!go) {
    faiss::IndexBinaryFlat flat(256);
    measure("Flat", flat, hashes, queries, std::min<std::size_t>(asked, count > 2000000 ? 10 : 50));
  }
  if (!go && count <= 2000000) {  // Three times slower than the next one, and as large.
    faiss::IndexBinaryMultiHash narrow(256, 16, 16);
    narrow.nflip = 1;
    measure("MultiHash 16x16 nflip 1", narrow, hashes, queries, std::min<std::size_t>(asked, 500));
  }
  faiss::IndexBinaryMultiHash wide(256, 11, 23);
  wide.nflip = 2;
  measure("MultiHash 11x23 nflip 2", wide, hashes, queries, std::min<std::size_t>(asked, 2000), go);
  std::printf("best %.3f %.3f\n", best_build, best_rate);
  return 0;
}
