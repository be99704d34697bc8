// FoldedFilter: PDQ's tent filter as one sparse operator an axis, fed with rows of brightness.
//
// The two rounds of boxes and the decimation are linear, so each of the 64 x 64
// results is a weighted sum over a small window, and each pixel is used about
// once. The sums run in another order than the reference's: a few bits of a hash
// may differ (tent_filter.h is the exact form, for pixels that are exact). In
// return a row is a handful of instructions a pixel, nothing of the picture is
// kept, and the picture turned or mirrored costs no copy of it.
//
// All processors give the same floats.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "media/tent_filter.h"

namespace hotline::media {

class FoldedFilter {
 public:
  /// Both sides at least 5 (CHECK). Mirrored: as if the rows came from the right, or from below.
  FoldedFilter(int width, int height, bool mirror_x = false, bool mirror_y = false);
  /// Of the picture brought to `side` x `side` by nearest neighbour, without bringing it there.
  static FoldedFilter of_nearest(int width, int height, int side);

  /// The next row from the top, of `width` samples. Not more than `height` times (CHECK).
  void row(const std::uint8_t* luma);
  /// Once. Rows that did not come count as black.
  [[nodiscard]] Grid finish();

 private:
  /// The 64 results along an axis, each with its weights for the samples from `first` on.
  struct Taps {
    std::array<int, kGrid> first{}, count{};
    std::size_t stride = 0;  ///< Floats a result: the largest count, up to a multiple of kLanes.
    std::vector<float> weights;  ///< Filled with zeros.
    [[nodiscard]] const float* of(std::size_t result) const {
      return weights.data() + result * stride;
    }
  };
  FoldedFilter(int width, int height, Taps across, Taps down);
  static Taps make_taps(int side, bool mirrored, int nearest);
  void give(std::size_t result, const float* sums);

  /// A row of results in the making.
  struct Open {
    std::size_t result;
    std::vector<float> sums;
  };

  int width_, height_, row_ = 0;
  Taps across_, down_;
  std::vector<std::size_t> order_;  ///< Results by the first row that they need.
  std::size_t next_ = 0;            ///< In order_.
  std::vector<Open> open_;
  std::vector<std::vector<float>> spare_;
  Grid grid_{};
};

}  // namespace hotline::media
