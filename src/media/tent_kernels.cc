#include "media/tent_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "media/tent_kernels.cc"
#include <hwy/foreach_target.h>  // Includes this file once a target.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace hotline::media::HWY_NAMESPACE {
namespace hw = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

struct Lanes {
  float all[8] = {};
};
HWY_INLINE Lanes none() {
  return {};
}
HWY_INLINE Lanes load(const float* from) {
  Lanes lanes;
  for (int i = 0; i < 8; ++i) lanes.all[i] = from[i];
  return lanes;
}
HWY_INLINE void store(const Lanes& lanes, float* to) {
  for (int i = 0; i < 8; ++i) to[i] = lanes.all[i];
}
HWY_INLINE void add(Lanes& sum, const Lanes& more) {
  for (int i = 0; i < 8; ++i) sum.all[i] += more.all[i];
}
HWY_INLINE void subtract(Lanes& sum, const Lanes& less) {
  for (int i = 0; i < 8; ++i) sum.all[i] -= less.all[i];
}
HWY_INLINE Lanes divided(const Lanes& sum, int by) {
  Lanes lanes;
  for (int i = 0; i < 8; ++i) lanes.all[i] = sum.all[i] / static_cast<float>(by);
  return lanes;
}
HWY_INLINE Lanes product(const Lanes& a, const Lanes& b) {
  Lanes lanes;
  for (int i = 0; i < 8; ++i) lanes.all[i] = a.all[i] * b.all[i];
  return lanes;
}
/// How many pixels it took: none, the plain loop does them all.
HWY_INLINE int luma_steps(const std::uint8_t*, int, float*) {
  return 0;
}
HWY_INLINE int weighted_steps(const std::uint8_t*, float, int, float*) {
  return 0;
}
HWY_INLINE int third_steps(const std::uint8_t*, int, std::uint8_t*) {
  return 0;
}
HWY_INLINE void turn(const float* from, std::size_t from_stride, float* to, std::size_t to_stride) {
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) to[j * to_stride + i] = from[i * from_stride + j];
  }
}

#else

// Eight floats: one register where it is wide enough, else two.
#if HWY_MAX_BYTES >= 32
using Eight = hw::FixedTag<float, 8>;
constexpr int kStep = 8;
#else
using Eight = hw::FixedTag<float, 4>;
constexpr int kStep = 4;
#endif
using Vector = hw::Vec<Eight>;
using Four = hw::FixedTag<float, 4>;

struct Lanes {
  Vector low, high;  // `high` is not used where one register holds eight.
};

HWY_INLINE Lanes none() {
  const Eight d;
  return {hw::Zero(d), hw::Zero(d)};
}
HWY_INLINE Lanes load(const float* from) {
  const Eight d;
  return {hw::LoadU(d, from), kStep == 8 ? hw::Zero(d) : hw::LoadU(d, from + 8 - kStep)};
}
HWY_INLINE void store(const Lanes& lanes, float* to) {
  const Eight d;
  hw::StoreU(lanes.low, d, to);
  if (kStep == 4) hw::StoreU(lanes.high, d, to + 8 - kStep);
}
HWY_INLINE void add(Lanes& sum, const Lanes& more) {
  sum.low = hw::Add(sum.low, more.low);
  if (kStep == 4) sum.high = hw::Add(sum.high, more.high);
}
HWY_INLINE void subtract(Lanes& sum, const Lanes& less) {
  sum.low = hw::Sub(sum.low, less.low);
  if (kStep == 4) sum.high = hw::Sub(sum.high, less.high);
}
HWY_INLINE Lanes divided(const Lanes& sum, int by) {
  const Eight d;
  const Vector divisor = hw::Set(d, static_cast<float>(by));
  return {hw::Div(sum.low, divisor), kStep == 4 ? hw::Div(sum.high, divisor) : sum.high};
}

HWY_INLINE Lanes product(const Lanes& a, const Lanes& b) {
  return {hw::Mul(a.low, b.low), kStep == 8 ? a.high : hw::Mul(a.high, b.high)};
}

/// How many samples it took; the rest is for the plain loop.
HWY_INLINE int weighted_steps(const std::uint8_t* samples, float weight, int width, float* sum) {
  const Eight d;
  const hw::FixedTag<std::uint8_t, kStep> bytes;
  const hw::FixedTag<std::int32_t, kStep> numbers;
  const auto factor = hw::Set(d, weight);
  int x = 0;
  for (; x + kStep <= width; x += kStep) {
    const auto value = hw::ConvertTo(d, hw::PromoteTo(numbers, hw::LoadU(bytes, samples + x)));
    hw::StoreU(hw::Add(hw::LoadU(d, sum + x), hw::Mul(factor, value)), d, sum + x);
  }
  return x;
}

HWY_INLINE int third_steps(const std::uint8_t* pixels, int width, std::uint8_t* to) {
  const hw::FixedTag<std::uint8_t, 16> bytes;
  int x = 0;
  for (; x + 32 <= width; x += 16) {
    auto first = hw::Zero(bytes), second = first, third = first;
    hw::LoadInterleaved3(bytes, pixels + 3 * x, first, second, third);
    hw::StoreU(first, bytes, to + x);
  }
  return x;
}

