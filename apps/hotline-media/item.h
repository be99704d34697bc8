// Item: what the first cell of hotline-media does with one file.
//
// look() decodes a stranger's bytes: whoever takes it over holds nothing but its
// own answer. The second cell is media/codecs/draw.h.
#pragma once

#include <string_view>

#include "sandbox/frames.h"

namespace hotline::media {

/// `bytes` is the file. Gives {"kind","width","height","trouble"} and, of a
/// picture, "full" and "nn512" as {"hash","quality"}, "turns" (kTurnNames), "orientation",
/// "full_shown" if that is not 1;
/// of an animation "frames" (vPDQ lines), "seconds", "whole". With previews also
/// {"raster":{"width", "height"}} and its pixels, at most 960 a side, upright, as blob 0; of an
/// animation its sheet.
[[nodiscard]] sandbox::Message look(std::string_view bytes, bool previews);

}  // namespace hotline::media
