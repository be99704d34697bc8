#include "media/sheet.h"

#include <algorithm>

#include "media/preview.h"
#include "media/upright.h"

namespace hotline::media {

namespace {
constexpr int kTileSide = 236, kGap = 4, kColumns = 4;
constexpr std::size_t kTilesShown = 12;

void paint(const Picture& tile, int left, int top, Picture& sheet) {
  for (int y = 0; y < tile.height; ++y)
    std::copy_n(tile.row(y), 3 * tile.width, sheet.row(top + y) + 3 * left);
}
}  // namespace

void Sheet::add(const Picture& frame, int orientation) {
  const bool wanted = wants_next();
  ++seen_;
  if (!wanted || frame.empty()) return;
  tiles_.push_back(upright(shrunk(frame, kTileSide), orientation));
  if (tiles_.size() < 2 * kTilesShown) return;
  for (std::size_t i = 1; 2 * i < tiles_.size(); ++i) tiles_[i] = std::move(tiles_[2 * i]);
  tiles_.resize(kTilesShown);
  step_ *= 2;
}

Picture Sheet::finish() const {
  const std::size_t count = std::min(tiles_.size(), kTilesShown);
  if (count == 0) return {};
  if (count == 1) return tiles_[0];
  int width = 1, height = 1;
  for (const auto& tile : tiles_) {
    width = std::max(width, tile.width);
    height = std::max(height, tile.height);
  }
  const int columns = std::min(static_cast<int>(count), kColumns);
  const int rows = (static_cast<int>(count) + columns - 1) / columns;
  Picture sheet = make_picture(columns * (width + kGap) - kGap, rows * (height + kGap) - kGap);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& tile = tiles_[i * tiles_.size() / count];
    const int at = static_cast<int>(i);
    paint(tile, at % columns * (width + kGap), at / columns * (height + kGap), sheet);
  }
  return sheet;
}

}  // namespace hotline::media
