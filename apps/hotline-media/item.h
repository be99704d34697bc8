// Item: what hotline-media does with one file, in two cells.
//
// look() decodes a stranger's bytes: whoever takes it over holds nothing but its
// own answer. draw() sees only the pixels of the first, and makes every preview
// from them, so that no byte of a JPEG that people see comes from the process
// that read the original, and a preview is always blurred.
#pragma once

#include "sandbox/frames.h"

namespace hotline::media {

/// In: {"previews": bool}, blob 0 is the file. Out: {"kind","width","height","trouble"} and, of a
/// picture, "full" and "nn512" as {"hash","quality"}; with previews also {"raster":{"width",
/// "height"}} and its pixels, at most 960 a side, upright, as blob 0.
[[nodiscard]] sandbox::Message look(const sandbox::Message& request);

/// In: what look() gave. Out: {"levels":[1,2,3,4]} and one JPEG each; none if the raster is not
/// what its header says.
[[nodiscard]] sandbox::Message draw(const sandbox::Message& looked);

}  // namespace hotline::media