/// How many pixels it took; the rest is for the plain loop.
HWY_INLINE int luma_steps(const std::uint8_t* pixels, int width, float* to) {
  const Eight d;
  const hw::FixedTag<std::uint8_t, kStep> bytes;
  const hw::FixedTag<std::int32_t, kStep> numbers;
  const auto red_share = hw::Set(d, 0.299f), green_share = hw::Set(d, 0.587f),
             blue_share = hw::Set(d, 0.114f);
  int x = 0;
  // One step less than fits: de-interleaving may read whole registers.
  for (; x + 2 * kStep <= width; x += kStep) {
    auto red = hw::Zero(bytes), green = red, blue = red;
    hw::LoadInterleaved3(bytes, pixels + 3 * x, red, green, blue);
    const auto as_float = [&](auto channel) HWY_ATTR {
      return hw::ConvertTo(d, hw::PromoteTo(numbers, channel));
    };
    const auto sum =
        hw::Add(hw::Mul(red_share, as_float(red)), hw::Mul(green_share, as_float(green)));
    hw::StoreU(hw::Add(sum, hw::Mul(blue_share, as_float(blue))), d, to + x);
  }
  return x;
}

/// 4 x 4 floats turned on their diagonal.
HWY_INLINE void turn(const float* from, std::size_t from_stride, float* to, std::size_t to_stride) {
  const Four d;
  const hw::FixedTag<double, 2> pairs;
  const auto a = hw::LoadU(d, from), b = hw::LoadU(d, from + from_stride),
             c = hw::LoadU(d, from + 2 * from_stride), e = hw::LoadU(d, from + 3 * from_stride);
  const auto ab_low = hw::BitCast(pairs, hw::InterleaveLower(d, a, b)),
             ab_high = hw::BitCast(pairs, hw::InterleaveUpper(d, a, b)),
             ce_low = hw::BitCast(pairs, hw::InterleaveLower(d, c, e)),
             ce_high = hw::BitCast(pairs, hw::InterleaveUpper(d, c, e));
  hw::StoreU(hw::BitCast(d, hw::InterleaveLower(pairs, ab_low, ce_low)), d, to);
  hw::StoreU(hw::BitCast(d, hw::InterleaveUpper(pairs, ab_low, ce_low)), d, to + to_stride);
  hw::StoreU(hw::BitCast(d, hw::InterleaveLower(pairs, ab_high, ce_high)), d, to + 2 * to_stride);
  hw::StoreU(hw::BitCast(d, hw::InterleaveUpper(pairs, ab_high, ce_high)), d, to + 3 * to_stride);
}

#endif

void LumaRow(const std::uint8_t* pixels, int width, float* to) {
  int x = luma_steps(pixels, width, to);
  for (; x < width; ++x) {
    const std::uint8_t* pixel = pixels + 3 * x;
    to[x] = 0.299f * static_cast<float>(pixel[0]) + 0.587f * static_cast<float>(pixel[1]) +
            0.114f * static_cast<float>(pixel[2]);
  }
}

void RowsToLanes(const float* rows, std::size_t stride, int width, float* to) {
  int x = 0;
  for (; x + 4 <= width; x += 4) {
    turn(rows + x, stride, to + 8 * x, 8);
    turn(rows + 4 * stride + x, stride, to + 8 * x + 4, 8);
  }
  for (; x < width; ++x) {
    for (std::size_t row = 0; row < 8; ++row)
      to[8 * x + static_cast<int>(row)] = rows[row * stride + static_cast<std::size_t>(x)];
  }
}

void LanesToRows(const float* lanes, int width, float* to, std::size_t stride) {
  int x = 0;
  for (; x + 4 <= width; x += 4) {
    turn(lanes + 8 * x, 8, to + x, stride);
    turn(lanes + 8 * x + 4, 8, to + 4 * stride + x, stride);
  }
  for (; x < width; ++x) {
    for (std::size_t row = 0; row < 8; ++row)
      to[row * stride + static_cast<std::size_t>(x)] = lanes[8 * x + static_cast<int>(row)];
  }
}

/// `emit(position, sum, size)` is called for each position in order.
template <class Emit>
HWY_INLINE void box_along(const float* in, int n, int full, const Emit& emit) {
  const int half = (full + 2) / 2;
  Lanes sum = none();
  int size = 0, out = 0, right = 0, left = 0;
  for (; right < half - 1; ++right, ++size) add(sum, load(in + right * 8));
  for (; right < full; ++right) {
    add(sum, load(in + right * 8));
    emit(out++, sum, ++size);
  }
  for (; right < n; ++right, ++left) {
    add(sum, load(in + right * 8));
    subtract(sum, load(in + left * 8));
    emit(out++, sum, size);
  }
  for (; left < n - full + half - 1; ++left) {
    subtract(sum, load(in + left * 8));
    emit(out++, sum, --size);
  }
}

