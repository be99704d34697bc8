// links: media_codecs media matching base
// pdq_like OUT COUNT FOLDER: raw 32-byte hashes with the statistics of PDQ, for `match bench`.
//
// Pictures in FOLDER (a distribution's wallpapers) are cut into random crops; PDQ's own transform
// gives the 256 coefficients of each. A blend of two pictures has the same blend of coefficients,
// and turning or mirroring changes their signs and places, so millions of pictures cost no
// decoding:
//   70 % blends of two crops, each turned at random        10 % blends of two page-like pictures
//   15 % single crops with grain: families of near copies   5 % gradients and noise
// All have grain of 3 % of their coefficients' size. Prints how far from uniform the bits are.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "matching/films.h"
#include "media/codecs/decode.h"
#include "media/pdq.h"

namespace {

using namespace hotline;
using Coefficients = std::array<float, 256>;
using Random = std::mt19937_64;
constexpr int kSide = 64;

double uniform(Random& random, double from, double to) {
  return from + (to - from) * static_cast<double>(random() >> 11) / 9007199254740992.0;
}

/// A picture's brightness, summed from its upper left corner: any crop costs the same.
class Sums {
 public:
  explicit Sums(const media::Picture& picture)
      : width_(picture.width),
        height_(picture.height),
        sums_(static_cast<std::size_t>(width_ + 1) * static_cast<std::size_t>(height_ + 1)) {
    for (int y = 0; y < height_; ++y) {
      double line = 0;
      for (int x = 0; x < width_; ++x) {
        const std::uint8_t* at = picture.row(y) + 3 * static_cast<std::size_t>(x);
        line += 0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2];
        sums_[place(x + 1, y + 1)] = sums_[place(x + 1, y)] + line;
      }
    }
  }
  /// A crop of at least a quarter of each side, as 64 x 64 means.
  [[nodiscard]] media::Picture crop(Random& random) const {
    const int w = static_cast<int>(width_ * uniform(random, 0.25, 1));
    const int h = static_cast<int>(height_ * uniform(random, 0.25, 1));
    const int left = static_cast<int>(uniform(random, 0, width_ - w));
    const int top = static_cast<int>(uniform(random, 0, height_ - h));
    media::Picture small = media::make_picture(kSide, kSide);
    for (int y = 0; y < kSide; ++y)
      for (int x = 0; x < kSide; ++x) {
        const int x0 = left + w * x / kSide, x1 = left + w * (x + 1) / kSide;
        const int y0 = top + h * y / kSide, y1 = top + h * (y + 1) / kSide;
        const double sum = sums_[place(x1, y1)] - sums_[place(x0, y1)] - sums_[place(x1, y0)] +
                           sums_[place(x0, y0)];
        const int area = std::max(1, (x1 - x0) * (y1 - y0));
        std::uint8_t* at = small.row(y) + 3 * static_cast<std::size_t>(x);
        std::fill(at, at + 3, static_cast<std::uint8_t>(std::clamp(sum / area, 0.0, 255.0)));
      }
    return small;
  }

 private:
  [[nodiscard]] std::size_t place(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_ + 1) +
           static_cast<std::size_t>(x);
  }
  int width_, height_;
  std::vector<double> sums_;
};

void set_grey(media::Picture& picture, int x, int y, double value) {
  std::uint8_t* at = picture.row(y) + 3 * static_cast<std::size_t>(x);
  std::fill(at, at + 3, static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
}

/// Lines of words, paragraphs and a box or two on white.
media::Picture page(Random& random) {
  media::Picture made = media::make_picture(kSide, kSide);
  std::fill(made.samples.begin(), made.samples.end(), 250);
  const int margin = static_cast<int>(uniform(random, 2, 10));
  for (int y = margin; y < kSide - margin; y += static_cast<int>(uniform(random, 2, 4)))
    for (int x = margin; x < kSide - margin;) {
      const int word = static_cast<int>(uniform(random, 1, 8));
      for (int i = 0; i < word && x < kSide - margin; ++i, ++x)
        set_grey(made, x, y, uniform(random, 40, 140));
      x += 1;
      if (uniform(random, 0, 1) < 0.08) break;  // The paragraph ends here.
    }
  for (int boxes = static_cast<int>(uniform(random, 0, 3)); boxes > 0; --boxes) {
    const int left = static_cast<int>(uniform(random, 0, 50)),
              top = static_cast<int>(uniform(random, 0, 50));
    const double grey = uniform(random, 30, 220);
    for (int y = top; y < std::min(kSide, top + static_cast<int>(uniform(random, 5, 30))); ++y)
      for (int x = left; x < std::min(kSide, left + 24); ++x) set_grey(made, x, y, grey);
  }
  return made;
}

media::Picture gradient(Random& random) {
  media::Picture made = media::make_picture(kSide, kSide);
  const double a = uniform(random, -2, 2), b = uniform(random, -2, 2),
               c = uniform(random, -0.03, 0.03);
  const double noise = uniform(random, 5, 80);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      set_grey(made, x, y,
               128 + a * (x - 32) + b * (y - 32) + c * (x - 32) * (y - 32) +
                   uniform(random, -noise, noise));
  return made;
}

/// Turned or mirrored: odd frequencies change their sign, rows and columns their places.
Coefficients turned(const Coefficients& from, unsigned how) {
  Coefficients made;
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t j = 0; j < 16; ++j) {
      float value = how & 4 ? from[j * 16 + i] : from[i * 16 + j];
      if ((how & 1) && i % 2 == 0) value = -value;  // Row i is frequency i + 1.
      if ((how & 2) && j % 2 == 0) value = -value;
      made[i * 16 + j] = value;
    }
  return made;
}

