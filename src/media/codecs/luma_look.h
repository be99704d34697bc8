// LumaLook: all that is wanted of a JPEG in one pass over its own brightness plane.
//
// Its colours are never made unless a preview is wanted, and then only of the
// small one. Jailed as decode.h is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "media/codecs/decode.h"
#include "media/luma_hash.h"

namespace hotline::media {

struct LumaLook {
  std::string trouble;  ///< As Decoded::trouble.
  int width = 0, height = 0;
  int orientation = 1;
  LumaHashes hashes;
  Picture raster;  ///< Upright, in RGB; empty if none was wanted.
};

/// Nothing if it is no JPEG that keeps its brightness apart (CMYK, RGB), one too small for it, over
/// the limits or without a size:
/// decode() is for those. `raster_side_max` 0 for none.
[[nodiscard]] std::optional<LumaLook> look_at_luma(std::string_view bytes,
                                                   const DecodeLimits& limits, int raster_side_max);

}  // namespace hotline::media
