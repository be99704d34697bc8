#include "range/pictures.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "media/codecs/encode.h"
#include "range/films.h"

namespace hotline::range {
namespace {

using media::Picture;

/// splitmix64: the same everywhere, unlike the standard distributions.
class Dice {
 public:
  /// Mixed once, or the stream of one seed would be that of its neighbour, a step later.
  explicit Dice(std::uint64_t seed) : state_(seed + 0x1234567ULL) {
    state_ = next() ^ (seed << 32);
  }
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1.0p-53);
  }
  int below(int most) { return static_cast<int>(next() % static_cast<std::uint64_t>(most)); }

 private:
  std::uint64_t state_;
};

struct Colour {
  double r = 0, g = 0, b = 0;
};

Colour mix(const Colour& a, const Colour& b, double t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

/// Hue 0 to 1, saturation and value 0 to 1.
Colour colour(double hue, double saturation, double value) {
  const double h = (hue - std::floor(hue)) * 6;
  const double c = value * saturation;
  const double x = c * (1 - std::fabs(std::fmod(h, 2.0) - 1));
  const double m = value - c;
  static constexpr std::array<std::array<int, 3>, 6> kParts = {
      {{2, 1, 0}, {1, 2, 0}, {0, 2, 1}, {0, 1, 2}, {1, 0, 2}, {2, 0, 1}}};
  const auto& parts = kParts[static_cast<std::size_t>(h) % 6];
  const std::array<double, 3> values = {m, x + m, c + m};
  const auto part = [&](std::size_t i) { return 255 * values[static_cast<std::size_t>(parts[i])]; };
  return {part(0), part(1), part(2)};
}

void put(Picture& picture, int x, int y, const Colour& paint) {
  auto* at = picture.row(y) + 3 * x;
  const auto clamp = [](double v) { return static_cast<std::uint8_t>(std::clamp(v, 0.0, 255.0)); };
  at[0] = clamp(paint.r);
  at[1] = clamp(paint.g);
  at[2] = clamp(paint.b);
}

template <class Paint>
void paint_all(Picture& picture, Paint paint) {
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      put(picture, x, y,
          paint(static_cast<double>(x) / picture.width, static_cast<double>(y) / picture.height));
}

void disc(Picture& picture, double cx, double cy, double radius, const Colour& paint) {
  const double r = radius * picture.width;
  const double px = cx * picture.width, py = cy * picture.height;
  for (int y = std::max(0, static_cast<int>(py - r));
       y < std::min(picture.height, static_cast<int>(py + r) + 1); ++y)
    for (int x = std::max(0, static_cast<int>(px - r));
         x < std::min(picture.width, static_cast<int>(px + r) + 1); ++x)
      if ((x - px) * (x - px) + (y - py) * (y - py) < r * r) put(picture, x, y, paint);
}

/// A skyline: a few sine waves of falling height.
struct Ridge {
  std::array<double, 5> frequency{}, phase{}, height{};
  double base = 0;
  Ridge(Dice& dice, double at, double rough) : base(at) {
    for (std::size_t i = 0; i < frequency.size(); ++i) {
      frequency[i] = dice.between(0.6, 1.8) * std::pow(1.9, static_cast<double>(i));
      phase[i] = dice.between(0, 6.283);
      height[i] = rough * dice.between(0.4, 1.0) / std::pow(1.8, static_cast<double>(i));
    }
  }
  [[nodiscard]] double at(double x) const {
    double y = base;
    for (std::size_t i = 0; i < frequency.size(); ++i)
      y += height[i] * std::sin(6.283 * frequency[i] * x + phase[i]);
    return y;
  }
};

void landscape(Picture& picture, Dice& dice) {
  const double hue = dice.between(0, 1);
  const auto top = colour(hue, 0.55, dice.between(0.45, 0.9));
  const auto low = colour(hue + dice.between(0.25, 0.55), 0.35, 0.98);
  paint_all(picture, [&](double, double y) { return mix(top, low, std::min(1.0, y * 1.5)); });
  const double sun_x = dice.between(0.12, 0.88), sun_y = dice.between(0.12, 0.42);
  const double sun = dice.between(0.04, 0.09);
  disc(picture, sun_x, sun_y, sun * 1.5, mix(low, {255, 250, 225}, 0.5));
  disc(picture, sun_x, sun_y, sun, {255, 246, 205});
  const int layers = 3 + dice.below(3);
  const double ground = dice.between(0, 1);
  for (int layer = 0; layer < layers; ++layer) {
    const double near = static_cast<double>(layer + 1) / layers;
    const Ridge ridge(dice, 0.42 + 0.45 * near + dice.between(-0.06, 0.06), 0.10 - 0.04 * near);
    const auto paint = colour(ground + 0.08 * near, 0.25 + 0.4 * near, 0.75 - 0.5 * near);
    for (int x = 0; x < picture.width; ++x) {
      const double line = ridge.at(static_cast<double>(x) / picture.width) * picture.height;
      for (int y = std::max(0, static_cast<int>(line)); y < picture.height; ++y)
        put(picture, x, y, mix(paint, {20, 30, 30}, 0.35 * (y - line) / picture.height));
    }
  }
}

void waves(Picture& picture, Dice& dice) {
  const double hue = dice.between(0, 1), turn = dice.between(-1.2, 1.2);
  const double fast = dice.between(3, 9), slow = dice.between(1, 3),
               bend = dice.between(0.05, 0.25);
  const double shift = dice.between(0, 6.283);
  paint_all(picture, [&](double x, double y) {
    const double along =
        x * std::sin(turn) + y * std::cos(turn) + bend * std::sin(6.283 * slow * x + shift);
    const double wave = 0.5 + 0.5 * std::sin(6.283 * fast * along + shift);
    return mix(colour(hue + 0.15 * y, 0.6, 0.85), colour(hue + 0.45, 0.35, 0.35),
               wave * (0.4 + 0.6 * x));
  });
}

void mosaic(Picture& picture, Dice& dice) {
  struct Stone {
    double x, y;
    Colour paint;
  };
  const double hue = dice.between(0, 1);
  std::vector<Stone> stones;
  const int count = 14 + dice.below(30);
  for (int i = 0; i < count; ++i)
    stones.push_back({dice.between(0, 1), dice.between(0, 1),
                      colour(hue + dice.between(-0.12, 0.2), dice.between(0.3, 0.75),
                             dice.between(0.25, 0.98))});
  paint_all(picture, [&](double x, double y) {
    double best = 9, second = 9;
    const Stone* mine = nullptr;
    for (const auto& stone : stones) {
      const double far = (x - stone.x) * (x - stone.x) + (y - stone.y) * (y - stone.y);
      if (far < best) {
        second = best;
        best = far;
        mine = &stone;
      } else {
        second = std::min(second, far);
      }
    }
    const double edge = std::sqrt(second) - std::sqrt(best);
    return edge < 0.008 ? Colour{245, 240, 230} : mine->paint;
  });
}

void shapes(Picture& picture, Dice& dice) {
  const double hue = dice.between(0, 1);
  const auto paper = colour(hue, 0.12, dice.between(0.55, 0.97));
  const auto other = colour(hue + 0.1, 0.2, dice.between(0.3, 0.9));
  const double turn = dice.between(0, 1);
  paint_all(picture,
            [&](double x, double y) { return mix(paper, other, x * turn + y * (1 - turn)); });
  const int count = 7 + dice.below(12);
  for (int i = 0; i < count; ++i) {
    const auto paint =
        colour(hue + dice.between(0.2, 0.8), dice.between(0.4, 0.9), dice.between(0.2, 0.95));
    const double cx = dice.between(0.05, 0.95), cy = dice.between(0.05, 0.95);
    const double size = dice.between(0.04, 0.16);
    if (dice.below(2) == 0) {
      disc(picture, cx, cy, size, paint);
      continue;
    }
    const double tilt = dice.between(0, 1.57);
    for (int y = 0; y < picture.height; ++y)
      for (int x = 0; x < picture.width; ++x) {
        const double dx = static_cast<double>(x) / picture.width - cx;
        const double dy =
            (static_cast<double>(y) / picture.height - cy) * picture.height / picture.width;
        const double u = dx * std::cos(tilt) + dy * std::sin(tilt);
        const double v = dy * std::cos(tilt) - dx * std::sin(tilt);
        if (std::fabs(u) < size && std::fabs(v) < size * 0.6) put(picture, x, y, paint);
      }
  }
}

/// Fine grain, so that no picture is so flat that a perceptual hash refuses it.
void grain(Picture& picture, Dice& dice) {
  for (auto& sample : picture.samples) {
    const int next = sample + dice.below(9) - 4;
    sample = static_cast<std::uint8_t>(std::clamp(next, 0, 255));
  }
}

double sample_at(const Picture& from, double x, double y, int channel) {
  const double cx = std::clamp(x, 0.0, from.width - 1.0),
               cy = std::clamp(y, 0.0, from.height - 1.0);
  const int x0 = static_cast<int>(cx), y0 = static_cast<int>(cy);
  const int x1 = std::min(x0 + 1, from.width - 1), y1 = std::min(y0 + 1, from.height - 1);
  const double fx = cx - x0, fy = cy - y0;
  const double top =
      from.row(y0)[3 * x0 + channel] * (1 - fx) + from.row(y0)[3 * x1 + channel] * fx;
  const double low =
      from.row(y1)[3 * x0 + channel] * (1 - fx) + from.row(y1)[3 * x1 + channel] * fx;
  return top * (1 - fy) + low * fy;
}

}  // namespace

