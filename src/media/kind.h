// Kind: what a file calls itself, by its first bytes. Nothing is decoded here.
#pragma once

#include <string_view>

namespace hotline::media {

/// jpeg, png, gif, webp, avif, heic, bmp, tiff, svg, video or other.
[[nodiscard]] std::string_view kind_of(std::string_view bytes);

}  // namespace hotline::media
