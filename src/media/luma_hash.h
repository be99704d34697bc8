// LumaHash: the PDQ hashes of a picture whose brightness comes row by row.
//
// The fast way for pixels that are not exact anyway: a JPEG's or a film's own
// brightness plane, as its decoder gives it, instead of colours made from it and
// brightness made from those again. Within a few bits of the strict way (pdq.h),
// which stays the one for formats without loss.
#pragma once

#include <cstdint>
#include <optional>

#include "media/folded_filter.h"
#include "media/pdq.h"

namespace hotline::media {

struct LumaHashes {
  Dihedral turns;                 ///< `original` is profile FULL.
  Pdq nn512;                      ///< Profile NN512.
  std::optional<Pdq> full_shown;  ///< FULL of the upright picture, if EXIF turns it.
};

class LumaHash {
 public:
  /// Below, the strict way costs nothing and has rules of its own (64 x 64).
  static constexpr int kSideMin = 128;

  /// Both sides at least kSideMin (CHECK). `orientation` as EXIF counts, 1 to 8.
  LumaHash(int width, int height, int orientation);

  /// The next row from the top, of `width` samples. Not more than `height` times (CHECK).
  void row(const std::uint8_t* luma);
  /// Once. Rows that did not come count as black.
  [[nodiscard]] LumaHashes finish();

 private:
  FoldedFilter full_;
  std::optional<FoldedFilter> shown_;    ///< Of the picture upright, but for its diagonal.
  bool across_;                          ///< It lies on that diagonal.
  std::optional<FoldedFilter> nearest_;  ///< If NN512 is another hash.
};

}  // namespace hotline::media
