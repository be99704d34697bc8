#include "media/folded_filter.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/result.h"
#include "media/tent_kernels.h"

namespace hotline::media {

namespace {
struct Range {
  int first, last;
};

/// What the box takes for its result at `at`: shorter at the ends of the line.
Range box_at(int at, int side) {
  const int full = (side + 2 * kGrid - 1) / (2 * kGrid);
  const int half = (full + 2) / 2;
  return {std::max(0, at - (full - half)), std::min(side - 1, at + half - 1)};
}
}  // namespace

/// `nearest` 0: the samples are the filter's. Otherwise it sees so many of them, evenly taken.
FoldedFilter::Taps FoldedFilter::make_taps(int side, bool mirrored, int nearest) {
  const int seen = nearest > 0 ? nearest : side;
  const auto sample = [&](int at) {
    return nearest > 0 ? static_cast<int>(static_cast<std::int64_t>(at) * side / nearest) : at;
  };
  Taps taps;
  std::array<std::vector<double>, kGrid> all;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < kGrid; ++i) {
    const Range outer =
        box_at(static_cast<int>((static_cast<double>(i) + 0.5) * seen / kGrid), seen);
    const int first = sample(box_at(outer.first, seen).first);
    const int last = sample(box_at(outer.last, seen).last);
    all[i].resize(static_cast<std::size_t>(last - first + 1));
    for (int middle = outer.first; middle <= outer.last; ++middle) {
      const Range inner = box_at(middle, seen);
      const double weight = 1.0 / (outer.last - outer.first + 1) / (inner.last - inner.first + 1);
      for (int at = inner.first; at <= inner.last; ++at)
        all[i][static_cast<std::size_t>(sample(at) - first)] += weight;
    }
    if (mirrored) std::reverse(all[i].begin(), all[i].end());
    taps.first[i] = mirrored ? side - 1 - last : first;
    taps.count[i] = static_cast<int>(all[i].size());
    longest = std::max(longest, all[i].size());
  }
  taps.stride = (longest + kLanes - 1) / kLanes * kLanes;
  taps.weights.assign(taps.stride * kGrid, 0.0f);
  for (std::size_t i = 0; i < kGrid; ++i) {
    std::transform(all[i].begin(), all[i].end(), taps.weights.data() + i * taps.stride,
                   [](double weight) { return static_cast<float>(weight); });
  }
  return taps;
}

FoldedFilter::FoldedFilter(int width, int height, bool mirror_x, bool mirror_y)
    : FoldedFilter(width, height, make_taps(width, mirror_x, 0), make_taps(height, mirror_y, 0)) {}

FoldedFilter FoldedFilter::of_nearest(int width, int height, int side) {
  return {width, height, make_taps(width, false, side), make_taps(height, false, side)};
}

FoldedFilter::FoldedFilter(int width, int height, Taps across, Taps down)
    : width_(width), height_(height), across_(std::move(across)), down_(std::move(down)) {
  CHECK(width >= 5 && height >= 5);
  order_.resize(kGrid);
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return down_.first[a] < down_.first[b]; });
}

void FoldedFilter::give(std::size_t result, const float* sums) {
  weighted_sums(sums, across_.first.data(), across_.weights.data(), across_.stride,
                grid_.data() + result * kGrid);
}

void FoldedFilter::row(const std::uint8_t* luma) {
  CHECK(row_ < height_);
  for (; next_ < order_.size() && down_.first[order_[next_]] == row_; ++next_) {
    std::vector<float> sums;
    if (!spare_.empty()) {
      sums = std::move(spare_.back());
      spare_.pop_back();
    }
    // The filling of the weights reads beyond the row: zeros there.
    sums.assign(static_cast<std::size_t>(width_) + across_.stride, 0.0f);
    open_.push_back({order_[next_], std::move(sums)});
  }
  for (std::size_t i = 0; i < open_.size();) {
    const std::size_t result = open_[i].result;
    const int at = row_ - down_.first[result];
    const float weight = down_.of(result)[at];
    if (weight != 0) add_weighted(luma, weight, width_, open_[i].sums.data());
    if (at + 1 < down_.count[result]) {
      ++i;
      continue;
    }
    give(result, open_[i].sums.data());
    spare_.push_back(std::move(open_[i].sums));
    std::swap(open_[i], open_.back());
    open_.pop_back();
  }
  ++row_;
}

Grid FoldedFilter::finish() {
  for (const auto& open : open_) give(open.result, open.sums.data());
  open_.clear();
  return grid_;
}

}  // namespace hotline::media
