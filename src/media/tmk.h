// TMK+PDQF: a film as one vector of fixed size, 263,344 bytes whatever its length.
//
// Temporal Match Kernel after Poullot and others (2015), over the 256 float
// coefficients that PDQ takes of each frame, at 15 frames a second. Two scores:
// level 1 compares what the films look like on average (-1 to 1), level 2 also
// when (0 to 1), at the best shift in time.
//
// Values and their `.tmk` form; reading the film is film's work.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::media {

inline constexpr int kTmkPeriods = 4, kTmkTerms = 32, kTmkSize = 256, kTmkFramesPerSecond = 15;
inline constexpr std::size_t kTmkBytes = 263'344;

struct Tmk {
  int frames_per_second = kTmkFramesPerSecond;
  int frames = 0;
  std::array<std::int32_t, kTmkPeriods> periods{};
  std::array<float, kTmkTerms> coefficients{};  ///< Of the Fourier series.
  std::array<float, kTmkSize> average{};        ///< Plain mean of the frames' coefficients.
  /// [period][term][dimension], flat: normalised, then times the root of the term's coefficient.
  std::vector<float> cosine, sine;
};

/// Takes the frames one by one; memory does not grow with them.
class TmkMaker {
 public:
  TmkMaker();
  /// The next frame at 15 a second: its PDQF coefficients.
  void add(std::span<const float, kTmkSize> frame);
  [[nodiscard]] int frames() const { return frames_; }
  /// The vector of all frames so far.
  [[nodiscard]] Tmk finish() const;

 private:
  int frames_ = 0;
  std::array<double, kTmkSize> sum_{};
  std::vector<double> cosine_, sine_;
};

/// Little endian, as every tool of the field reads it.
[[nodiscard]] std::string tmk_bytes(const Tmk& tmk);
/// Error `invalid` unless it is a `.tmk` of PDQF vectors with these sizes and only finite numbers.
[[nodiscard]] Result<Tmk> parse_tmk(std::string_view bytes);

struct TmkScore {
  double level1 = 0, level2 = 0;
};
/// Near copies have at least 0.7 at both levels, almost exact ones 0.9. Error `invalid` if they
/// were made with other periods or coefficients.
[[nodiscard]] Result<TmkScore> tmk_score(const Tmk& a, const Tmk& b);

}  // namespace hotline::media
