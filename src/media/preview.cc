#include "media/preview.h"

#include <algorithm>
#include <cmath>

namespace hotline::media {

namespace {
/// First source position of each of `to` equal parts of `from`, and the end.
std::vector<int> borders(int from, int to) {
  std::vector<int> all;
  for (std::int64_t i = 0; i <= to; ++i) all.push_back(static_cast<int>(i * from / to));
  return all;
}

void make_grey(Picture& picture) {
  for (std::size_t i = 0; i + 2 < picture.samples.size(); i += 3) {
    const int grey = (299 * picture.samples[i] + 587 * picture.samples[i + 1] +
                      114 * picture.samples[i + 2] + 500) /
                     1000;
    std::fill_n(picture.samples.begin() + static_cast<std::ptrdiff_t>(i), 3,
                static_cast<std::uint8_t>(grey));
  }
}

std::vector<float> gaussian(float sigma) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<float> weights;
  float sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    weights.push_back(std::exp(-static_cast<float>(i * i) / (2 * sigma * sigma)));
    sum += weights.back();
  }
  for (float& weight : weights) weight /= sum;
  return weights;
}

/// One pass along rows, written out turned on its side: two passes blur both ways.
std::vector<float> blurred_and_turned(const std::vector<float>& grey, std::size_t width,
                                      std::size_t height, const std::vector<float>& weights) {
  const std::size_t radius = weights.size() / 2;
  std::vector<float> turned(grey.size());
  std::vector<float> line(width + 2 * radius), sums(width);
  for (std::size_t y = 0; y < height; ++y) {
    const float* row = grey.data() + y * width;
    // The border value goes on outside.
    std::fill_n(line.begin(), radius, row[0]);
    std::copy_n(row, width, line.data() + radius);
    std::fill_n(line.data() + radius + width, radius, row[width - 1]);
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      for (std::size_t x = 0; x < width; ++x) sums[x] += weights[k] * line[x + k];
    }
    for (std::size_t x = 0; x < width; ++x) turned[x * height + y] = sums[x];
  }
  return turned;
}

void blur_grey(Picture& picture, float sigma) {
  const auto weights = gaussian(sigma);
  const auto width = static_cast<std::size_t>(picture.width);
  const auto height = static_cast<std::size_t>(picture.height);
  std::vector<float> grey(width * height);
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = picture.samples[3 * i];
  grey = blurred_and_turned(grey, width, height, weights);
  grey = blurred_and_turned(grey, height, width, weights);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    std::fill_n(picture.samples.begin() + static_cast<std::ptrdiff_t>(3 * i), 3,
                static_cast<std::uint8_t>(std::clamp(grey[i] + 0.5f, 0.0f, 255.0f)));
  }
}
}  // namespace

Picture shrunk(const Picture& picture, int side_max) {
  const int side = std::max(picture.width, picture.height);
  if (side <= side_max) return picture;
  const auto scaled = [&](int length) {
    return std::max(
        1, static_cast<int>((static_cast<std::int64_t>(length) * side_max + side / 2) / side));
  };
  Picture small = make_picture(scaled(picture.width), scaled(picture.height));
  const auto columns = borders(picture.width, small.width);
  const auto rows = borders(picture.height, small.height);
  std::vector<std::uint64_t> sums(3 * static_cast<std::size_t>(small.width));
  for (int y = 0; y < small.height; ++y) {
    const auto at = static_cast<std::size_t>(y);
    std::fill(sums.begin(), sums.end(), 0);
    for (int from_y = rows[at]; from_y < rows[at + 1]; ++from_y) {
      const std::uint8_t* pixel = picture.row(from_y);
      for (std::size_t x = 0; x + 1 < columns.size(); ++x) {
        std::uint32_t red = 0, green = 0, blue = 0;
        for (int from_x = columns[x]; from_x < columns[x + 1]; ++from_x, pixel += 3) {
          red += pixel[0];
          green += pixel[1];
          blue += pixel[2];
        }
        sums[3 * x] += red;
        sums[3 * x + 1] += green;
        sums[3 * x + 2] += blue;
      }
    }
    std::uint8_t* to = small.row(y);
    for (std::size_t x = 0; x + 1 < columns.size(); ++x) {
      const auto count = static_cast<std::uint64_t>(rows[at + 1] - rows[at]) *
                         static_cast<std::uint64_t>(columns[x + 1] - columns[x]);
      for (std::size_t i = 0; i < 3; ++i)
        to[3 * x + i] = static_cast<std::uint8_t>((sums[3 * x + i] + count / 2) / count);
    }
  }
  return small;
}

Picture preview(const Picture& picture, const PreviewLevel& level) {
  Picture small = shrunk(picture, level.side_max);
  if (level.grey) make_grey(small);
  if (level.sigma > 0 && !small.empty()) blur_grey(small, level.sigma);
  return small;
}

}  // namespace hotline::media
