// TentFilter: a picture of any size to the 64 x 64 floats that PDQ hashes.
//
// The tent is two rounds of a box along rows and a box along columns; only 64
// columns and 64 rows of the result are used. Rows stream through: memory is two
// windows of rows, not copies of the picture, and eight rows are summed side by
// side. Each single sum still runs in the order of the reference, because float
// addition is not associative and the bits depend on it.
#pragma once

#include <array>

#include "media/picture.h"

namespace hotline::media {

inline constexpr int kGrid = 64;
using Grid = std::array<float, kGrid * kGrid>;  ///< Row by row.

/// Both sides at least 5 (CHECK).
[[nodiscard]] Grid tent_filter(const Picture& picture);

/// Luma without filter, for a picture of exactly 64 x 64 (CHECK).
[[nodiscard]] Grid luma_grid(const Picture& picture);

}  // namespace hotline::media
