// vPDQ: a film as the PDQ hashes of its frames, and how much of one film is in another.
//
// Written from the public description. A film is a bag of hashes: frames below
// the quality floor are left out, and two films are compared by the share of
// each that has a partner in the other within 31 bits, 31 included (the C++ and
// the Python tool differ here; inclusive is what PDQ itself recommends).
//
// Two forms are in the field and both are read and written here: lines
// "frame,quality,hash,seconds", and a JSON array of "hash,quality,seconds".
// Reading the film is codecs' and film's work.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/pdq.h"

namespace hotline::media {

struct VpdqFrame {
  int frame = 0;  ///< Counted from 0 in the order of decoding.
  int quality = 0;
  PdqBits bits;
  double seconds = 0;  ///< frame / frames per second, not the container's time stamp.
  friend bool operator==(const VpdqFrame&, const VpdqFrame&) = default;
};

[[nodiscard]] std::string vpdq_lines(std::span<const VpdqFrame> frames);
/// `["hash,quality,seconds",…]`, the seconds always with three decimals.
[[nodiscard]] std::vector<std::string> vpdq_entries(std::span<const VpdqFrame> frames);
[[nodiscard]] std::string vpdq_json(std::span<const VpdqFrame> frames);

/// Either form, told by its first character. JSON has no frame numbers: they count up. Error
/// `invalid` with the number of the line or entry.
[[nodiscard]] Result<std::vector<VpdqFrame>> parse_vpdq(std::string_view text);

struct VpdqLimits {
  int distance_max = 31;  ///< Inclusive.
  int quality_min = 50;
};

struct VpdqMatch {
  int query_frames = 0, compared_frames = 0;    ///< Of sufficient quality.
  int query_matched = 0, compared_matched = 0;  ///< Of those, with a partner in the other film.
  /// 0 to 100; 0 where no frame is good enough.
  [[nodiscard]] double query_percent() const;
  [[nodiscard]] double compared_percent() const;
};

/// Time grows with the product of the frames.
[[nodiscard]] VpdqMatch vpdq_compare(std::span<const VpdqFrame> query,
                                     std::span<const VpdqFrame> compared,
                                     const VpdqLimits& limits = {});

}  // namespace hotline::media
