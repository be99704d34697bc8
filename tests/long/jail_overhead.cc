// links: media_codecs media sandbox base
// jail_overhead HOTLINE-MEDIA [ROUNDS]: what the jail costs on a JPEG of one megapixel.
//
// The same work (digests, decoding, both PDQ profiles, eight turns) in this process and through the
// lab, in turns, on the same picture. Compared is processor time, of all processes together,
// because the wall clock of a shared machine measures its neighbours; the helper's start is counted
// apart.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "base/crypto.h"
#include "media/codecs/encode.h"
#include "media/codecs/luma_look.h"
#include "media/lab.h"

namespace {
using namespace hotline;
using namespace hotline::media;

double seconds(int who) {
  rusage used{};
  getrusage(who, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double all_seconds() {
  return seconds(RUSAGE_SELF) + seconds(RUSAGE_CHILDREN);
}

/// Soft shapes with a little noise: compresses as a photograph does.
std::string drawn() {
  Picture picture = make_picture(1156, 867);
  std::mt19937 random(1);
  for (int y = 0; y < picture.height; ++y) {
    std::uint8_t* pixel = picture.row(y);
    for (int x = 0; x < picture.width; ++x, pixel += 3) {
      const int wave = (x * x / 97 + y * y / 53) / 16 % 200;
      for (int i = 0; i < 3; ++i)
        pixel[i] = static_cast<std::uint8_t>(wave / (i + 1) + static_cast<int>(random() % 16));
    }
  }
  return *encode_jpeg(picture, 85);
}

void bare(const std::string& jpeg) {
  volatile char sink = crypto::md5(jpeg)[0];
  sink = crypto::sha1(jpeg)[0];
  sink = crypto::sha256(jpeg)[0];
  const auto look = look_at_luma(jpeg, {}, 0);
  sink = static_cast<char>(look->hashes.turns.quality + look->hashes.nn512.quality);
  static_cast<void>(sink);
}

/// Of `pictures` through a lab that is opened and ended for it.
double through_lab(const char* program, const std::string& jpeg, int pictures) {
  const double start = all_seconds();
  {
    const auto lab = open_jailed_lab(program, std::chrono::seconds(60));
    for (int i = 0; i < pictures; ++i) {
      const auto found = lab->examine(jpeg, false);
      if (!found || !found->full) std::abort();
    }
  }
  return all_seconds() - start;
}
}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || arguments[1][0] == '-') {
    std::puts("Example: build/bin/jail_overhead build/bin/hotline-media 9");
    return count < 2 ? 2 : 0;
  }
  const std::string jpeg = drawn();
  const int rounds = count > 2 ? std::max(1, std::atoi(arguments[2])) : 9;
  constexpr int kPictures = 400;  // So that a helper's start, which varies, weighs little.
  bare(jpeg);
  std::vector<double> ratios, plain, jailed, starts;
  for (int round = 0; round < rounds; ++round) {
    const double start = all_seconds();
    for (int i = 0; i < kPictures; ++i) bare(jpeg);
    plain.push_back((all_seconds() - start) / kPictures);
    const double one = through_lab(arguments[1], jpeg, 1);
    jailed.push_back((through_lab(arguments[1], jpeg, kPictures + 1) - one) / kPictures);
    starts.push_back(one - jailed.back());
    ratios.push_back(jailed.back() / plain.back());
  }
  const auto median = [](std::vector<double>& all) {
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
  };
  const double ratio = median(ratios);
  std::printf(
      "1156 x 867 JPEG of %zu bytes, %d rounds of %d: bare %.2f ms, jailed %.2f ms of processor "
      "time "
      "each;\noverhead %.1f %% (rounds from %.1f to %.1f %%); start of the helper %.0f ms, once\n",
      jpeg.size(), rounds, kPictures, median(plain) * 1e3, median(jailed) * 1e3, (ratio - 1) * 100,
      (ratios.front() - 1) * 100, (ratios.back() - 1) * 100, median(starts) * 1e3);
  return ratio <= 1.15 ? 0 : 1;
}
