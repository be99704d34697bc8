// TentKernels: the loops of tent_filter.cc and folded_filter.cc, each compiled for several kinds of
// processor.
//
// Which one runs is chosen at run time (Highway). All give the same floats: every
// single sum keeps its order, sums that are independent run side by side, and no
// multiplication is fused with an addition.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hotline::media {

inline constexpr int kLanes = 8;  ///< Rows that are summed side by side.

/// 0.299 R + 0.587 G + 0.114 B of `width` pixels, from left to right, into floats.
void luma_row(const std::uint8_t* pixels, int width, float* to);

/// Eight rows, `stride` floats apart, to columns of eight: to[8 * x + row].
void rows_to_lanes(const float* rows, std::size_t stride, int width, float* to);
/// The other way round.
void lanes_to_rows(const float* lanes, int width, float* to, std::size_t stride);

/// The box of `full` values along n columns of eight, in the four phases of the running sum: fill,
/// grow, slide, shrink.
void box_lanes(const float* lanes, int n, int full, float* to);
/// The same, keeping only the 64 columns that `wanted` names (rising).
void box_lanes_at(const float* lanes, int n, int full, const int* wanted, float* to);

/// sum += row.
void column_grow(float* sum, const float* row, std::size_t width);
/// sum = (sum + row) - old.
void column_slide(float* sum, const float* row, const float* old, std::size_t width);
/// sum -= old.
void column_shrink(float* sum, const float* old, std::size_t width);
/// to = sum / size.
void column_mean(const float* sum, int size, float* to, std::size_t width);

/// sum += weight * samples.
void add_weighted(const std::uint8_t* samples, float weight, int width, float* sum);
/// Sixty-four sums: of the values from first[i] on, by `count` weights each; count a multiple of
/// eight.
void weighted_sums(const float* values, const int* first, const float* weights, std::size_t count,
                   float* to);
/// Every third byte from `pixels` on.
void every_third(const std::uint8_t* pixels, int width, std::uint8_t* to);

}  // namespace hotline::media
