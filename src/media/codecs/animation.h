// Animation: what else is in a GIF or WebP than its first frame.
//
// A few frames, evenly spread, as hashes and as tiles of a sheet: a first frame
// alone would let anything pass behind it. Jailed as decode.h is.
#pragma once

#include <string_view>
#include <vector>

#include "media/codecs/decode.h"
#include "media/sheet.h"
#include "media/vpdq.h"

namespace hotline::media {

inline constexpr int kSampledMax = 16;

struct Animation {
  int count = 0;       ///< Frames in the file; 0 or 1 is a still, and then nothing follows.
  bool whole = true;   ///< False if it is broken, or too large for the limits to be seen whole.
  double seconds = 0;  ///< Of one turn.
  std::vector<VpdqFrame> frames;  ///< At most kSampledMax; `seconds` is when it begins to show.
  Picture sheet;
};

/// Nothing (count 0) for other kinds than GIF and WebP. `pixels_max` bounds the work on all frames
/// together.
[[nodiscard]] Animation sample_frames(std::string_view bytes, const DecodeLimits& limits,
                                      std::uint64_t pixels_max = 400'000'000);

/// Both halves of it, for animation.cc: `see` gets each sampled frame, composed as it is shown.
class FrameSampler {
 public:
  FrameSampler(int count, Animation& into) : into_(into) {
    into.count = count;
    step_ = (count + kSampledMax - 1) / kSampledMax;
  }
  [[nodiscard]] bool wants(int frame) const { return frame % step_ == 0; }
  void see(int frame, double seconds, const Picture& shown);
  void finish() { into_.sheet = sheet_.finish(); }

 private:
  Animation& into_;
  int step_ = 1;
  Sheet sheet_;
};
void sample_gif(std::string_view bytes, const DecodeLimits& limits, std::uint64_t pixels_max,
                Animation& into);
void sample_webp(std::string_view bytes, const DecodeLimits& limits, std::uint64_t pixels_max,
                 Animation& into);

/// Image blocks of a GIF, without decoding; stops at the first byte that is out of place.
[[nodiscard]] int count_gif_frames(std::string_view bytes);

}  // namespace hotline::media
