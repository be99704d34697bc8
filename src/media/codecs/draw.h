// Draw: the second cell of a picture or film.
//
// It sees only the pixels that the first cell took out, and makes every preview
// from them, so that no byte of a JPEG that people see comes from the process
// that read the original, and a preview is always blurred.
#pragma once

#include "sandbox/frames.h"

namespace hotline::media {

/// In: {"raster":{"width","height"}} and its pixels as blob 0, at most 960 a side. Out:
/// {"levels":[1,2,3,4]} and one JPEG each; none if the raster is not what its header says.
[[nodiscard]] sandbox::Message draw(const sandbox::Message& looked);

}  // namespace hotline::media