matching::Hash256 hash_of(const Coefficients& coefficients) {
  Coefficients sorted = coefficients;
  std::nth_element(sorted.begin(), sorted.begin() + 127, sorted.end());
  media::PdqBits bits;
  for (std::size_t i = 0; i < 256; ++i)
    if (coefficients[i] > sorted[127]) bits.words[i / 64] |= std::uint64_t{1} << (i % 64);
  return matching::hash_of(bits);
}

class Maker {
 public:
  explicit Maker(const std::vector<Sums>& pictures) {
    // What has a quality below 50 is not listed: flat crops and plain gradients are left out.
    const auto fill = [](std::vector<Coefficients>& all, std::size_t count, auto&& make) {
      for (std::size_t tries = 0; all.size() < count && tries < 100 * count; ++tries) {
        const media::Picture picture = make();
        if (media::pdq_full(picture).quality >= 50) all.push_back(media::pdqf(picture));
      }
    };
    fill(crops_, 40000, [&] { return pictures[random_() % pictures.size()].crop(random_); });
    fill(pages_, 20000, [&] { return page(random_); });
    fill(gradients_, 10000, [&] { return gradient(random_); });
  }
  matching::Hash256 next() {
    const double kind = uniform(random_, 0, 1);
    Coefficients made;
    if (kind < 0.70)
      made = blend(crops_);
    else if (kind < 0.85)
      made = crops_[random_() % crops_.size()];
    else
      made = blend(kind < 0.95 ? pages_ : gradients_);
    double squares = 0;
    for (const float value : made) squares += double{value} * value;
    const auto grain = static_cast<float>(0.03 * std::sqrt(squares / 256));
    for (std::size_t i = 0; i < 256; i += 4) {
      // Sums of four bytes are near enough to a bell curve.
      std::uint64_t bits = random_();
      for (std::size_t k = 0; k < 4; ++k, bits >>= 16)
        made[i + k] += grain * (static_cast<float>((bits & 255) + (bits >> 8 & 255)) - 255) / 104;
    }
    return hash_of(made);
  }
  Random& random() { return random_; }

 private:
  Coefficients blend(const std::vector<Coefficients>& from) {
    const auto a = turned(from[random_() % from.size()], random_() % 8);
    const auto b = turned(from[random_() % from.size()], random_() % 8);
    const auto weight = static_cast<float>(uniform(random_, 0.15, 0.85));
    Coefficients made;
    for (std::size_t i = 0; i < 256; ++i) made[i] = weight * a[i] + (1 - weight) * b[i];
    return made;
  }
  Random random_{20300304};
  std::vector<Coefficients> crops_, pages_, gradients_;
};

void say_statistics(const std::vector<matching::Hash256>& hashes, Random& random) {
  const double count = static_cast<double>(hashes.size());
  double mean = 0, squares = 0;
  constexpr int kPairs = 4'000'000;
  int near = 0;
  for (int i = 0; i < kPairs; ++i) {
    const int bits =
        matching::distance(hashes[random() % hashes.size()], hashes[random() % hashes.size()]);
    mean += bits;
    squares += double(bits) * bits;
    near += bits <= 31 ? 1 : 0;
  }
  mean /= kPairs;
  double least = 1e9, most = 0, sum = 0, fullest = 0;
  for (int chunk = 0; chunk < 16; ++chunk) {
    std::vector<std::uint32_t> sizes(65536);
    for (const auto& hash : hashes) ++sizes[hash.chunk(chunk)];
    double same = 0;
    for (const double size : sizes) {
      same += size * size;
      fullest = std::max(fullest, size);
    }
    const double skew = same / (count * count / 65536 + count);
    least = std::min(least, skew);
    most = std::max(most, skew);
    sum += skew / 16;
  }
  std::printf(
      "%zu hashes; pairs: mean %.1f bits, deviation %.2f, %.1e within 31; 16-bit chunks as "
      "they come: %.2f to %.2f times uniform (mean %.2f), fullest bucket %.3f %%\n",
      hashes.size(), mean, std::sqrt(squares / kPairs - mean * mean), double(near) / kPairs, least,
      most, sum, 100 * fullest / count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("Example: pdq_like hashes.raw 1020000 /usr/share/backgrounds\n", stderr);
    return 2;
  }
  std::vector<Sums> pictures;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[3])) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto decoded = media::decode(bytes);
    if (decoded.trouble.empty() && decoded.picture.width >= 256)
      pictures.emplace_back(decoded.picture);
  }
  if (pictures.empty()) {
    std::fputs("pdq_like: no pictures there\n", stderr);
    return 2;
  }
  Maker maker(pictures);
  std::vector<matching::Hash256> hashes(static_cast<std::size_t>(std::atoll(argv[2])));
  for (auto& hash : hashes) hash = maker.next();
  std::printf("%zu pictures; ", pictures.size());
  say_statistics(hashes, maker.random());
  std::ofstream out(argv[1], std::ios::binary);
  out.write(reinterpret_cast<const char*>(hashes.data()),
            static_cast<std::streamsize>(hashes.size() * sizeof hashes[0]));
  return out.good() ? 0 : 2;
}
