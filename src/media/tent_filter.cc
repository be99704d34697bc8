#include "media/tent_filter.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/result.h"

namespace hotline::media {

namespace {
constexpr int kLanes = 8;  ///< Rows that are summed side by side.
using Half = float __attribute__((vector_size(16)));
struct Lanes {
  Half low{}, high{};
};

Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes.low, from, sizeof lanes.low);
  std::memcpy(&lanes.high, from + 4, sizeof lanes.high);
  return lanes;
}
void store(float* to, const Lanes& lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}
void add(Lanes& sum, const Lanes& more) {
  sum.low += more.low;
  sum.high += more.high;
}
void subtract(Lanes& sum, const Lanes& less) {
  sum.low -= less.low;
  sum.high -= less.high;
}
Lanes divided(const Lanes& sum, int by) {
  const float divisor = static_cast<float>(by);
  return {sum.low / divisor, sum.high / divisor};
}

/// The products of each channel, made once: a look-up is faster than a conversion, and the same.
struct LumaParts {
  std::array<float, 256> red, green, blue;
};
constexpr LumaParts kLuma = [] {
  LumaParts parts{};
  for (std::size_t i = 0; i < 256; ++i) {
    parts.red[i] = 0.299f * static_cast<float>(i);
    parts.green[i] = 0.587f * static_cast<float>(i);
    parts.blue[i] = 0.114f * static_cast<float>(i);
  }
  return parts;
}();

float luma(const std::uint8_t* pixel) {
  return kLuma.red[pixel[0]] + kLuma.green[pixel[1]] + kLuma.blue[pixel[2]];
}

int window(int side) {
  return (side + 2 * kGrid - 1) / (2 * kGrid);
}

int sample_at(int i, int side) {
  return static_cast<int>((static_cast<double>(i) + 0.5) * side / kGrid);
}

/// The box over n values of 8 rows at once, in the four phases of the running sum: fill, grow,
/// slide, shrink. `emit(position, sum, size)` is called for each position in order.
template <class Emit>
void box_along(const float* in, int n, int full, const Emit& emit) {
  const int half = (full + 2) / 2;
  Lanes sum;
  int size = 0, out = 0, right = 0, left = 0;
  for (; right < half - 1; ++right, ++size) add(sum, load(in + right * kLanes));
  for (; right < full; ++right) {
    add(sum, load(in + right * kLanes));
    emit(out++, sum, ++size);
  }
  for (; right < n; ++right, ++left) {
    add(sum, load(in + right * kLanes));
    subtract(sum, load(in + left * kLanes));
    emit(out++, sum, size);
  }
  for (; left < n - full + half - 1; ++left) {
    subtract(sum, load(in + left * kLanes));
    emit(out++, sum, --size);
  }
}

/// The box along columns, fed row by row: the same four phases, all columns side by side.
class ColumnBox {
 public:
  ColumnBox(int width, int height)
      : width_(static_cast<std::size_t>(width)),
        height_(height),
        full_(window(height)),
        half_((full_ + 2) / 2),
        sum_(width_),
        seen_(width_ * static_cast<std::size_t>(full_)) {}

  /// Takes the next row; true if `out` (of `width` floats) now holds the next result.
  bool push(const float* row, float* out) {
    float* slot = slot_of(row_);
    float* sum = sum_.data();
    const std::size_t width = width_;
    if (row_ < full_) {
      for (std::size_t x = 0; x < width; ++x) sum[x] += row[x];
      ++size_;
    } else {
      for (std::size_t x = 0; x < width; ++x) sum[x] = (sum[x] + row[x]) - slot[x];
    }
    std::memcpy(slot, row, width * sizeof(float));
    const bool ready = row_ >= half_ - 1;
    ++row_;
    if (ready) give(out);
    return ready;
  }

  /// After the last row: the results that the window still holds. False when there are no more.
  bool drain(float* out) {
    if (drained_ == half_ - 1) return false;
    const float* slot = slot_of(height_ - full_ + drained_++);
    for (std::size_t x = 0; x < width_; ++x) sum_[x] -= slot[x];
    --size_;
    give(out);
    return true;
  }

 private:
  float* slot_of(int row) { return seen_.data() + width_ * static_cast<std::size_t>(row % full_); }
  void give(float* out) const {
    const float size = static_cast<float>(size_);
    const float* sum = sum_.data();
    for (std::size_t x = 0; x < width_; ++x) out[x] = sum[x] / size;
  }

