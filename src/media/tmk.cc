#include "media/tmk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

namespace hotline::media {

namespace {
constexpr std::array<std::int32_t, kTmkPeriods> kPeriods = {2731, 4391, 9767, 14653};
constexpr std::string_view kMagic = "TMK1FVECPDQF";
constexpr std::size_t kFeatures = std::size_t{kTmkPeriods} * kTmkTerms * kTmkSize;
static_assert(std::endian::native == std::endian::little);

/// The Fourier coefficients of a von Mises bump of sharpness 32, as in the paper.
const std::array<float, kTmkTerms>& coefficients() {
  static const auto all = [] {
    constexpr double kSharpness = 32;
    std::array<float, kTmkTerms> terms{};
    for (int i = 0; i < kTmkTerms; ++i) {
      const double bessel = std::cyl_bessel_i(static_cast<double>(i), kSharpness);
      terms[static_cast<std::size_t>(i)] =
          static_cast<float>(i == 0 ? (bessel - std::exp(-kSharpness)) / (2 * std::sinh(kSharpness))
                                    : bessel / std::sinh(kSharpness));
    }
    return terms;
  }();
  return all;
}

std::size_t place(int period, int term) {
  return (static_cast<std::size_t>(period) * kTmkTerms + static_cast<std::size_t>(term)) * kTmkSize;
}

template <class Number>
double norm(std::span<const Number> vector) {
  double sum = 0;
  for (const Number value : vector) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum);
}

/// Each vector of one period and term to length one, times the root of its coefficient.
std::vector<float> weighted(const std::vector<double>& features) {
  std::vector<float> out(features.size());
  for (int period = 0; period < kTmkPeriods; ++period) {
    for (int term = 0; term < kTmkTerms; ++term) {
      const std::size_t start = place(period, term);
      const double length = norm(std::span(features).subspan(start, kTmkSize));
      // The sine of term 0 is nothing, and stays so.
      const double factor =
          length > 0 ? std::sqrt(coefficients()[static_cast<std::size_t>(term)]) / length : 0;
      for (std::size_t i = 0; i < kTmkSize; ++i)
        out[start + i] = static_cast<float>(features[start + i] * factor);
    }
  }
  return out;
}

template <class Number>
void append(std::string& out, const Number* numbers, std::size_t count) {
  out.append(reinterpret_cast<const char*>(numbers), count * sizeof(Number));
}

template <class Number>
std::string_view take(std::string_view from, Number* numbers, std::size_t count) {
  std::memcpy(numbers, from.data(), count * sizeof(Number));
  return from.substr(count * sizeof(Number));
}

double dot(const std::vector<float>& a, const std::vector<float>& b, std::size_t start) {
  double sum = 0;
  for (std::size_t i = start; i < start + kTmkSize; ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// The kernel of one period at its best shift in time.
double best_of_period(const Tmk& a, const Tmk& b, int period) {
  std::array<double, kTmkTerms> together{}, across{};
  for (int term = 0; term < kTmkTerms; ++term) {
    const std::size_t start = place(period, term), at = static_cast<std::size_t>(term);
    together[at] = dot(a.cosine, b.cosine, start) + dot(a.sine, b.sine, start);
    across[at] = dot(a.cosine, b.sine, start) - dot(a.sine, b.cosine, start);
  }
  const int length = a.periods[static_cast<std::size_t>(period)];
  double best = -1;
  for (int shift = 0; shift < length; ++shift) {
    // Powers of one rotation: a cosine and a sine a shift, not a term.
    const double angle = 2 * std::numbers::pi * shift / length;
    const double turn_cosine = std::cos(angle), turn_sine = std::sin(angle);
    double cosine = 1, sine = 0, sum = 0;
    for (std::size_t term = 0; term < kTmkTerms; ++term) {
      sum += together[term] * cosine + across[term] * sine;
      const double next = cosine * turn_cosine - sine * turn_sine;
      sine = sine * turn_cosine + cosine * turn_sine;
      cosine = next;
    }
    best = std::max(best, sum);
  }
  return best;
}

bool same_kernel(const Tmk& a, const Tmk& b) {
  if (a.periods != b.periods || a.frames_per_second != b.frames_per_second) return false;
  for (std::size_t i = 0; i < a.coefficients.size(); ++i) {
    // Tools carry the table with different last digits.
    if (std::abs(a.coefficients[i] - b.coefficients[i]) > 1e-5F) return false;
  }
  return true;
}
}  // namespace

TmkMaker::TmkMaker() : cosine_(kFeatures), sine_(kFeatures) {}

void TmkMaker::add(std::span<const float, kTmkSize> frame) {
  for (std::size_t i = 0; i < kTmkSize; ++i) sum_[i] += static_cast<double>(frame[i]);
  const double length = norm(std::span<const float>(frame));
  std::array<double, kTmkSize> unit{};
  for (std::size_t i = 0; length > 0 && i < kTmkSize; ++i)
    unit[i] = static_cast<double>(frame[i]) / length;
  for (int period = 0; period < kTmkPeriods; ++period) {
    const int cycle = kPeriods[static_cast<std::size_t>(period)];
    for (int term = 0; term < kTmkTerms; ++term) {
      const auto turns = static_cast<std::int64_t>(term) * frames_ % cycle;
      const double angle = 2 * std::numbers::pi * static_cast<double>(turns) / cycle;
      const double cosine = std::cos(angle), sine = std::sin(angle);
      double* to_cosine = cosine_.data() + place(period, term);
      double* to_sine = sine_.data() + place(period, term);
      for (std::size_t i = 0; i < kTmkSize; ++i) {
        to_cosine[i] += unit[i] * cosine;
        to_sine[i] += unit[i] * sine;
      }
    }
  }
  ++frames_;
}

Tmk TmkMaker::finish() const {
  Tmk tmk;
  tmk.frames = frames_;
  tmk.periods = kPeriods;
  tmk.coefficients = coefficients();
  for (std::size_t i = 0; frames_ > 0 && i < kTmkSize; ++i)
    tmk.average[i] = static_cast<float>(sum_[i] / frames_);
  tmk.cosine = weighted(cosine_);
  tmk.sine = weighted(sine_);
  return tmk;
}

std::string tmk_bytes(const Tmk& tmk) {
  CHECK(tmk.cosine.size() == kFeatures && tmk.sine.size() == kFeatures);
  std::string out(kMagic);
  const std::array<std::int32_t, 5> sizes = {tmk.frames_per_second, kTmkPeriods, kTmkTerms,
                                             kTmkSize, tmk.frames};
  append(out, sizes.data(), sizes.size());
  append(out, tmk.periods.data(), tmk.periods.size());
  append(out, tmk.coefficients.data(), tmk.coefficients.size());
  append(out, tmk.average.data(), tmk.average.size());
  append(out, tmk.cosine.data(), kFeatures);
  append(out, tmk.sine.data(), kFeatures);
  return out;
}

Result<Tmk> parse_tmk(std::string_view bytes) {
  if (bytes.size() != kTmkBytes || !bytes.starts_with(kMagic))
    return fail(ErrorKind::invalid, "This is no TMK file of PDQF vectors.");
  std::array<std::int32_t, 5> sizes{};
  std::string_view left = take(bytes.substr(kMagic.size()), sizes.data(), sizes.size());
  Tmk tmk;
  tmk.frames_per_second = sizes[0];
  tmk.frames = sizes[4];
  if (sizes[1] != kTmkPeriods || sizes[2] != kTmkTerms || sizes[3] != kTmkSize ||
      tmk.frames_per_second <= 0 || tmk.frames < 0)
    return fail(ErrorKind::invalid, "This TMK file has other sizes than the usual ones.");
  tmk.cosine.resize(kFeatures);
  tmk.sine.resize(kFeatures);
  left = take(left, tmk.periods.data(), tmk.periods.size());
  left = take(left, tmk.coefficients.data(), tmk.coefficients.size());
  left = take(left, tmk.average.data(), tmk.average.size());
  left = take(left, tmk.cosine.data(), kFeatures);
  take(left, tmk.sine.data(), kFeatures);
  const auto finite = [](const auto& all) {
    return std::all_of(all.begin(), all.end(), [](float value) { return std::isfinite(value); });
  };
  // A search runs through every shift of a period: its length is bounded as well.
  const bool sane = std::all_of(tmk.periods.begin(), tmk.periods.end(),
                                [](int period) { return period > 0 && period <= 1'000'000; });
  if (!sane || !finite(tmk.coefficients) || !finite(tmk.average) || !finite(tmk.cosine) ||
      !finite(tmk.sine))
    return fail(ErrorKind::invalid, "This TMK file holds numbers that are none.");
  return tmk;
}

Result<TmkScore> tmk_score(const Tmk& a, const Tmk& b) {
  if (!same_kernel(a, b))
    return fail(ErrorKind::invalid, "These two TMK vectors were made with different settings.");
  TmkScore score;
  double together = 0;
  for (std::size_t i = 0; i < kTmkSize; ++i)
    together += static_cast<double>(a.average[i]) * static_cast<double>(b.average[i]);
  const double lengths =
      norm(std::span<const float>(a.average)) * norm(std::span<const float>(b.average));
  score.level1 = lengths > 0 ? together / lengths : 0;
  // The kernel of a vector with itself at no shift: the sine of term 0 is missing.
  double whole = static_cast<double>(a.coefficients[0]);
  for (std::size_t term = 1; term < kTmkTerms; ++term)
    whole += 2 * static_cast<double>(a.coefficients[term]);
  for (int period = 0; whole > 0 && period < kTmkPeriods; ++period)
    score.level2 = std::max(score.level2, best_of_period(a, b, period) / whole);
  return score;
}

}  // namespace hotline::media
