// Decode: a stranger's bytes to pixels. The most dangerous code that we run.
//
// Only inside the jail of hotline-media, and in tests on our own pictures. The
// pixels are normalised as every public PDQ tool does: palette and 1-bit
// expanded, grey replicated, 16-bit cut to its high byte, alpha dropped without
// compositing (hidden colours count), CMYK to RGB with Adobe's inversion undone,
// first frame of an animation, EXIF orientation reported and not applied. SVG is
// refused: it is a program more than a picture, and a page's SVG is on its screenshot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "media/picture.h"
#include "media/upright.h"

namespace hotline::media {

struct DecodeLimits {
  std::uint64_t pixels_max = 100'000'000;
  int side_max = 100'000;
};

struct Decoded {
  std::string kind;     ///< As kind_of() says.
  Picture picture;      ///< Empty where there is trouble.
  int orientation = 1;  ///< EXIF, 1 to 8; see upright().
  std::string trouble;  ///< "not a picture", "broken", "over the limits", or empty.
};

/// A picture that ends early keeps what came before, as a browser shows it, where the format's
/// library can. Memory is bounded by the limits before it is taken.
[[nodiscard]] Decoded decode(std::string_view bytes, const DecodeLimits& limits = {});

/// What libraries set up once: called before the walls are up.
void warm_up_heif();

}  // namespace hotline::media
