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

/// Along one line of `count` grey values, `step` samples apart; the border value goes on outside.
void blur_line(std::uint8_t* first, int count, std::ptrdiff_t step,
               const std::vector<float>& weights, std::vector<float>& line) {
  const int radius = static_cast<int>(weights.size()) / 2;
  line.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) line[static_cast<std::size_t>(i)] = first[i * step];
  for (int i = 0; i < count; ++i) {
    float sum = 0;
    for (int k = -radius; k <= radius; ++k) {
      sum += weights[static_cast<std::size_t>(k + radius)] *
             line[static_cast<std::size_t>(std::clamp(i + k, 0, count - 1))];
    }
    std::fill_n(first + i * step, 3, static_cast<std::uint8_t>(sum + 0.5f));
  }
}

void blur_grey(Picture& picture, float sigma) {
  const auto weights = gaussian(sigma);
  std::vector<float> line;
  for (int y = 0; y < picture.height; ++y)
    blur_line(picture.row(y), picture.width, 3, weights, line);
  for (int x = 0; x < picture.width; ++x)
    blur_line(picture.row(0) + 3 * x, picture.height, 3 * picture.width, weights, line);
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
        for (int from_x = columns[x]; from_x < columns[x + 1]; ++from_x, pixel += 3) {
          for (std::size_t i = 0; i < 3; ++i) sums[3 * x + i] += pixel[i];
        }
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
