// Preview: small, grey, blurred pictures for people who must decide.
//
// Made from pixels only. The levels of the reveal ladder stand here once.
#pragma once

#include <array>
#include <string>

#include "media/picture.h"

namespace hotline::media {

struct PreviewLevel {
  int level;
  int side_max;  ///< Pixels of the longer side; smaller pictures are not enlarged.
  bool grey;
  float sigma;  ///< Of the Gaussian blur, in pixels of the preview; 0 is sharp.
};

inline constexpr std::array kPreviewLevels = {
    PreviewLevel{1, 160, true, 4}, PreviewLevel{2, 320, true, 2}, PreviewLevel{3, 480, true, 0},
    PreviewLevel{4, 960, false, 0}};

struct MadePreview {
  int level = 1;     ///< As above.
  std::string jpeg;  ///< Encoded by us from pixels; never a byte of the original.
};

/// Averaged down until the longer side is at most `side_max`; aspect kept, at least 1 pixel.
[[nodiscard]] Picture shrunk(const Picture& picture, int side_max);

/// Shrunk, then grey and blurred as the level says.
[[nodiscard]] Picture preview(const Picture& picture, const PreviewLevel& level);

}  // namespace hotline::media
