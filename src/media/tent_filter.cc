#include "media/tent_filter.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/result.h"
#include "media/tent_kernels.h"

namespace hotline::media {

namespace {
int window(int side) {
  return (side + 2 * kGrid - 1) / (2 * kGrid);
}

int sample_at(int i, int side) {
  return static_cast<int>((static_cast<double>(i) + 0.5) * side / kGrid);
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
    if (row_ < full_) {
      column_grow(sum_.data(), row, width_);
      ++size_;
    } else {
      column_slide(sum_.data(), row, slot, width_);
    }
    std::memcpy(slot, row, width_ * sizeof(float));
    const bool ready = row_ >= half_ - 1;
    ++row_;
    if (ready) give(out);
    return ready;
  }

  /// After the last row: the results that the window still holds. False when there are no more.
  bool drain(float* out) {
    if (drained_ == half_ - 1) return false;
    const float* slot = slot_of(height_ - full_ + drained_++);
    column_shrink(sum_.data(), slot, width_);
    --size_;
    give(out);
    return true;
  }

 private:
  float* slot_of(int row) { return seen_.data() + width_ * static_cast<std::size_t>(row % full_); }
  void give(float* out) const { column_mean(sum_.data(), size_, out, width_); }

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
        rows_(lanes_.size()),
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
    for (int lane = 0; lane < count; ++lane)
      luma_row(picture.row(y + lane), width_, rows_.data() + lane * width_);
    rows_to_lanes(rows_.data(), static_cast<std::size_t>(width_), width_, lanes_.data());
    box_lanes(lanes_.data(), width_, full_, boxed_.data());
    lanes_to_rows(boxed_.data(), width_, rows_.data(), static_cast<std::size_t>(width_));
    for (int lane = 0; lane < count; ++lane) {
      if (first_.push(rows_.data() + lane * width_, block_row(block_rows_))) block_taken();
    }
  }

  void block_taken() {
    if (++block_rows_ == kLanes) second_round();
  }

  /// Rows of the first round that wait in block_: box along them, at the sampled columns only.
  void second_round() {
    rows_to_lanes(block_.data(), static_cast<std::size_t>(width_), width_, lanes_.data());
    std::array<float, kGrid * kLanes> sampled;
    box_lanes_at(lanes_.data(), width_, full_, column_.data(), sampled.data());
    std::array<float, kGrid> row, out;
    for (int lane = 0; lane < block_rows_; ++lane) {
      for (std::size_t i = 0; i < kGrid; ++i)
        row[i] = sampled[i * kLanes + static_cast<std::size_t>(lane)];
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
  std::vector<float> lanes_, boxed_, rows_, block_;
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
  luma_row(picture.samples.data(), kGrid * kGrid, grid.data());
  return grid;
}

}  // namespace hotline::media