void BoxLanes(const float* lanes, int n, int full, float* to) {
  box_along(lanes, n, full, [to](int x, const Lanes& sum, int size) HWY_ATTR {
    store(divided(sum, size), to + x * 8);
  });
}

void BoxLanesAt(const float* lanes, int n, int full, const int* wanted, float* to) {
  int next = 0;
  box_along(lanes, n, full, [&](int x, const Lanes& sum, int size) HWY_ATTR {
    // A picture narrower than 64 gives one column to several samples.
    for (; next < 64 && wanted[next] == x; ++next) store(divided(sum, size), to + next * 8);
  });
}

void ColumnGrow(float* HWY_RESTRICT sum, const float* HWY_RESTRICT row, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x) sum[x] += row[x];
}
void ColumnSlide(float* HWY_RESTRICT sum, const float* HWY_RESTRICT row,
                 const float* HWY_RESTRICT old, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x) sum[x] = (sum[x] + row[x]) - old[x];
}
void ColumnShrink(float* HWY_RESTRICT sum, const float* HWY_RESTRICT old, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x) sum[x] -= old[x];
}
void ColumnMean(const float* HWY_RESTRICT sum, int size, float* HWY_RESTRICT to,
                std::size_t width) {
  const float divisor = static_cast<float>(size);
  for (std::size_t x = 0; x < width; ++x) to[x] = sum[x] / divisor;
}

void AddWeighted(const std::uint8_t* samples, float weight, int width, float* sum) {
  for (int x = weighted_steps(samples, weight, width, sum); x < width; ++x)
    sum[x] = sum[x] + weight * static_cast<float>(samples[x]);
}
void WeightedSums(const float* values, const int* first, const float* weights, std::size_t count,
                  float* to) {
  for (std::size_t result = 0; result < 64; ++result, weights += count) {
    const float* from = values + first[result];
    Lanes sum = none();
    for (std::size_t i = 0; i < count; i += 8) add(sum, product(load(from + i), load(weights + i)));
    float all[8];
    store(sum, all);
    to[result] = ((all[0] + all[4]) + (all[2] + all[6])) + ((all[1] + all[5]) + (all[3] + all[7]));
  }
}
void EveryThird(const std::uint8_t* pixels, int width, std::uint8_t* to) {
  for (int x = third_steps(pixels, width, to); x < width; ++x) to[x] = pixels[3 * x];
}

}  // namespace hotline::media::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hotline::media {
HWY_EXPORT(LumaRow);
HWY_EXPORT(RowsToLanes);
HWY_EXPORT(LanesToRows);
HWY_EXPORT(BoxLanes);
HWY_EXPORT(BoxLanesAt);
HWY_EXPORT(ColumnGrow);
HWY_EXPORT(ColumnSlide);
HWY_EXPORT(ColumnShrink);
HWY_EXPORT(ColumnMean);
HWY_EXPORT(AddWeighted);
HWY_EXPORT(WeightedSums);
HWY_EXPORT(EveryThird);

void luma_row(const std::uint8_t* pixels, int width, float* to) {
  HWY_DYNAMIC_DISPATCH(LumaRow)(pixels, width, to);
}
void rows_to_lanes(const float* rows, std::size_t stride, int width, float* to) {
  HWY_DYNAMIC_DISPATCH(RowsToLanes)(rows, stride, width, to);
}
void lanes_to_rows(const float* lanes, int width, float* to, std::size_t stride) {
  HWY_DYNAMIC_DISPATCH(LanesToRows)(lanes, width, to, stride);
}
void box_lanes(const float* lanes, int n, int full, float* to) {
  HWY_DYNAMIC_DISPATCH(BoxLanes)(lanes, n, full, to);
}
void box_lanes_at(const float* lanes, int n, int full, const int* wanted, float* to) {
  HWY_DYNAMIC_DISPATCH(BoxLanesAt)(lanes, n, full, wanted, to);
}
void column_grow(float* sum, const float* row, std::size_t width) {
  HWY_DYNAMIC_DISPATCH(ColumnGrow)(sum, row, width);
}
void column_slide(float* sum, const float* row, const float* old, std::size_t width) {
  HWY_DYNAMIC_DISPATCH(ColumnSlide)(sum, row, old, width);
}
void column_shrink(float* sum, const float* old, std::size_t width) {
  HWY_DYNAMIC_DISPATCH(ColumnShrink)(sum, old, width);
}
void column_mean(const float* sum, int size, float* to, std::size_t width) {
  HWY_DYNAMIC_DISPATCH(ColumnMean)(sum, size, to, width);
}
void add_weighted(const std::uint8_t* samples, float weight, int width, float* sum) {
  HWY_DYNAMIC_DISPATCH(AddWeighted)(samples, weight, width, sum);
}
void weighted_sums(const float* values, const int* first, const float* weights, std::size_t count,
                   float* to) {
  HWY_DYNAMIC_DISPATCH(WeightedSums)(values, first, weights, count, to);
}
void every_third(const std::uint8_t* pixels, int width, std::uint8_t* to) {
  HWY_DYNAMIC_DISPATCH(EveryThird)(pixels, width, to);
}

}  // namespace hotline::media
#endif