  std::size_t width_;
  int height_, full_, half_;
  int row_ = 0, size_ = 0, drained_ = 0;
  std::vector<float> sum_, seen_;
};

/// The whole chain. Rows go in by blocks of eight and come out as samples.
class Chain {
 public:
  Chain(int width, int height)
      : width_(width),
        height_(height),
        full_(window(width)),
        first_(width, height),
        second_(kGrid, height),
        lanes_(static_cast<std::size_t>(width) * kLanes),
        boxed_(lanes_.size()),
        block_(lanes_.size()) {
    for (int i = 0; i < kGrid; ++i) column_[static_cast<std::size_t>(i)] = sample_at(i, width);
  }

  Grid run(const Picture& picture) {
    for (int y = 0; y < height_; y += kLanes) take_rows(picture, y, std::min(kLanes, height_ - y));
    while (first_.drain(block_row(block_rows_))) block_taken();
    second_round();
    std::array<float, kGrid> out{};
    while (second_.drain(out.data())) keep(out.data());
    return grid_;
  }

 private:
  float* block_row(int row) { return block_.data() + row * width_; }

  void take_rows(const Picture& picture, int y, int count) {
    for (int lane = 0; lane < count; ++lane) {
      const std::uint8_t* pixel = picture.row(y + lane);
      float* to = lanes_.data() + lane;
      for (int x = 0; x < width_; ++x, pixel += 3, to += kLanes) *to = luma(pixel);
    }
    float* boxed = boxed_.data();
    box_along(lanes_.data(), width_, full_, [boxed](int x, const Lanes& sum, int size) {
      store(boxed + x * kLanes, divided(sum, size));
    });
    row_.resize(static_cast<std::size_t>(width_));
    for (int lane = 0; lane < count; ++lane) {
      const float* from = boxed + lane;
      for (int x = 0; x < width_; ++x, from += kLanes) row_[static_cast<std::size_t>(x)] = *from;
      if (first_.push(row_.data(), block_row(block_rows_))) block_taken();
    }
  }

  void block_taken() {
    if (++block_rows_ == kLanes) second_round();
  }

  /// Rows of the first round that wait in block_: box along them, at the sampled columns only.
  void second_round() {
    for (int lane = 0; lane < block_rows_; ++lane) {
      const float* from = block_row(lane);
      float* to = lanes_.data() + lane;
      for (int x = 0; x < width_; ++x, to += kLanes) *to = from[x];
    }
    std::array<std::array<float, kLanes>, kGrid> sampled;
    std::size_t next = 0;
    box_along(lanes_.data(), width_, full_, [&](int x, const Lanes& sum, int size) {
      // A picture narrower than 64 gives one column to several samples.
      for (; next < kGrid && column_[next] == x; ++next)
        store(sampled[next].data(), divided(sum, size));
    });
    std::array<float, kGrid> row, out;
    for (int lane = 0; lane < block_rows_; ++lane) {
      for (std::size_t i = 0; i < kGrid; ++i) row[i] = sampled[i][static_cast<std::size_t>(lane)];
      if (second_.push(row.data(), out.data())) keep(out.data());
    }
    block_rows_ = 0;
  }

  void keep(const float* row) {
    for (; kept_ < kGrid && sample_at(kept_, height_) == result_row_; ++kept_)
      std::copy_n(row, kGrid, grid_.data() + kept_ * kGrid);
    ++result_row_;
  }

  int width_, height_, full_;
  ColumnBox first_, second_;
  std::array<int, kGrid> column_{};
  std::vector<float> lanes_, boxed_, block_, row_;
  int block_rows_ = 0;
  int result_row_ = 0, kept_ = 0;
  Grid grid_{};
};
}  // namespace

Grid tent_filter(const Picture& picture) {
  CHECK(picture.width >= 5 && picture.height >= 5);
  return Chain(picture.width, picture.height).run(picture);
}

Grid luma_grid(const Picture& picture) {
  CHECK(picture.width == kGrid && picture.height == kGrid);
  Grid grid;
  for (std::size_t i = 0; i < grid.size(); ++i) grid[i] = luma(picture.samples.data() + 3 * i);
  return grid;
}

}  // namespace hotline::media
