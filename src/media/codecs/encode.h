// Encode: pixels to picture files, for previews and for the range's generated pictures.
//
// The same picture and quality give the same bytes with the same library
// versions. No metadata is written. Only hotline-media, the range and tests link this.
#pragma once

#include <string>

#include "base/result.h"
#include "media/picture.h"

namespace hotline::media {

// All: error `invalid` for an empty picture, a side that the format cannot hold, or samples that
// do not fit the sides. `quality` is 1 to 100.

[[nodiscard]] Result<std::string> encode_jpeg(const Picture& picture, int quality);
/// One grey channel, made from the picture's green samples: for pictures that are grey already.
[[nodiscard]] Result<std::string> encode_grey_jpeg(const Picture& picture, int quality);
[[nodiscard]] Result<std::string> encode_png(const Picture& picture);
/// Quality 100 is lossless.
[[nodiscard]] Result<std::string> encode_webp(const Picture& picture, int quality);
/// A fixed palette of 252 colours, with ordered dithering.
[[nodiscard]] Result<std::string> encode_gif(const Picture& picture);

}  // namespace hotline::media