Picture draw(std::uint64_t seed, int width, int height) {
  auto picture = media::make_picture(width, height);
  Dice dice(seed);
  // Half of the pictures are landscapes; a demo of stripes alone tires the eye.
  switch (seed % 2 == 1 ? 0 : dice.below(4)) {
    case 1: waves(picture, dice); break;
    case 2: mosaic(picture, dice); break;
    case 3: shapes(picture, dice); break;
    default: landscape(picture, dice); break;
  }
  grain(picture, dice);
  return picture;
}

Picture resize(const Picture& from, int width, int height) {
  auto made = media::make_picture(width, height);
  const double sx = static_cast<double>(from.width) / width,
               sy = static_cast<double>(from.height) / height;
  const int taps_x = std::max(1, static_cast<int>(std::ceil(sx))),
            taps_y = std::max(1, static_cast<int>(std::ceil(sy)));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int channel = 0; channel < 3; ++channel) {
        double sum = 0;
        for (int j = 0; j < taps_y; ++j)
          for (int i = 0; i < taps_x; ++i)
            sum += sample_at(from, (x + (i + 0.5) / taps_x) * sx - 0.5,
                             (y + (j + 0.5) / taps_y) * sy - 0.5, channel);
        made.row(y)[3 * x + channel] = static_cast<std::uint8_t>(sum / (taps_x * taps_y) + 0.5);
      }
  return made;
}

Result<PictureFile> make_file(std::uint64_t seed, std::string_view form) {
  if (form == "film" || form == "film_copy") {
    TRY(film, make_film(seed, form == "film_copy"));
    return PictureFile{film, "avi"};
  }
  const auto picture = draw(seed);
  const auto jpeg = [](const Picture& of, int quality) -> Result<PictureFile> {
    TRY(bytes, media::encode_jpeg(of, quality));
    return PictureFile{bytes, "jpg"};
  };
  if (form == "original") return jpeg(picture, 90);
  if (form == "compressed") return jpeg(picture, 40);
  if (form == "smaller")
    return jpeg(resize(picture, picture.width * 5 / 8, picture.height * 5 / 8), 85);
  if (form == "larger")
    return jpeg(resize(picture, picture.width * 3 / 2, picture.height * 3 / 2), 80);
  if (form == "png") {
    TRY(bytes, media::encode_png(picture));
    return PictureFile{bytes, "png"};
  }
  if (form == "webp") {
    TRY(bytes, media::encode_webp(picture, 70));
    return PictureFile{bytes, "webp"};
  }
  return fail(ErrorKind::invalid, "There is no form " + std::string(form) + " of a picture.");
}

}  // namespace hotline::range
