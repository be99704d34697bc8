// Upright: pixels turned and mirrored as an EXIF orientation asks.
#pragma once

#include "media/picture.h"

namespace hotline::media {

/// `orientation` is 1 to 8 as EXIF counts; any other value leaves the picture as it is.
[[nodiscard]] Picture upright(Picture picture, int orientation);

}  // namespace hotline::media
