// links: media_codecs media sandbox base
// PDQ beside the decoder that feeds it, in the same run on the same picture; and one file through
// the whole jail. Hashing should cost less than decoding.
#include <benchmark/benchmark.h>

#include <map>
#include <random>

#include "media/codecs/decode.h"
#include "media/codecs/encode.h"
#include "media/lab.h"
#include "media/pdq.h"
#include "media/preview.h"

namespace {
using namespace hotline::media;

/// Soft shapes with a little noise: compresses as a photograph does.
Picture drawn(int width, int height) {
  Picture picture = make_picture(width, height);
  std::mt19937 random(1);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* pixel = picture.row(y);
    for (int x = 0; x < width; ++x, pixel += 3) {
      const int wave = (x * x / 97 + y * y / 53) / 16 % 200;
      for (int i = 0; i < 3; ++i)
        pixel[i] = static_cast<std::uint8_t>(wave / (i + 1) + static_cast<int>(random() % 16));
    }
  }
  return picture;
}

const Picture& picture_of(const benchmark::State& state) {
  static std::map<std::int64_t, Picture> all;
  const auto side = state.range(0);
  if (!all.contains(side))
    all[side] = drawn(static_cast<int>(side), static_cast<int>(side * 3 / 4));
  return all[side];
}

void per_pixel(benchmark::State& state) {
  const Picture& picture = picture_of(state);
  state.counters["MP/s"] = benchmark::Counter(static_cast<double>(picture.width) * picture.height /
                                                  1e6 * static_cast<double>(state.iterations()),
                                              benchmark::Counter::kIsRate);
}

void decode_jpeg(benchmark::State& state) {
  const std::string jpeg = *encode_jpeg(picture_of(state), 85);
  for (auto _ : state) benchmark::DoNotOptimize(decode(jpeg));
  per_pixel(state);
}
void hash_full(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(pdq_full(picture_of(state)));
  per_pixel(state);
}
void hash_nn512(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(pdq_nn512(picture_of(state)));
  per_pixel(state);
}
void previews(benchmark::State& state) {
  for (auto _ : state) {
    for (const auto& level : kPreviewLevels)
      benchmark::DoNotOptimize(preview(picture_of(state), level));
  }
  per_pixel(state);
}
void through_the_jail(benchmark::State& state) {
  const auto lab =
      open_jailed_lab(std::string(HOTLINE_BINARY_DIR) + "/hotline-media", std::chrono::seconds(60));
  const std::string jpeg = *encode_jpeg(picture_of(state), 85);
  for (auto _ : state) {
    const auto found = lab->examine(jpeg, state.range(1) != 0);
    if (!found || !found->trouble.empty()) state.SkipWithError("no findings");
  }
  per_pixel(state);
}

BENCHMARK(decode_jpeg)->Arg(512)->Arg(2048)->Arg(4096)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_full)->Arg(512)->Arg(2048)->Arg(4096)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_nn512)->Arg(512)->Arg(2048)->Arg(4096)->Unit(benchmark::kMillisecond);
BENCHMARK(previews)->Arg(512)->Arg(2048)->Unit(benchmark::kMillisecond);
BENCHMARK(through_the_jail)
    ->Args({512, 0})
    ->Args({512, 1})
    ->Args({2048, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
}  // namespace
