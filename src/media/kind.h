// Kind: what a file calls itself, by its first bytes. Nothing is decoded here.
#pragma once

#include <string_view>

namespace hotline::media {

/// jpeg, png, gif, webp, bmp, tiff, video or other: the words of Findings::kind.
[[nodiscard]] std::string_view kind_of(std::string_view bytes);

}  // namespace hotline::media
