// Films: short, neutral ones without sound, from the same drawn pictures.
//
// A slow walk of the eye over four pictures, as Motion JPEG in AVI, which needs
// no encoder but ours for pictures. A copy has another size, another rate and
// another compression, so that no byte and no single frame is the same.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace hotline::range {

/// Twelve seconds. The same seed gives the same film.
[[nodiscard]] Result<std::string> make_film(std::uint64_t seed, bool copy);

}  // namespace hotline::range
