#include "media/luma_hash.h"

#include "base/result.h"

namespace hotline::media {

namespace {
constexpr int kNearest = 512;  ///< Profile NN512.

Grid turned_on_diagonal(const Grid& grid) {
  Grid turned;
  for (std::size_t i = 0; i < kGrid; ++i) {
    for (std::size_t j = 0; j < kGrid; ++j) turned[i * kGrid + j] = grid[j * kGrid + i];
  }
  return turned;
}
}  // namespace

LumaHash::LumaHash(int width, int height, int orientation)
    : full_(width, height), across_(orientation >= 5) {
  CHECK(width >= kSideMin && height >= kSideMin && orientation >= 1 && orientation <= 8);
  if (orientation > 1) {
    // As upright() reads: where the stored picture is mirrored, seen from the upright one.
    const bool from_right =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_below =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    shown_.emplace(width, height, from_right, from_below);
  }
  if (width > kNearest || height > kNearest)
    nearest_.emplace(FoldedFilter::of_nearest(width, height, kNearest));
}

void LumaHash::row(const std::uint8_t* luma) {
  full_.row(luma);
  if (shown_) shown_->row(luma);
  if (nearest_) nearest_->row(luma);
}

LumaHashes LumaHash::finish() {
  LumaHashes hashes{.turns = dihedral_of(full_.finish())};
  hashes.nn512 =
      nearest_ ? pdq_of(nearest_->finish()) : Pdq{hashes.turns.original, hashes.turns.quality};
  if (shown_) {
    const Grid grid = shown_->finish();
    hashes.full_shown = pdq_of(across_ ? turned_on_diagonal(grid) : grid);
  }
  return hashes;
}

}  // namespace hotline::media
