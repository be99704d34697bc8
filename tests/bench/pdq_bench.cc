// links: media_film media_codecs media sandbox base
// PDQ beside the decoder that feeds it (libjpeg-turbo, libav) and beside the filter as its
// description reads, in the same run on the same picture; and one file through the whole jail.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "base/crypto.h"
#include "media/codecs/decode.h"
#include "media/codecs/encode.h"
#include "media/codecs/luma_look.h"
#include "media/film/libav.h"
#include "media/lab.h"
#include "media/pdq.h"
#include "media/preview.h"
#include "media/tent_filter.h"

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
// --- the filter as the description reads: whole picture, running sums, two rounds ---------------

void plain_box(const float* in, float* out, int n, int stride, int full) {
  const int half = (full + 2) / 2;
  float sum = 0;
  int size = 0, to = 0, right = 0, left = 0;
  const auto give = [&] { out[stride * to++] = sum / static_cast<float>(size); };
  for (; right < half - 1; ++right, ++size) sum += in[stride * right];
  for (; right < full; ++right) {
    sum += in[stride * right];
    ++size;
    give();
  }
  for (; right < n; ++right, ++left) {
    sum += in[stride * right];
    sum -= in[stride * left];
    give();
  }
  for (; left < n - full + half - 1; ++left) {
    sum -= in[stride * left];
    --size;
    give();
  }
}

Grid plain_filter(const Picture& picture) {
  const int width = picture.width, height = picture.height;
  std::vector<float> one(picture.samples.size() / 3), two(one.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    const std::uint8_t* pixel = picture.samples.data() + 3 * i;
    one[i] = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
  }
  for (int round = 0; round < 2; ++round) {
    for (int y = 0; y < height; ++y)
      plain_box(one.data() + y * width, two.data() + y * width, width, 1, (width + 127) / 128);
    for (int x = 0; x < width; ++x)
      plain_box(two.data() + x, one.data() + x, height, width, (height + 127) / 128);
  }
  Grid grid;
  for (int i = 0; i < kGrid; ++i) {
    for (int j = 0; j < kGrid; ++j)
      grid[static_cast<std::size_t>(i * kGrid + j)] =
          one[static_cast<std::size_t>(static_cast<int>((i + 0.5) * height / 64) * width +
                                       static_cast<int>((j + 0.5) * width / 64))];
  }
  return grid;
}

void plain_full(benchmark::State& state) {
  const Picture& picture = picture_of(state);
  if (plain_filter(picture) != tent_filter(picture)) state.SkipWithError("other floats");
  for (auto _ : state) benchmark::DoNotOptimize(plain_filter(picture));
  per_pixel(state);
}

/// JPEG bytes to both hashes, the eight turns and the three digests: what the jail does, without
/// it.
void file_to_all(benchmark::State& state) {
  const std::string jpeg = *encode_jpeg(picture_of(state), 85);
  for (auto _ : state) {
    benchmark::DoNotOptimize(hotline::crypto::md5(jpeg));
    benchmark::DoNotOptimize(hotline::crypto::sha1(jpeg));
    benchmark::DoNotOptimize(hotline::crypto::sha256(jpeg));
    benchmark::DoNotOptimize(look_at_luma(jpeg, {}, 0));
  }
  per_pixel(state);
}

/// The same by the strict way, over the decoded colours.
void file_to_all_strict(benchmark::State& state) {
  const std::string jpeg = *encode_jpeg(picture_of(state), 85);
  for (auto _ : state) {
    benchmark::DoNotOptimize(hotline::crypto::md5(jpeg));
    benchmark::DoNotOptimize(hotline::crypto::sha1(jpeg));
    benchmark::DoNotOptimize(hotline::crypto::sha256(jpeg));
    const Decoded decoded = decode(jpeg);
    benchmark::DoNotOptimize(pdq_dihedral(decoded.picture));
    benchmark::DoNotOptimize(pdq_nn512(decoded.picture));
  }
  per_pixel(state);
}

/// The fast filter alone, from a plane of brightness: FULL, NN512 and the turns.
void luma_hash(benchmark::State& state) {
  const Picture& picture = picture_of(state);
  std::vector<std::uint8_t> plane(picture.samples.size() / 3);
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = picture.samples[3 * i + 1];
  for (auto _ : state) {
    LumaHash hash(picture.width, picture.height, 1);
    for (int y = 0; y < picture.height; ++y)
      hash.row(plane.data() +
               static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width));
    benchmark::DoNotOptimize(hash.finish());
  }
  per_pixel(state);
}

void digests(benchmark::State& state) {
  const std::string jpeg = *encode_jpeg(picture_of(state), 85);
  for (auto _ : state) {
    benchmark::DoNotOptimize(hotline::crypto::md5(jpeg));
    benchmark::DoNotOptimize(hotline::crypto::sha1(jpeg));
    benchmark::DoNotOptimize(hotline::crypto::sha256(jpeg));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(jpeg.size()) * state.iterations());
}

// --- films: libav alone beside what we do with its frames ---------------------------------------

std::string film() {
  const char* path = std::getenv("HOTLINE_BENCH_FILM");
  std::ifstream file(path != nullptr
                         ? path
                         : std::string(HOTLINE_SOURCE_DIR) +
                               "/tests/media/vectors/video/shapes_a_320x240_25fps_h264.mp4",
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void film_decode_only(benchmark::State& state) {
  const std::string bytes = film();
  const FilmSource source = source_of(bytes);
  for (auto _ : state) {
    FilmFile file;
    if (!file.open(source) || !file.open_decoder(40'000'000, false)) state.SkipWithError("no film");
    while (const auto* frame = file.next()) benchmark::DoNotOptimize(frame->data[0][0]);
  }
}

void film_hashed(benchmark::State& state) {
  const std::string bytes = film();
  const FilmWish wish{.every_seconds = static_cast<double>(state.range(0)),
                      .key_frames = state.range(1) != 0};
  for (auto _ : state)
    benchmark::DoNotOptimize(watch(source_of(bytes), wish, [](const VpdqFrame&, double) {}));
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

// 1156 x 867 is one megapixel, 1600 x 1200 the size of the published figures.
BENCHMARK(decode_jpeg)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(plain_full)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_full)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_nn512)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(previews)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(file_to_all)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(file_to_all_strict)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(luma_hash)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(digests)->Arg(1156)->Arg(1600)->Unit(benchmark::kMillisecond);
BENCHMARK(through_the_jail)
    ->Args({1156, 0})
    ->Args({1600, 0})
    ->Args({1156, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(film_decode_only)->Unit(benchmark::kMillisecond);
BENCHMARK(film_hashed)->Args({0, 0})->Args({1, 0})->Args({0, 1})->Unit(benchmark::kMillisecond);
}  // namespace
