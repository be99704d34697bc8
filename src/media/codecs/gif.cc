#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "media/codecs/formats.h"

namespace hotline::media {

namespace {
int give(GifFileType* gif, GifByteType* to, int count) {
  auto* left = static_cast<std::string_view*>(gif->UserData);
  const auto got = std::min(left->size(), static_cast<std::size_t>(std::max(count, 0)));
  std::memcpy(to, left->data(), got);
  left->remove_prefix(got);
  return static_cast<int>(got);
}

struct Closer {
  void operator()(GifFileType* gif) const {
    int error = 0;
    DGifCloseFile(gif, &error);
  }
};

/// Moves to the first frame's description; false if the file has none.
bool find_frame(GifFileType* gif) {
  GifRecordType record = UNDEFINED_RECORD_TYPE;
  while (DGifGetRecordType(gif, &record) != GIF_ERROR && record != TERMINATE_RECORD_TYPE) {
    if (record == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) != GIF_ERROR;
    if (record != EXTENSION_RECORD_TYPE) return false;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return false;
    while (block != nullptr) {
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return false;
    }
  }
  return false;
}

/// The order in which rows come: from the top, or in four interlaced passes.
std::vector<int> row_order(int height, bool interlaced) {
  std::vector<int> rows;
  constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
  for (int pass = 0; pass < 4; ++pass) {
    const int step = interlaced ? kStep[pass] : 1;
    for (int y = interlaced ? kFirst[pass] : 0; y < height; y += step) rows.push_back(y);
    if (!interlaced) break;
  }
  return rows;
}

void paint(const std::vector<GifPixelType>& line, const ColorMapObject& map, int left,
           std::uint8_t* row, int width) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const int x = left + static_cast<int>(i);
    if (x >= width || line[i] >= map.ColorCount) continue;
    const GifColorType& colour = map.Colors[line[i]];
    row[3 * x] = colour.Red;
    row[3 * x + 1] = colour.Green;
    row[3 * x + 2] = colour.Blue;
  }
}
}  // namespace

Read read_gif(std::string_view bytes, const DecodeLimits& limits) {
  int error = 0;
  const std::unique_ptr<GifFileType, Closer> gif(DGifOpen(&bytes, give, &error));
  if (!gif || !find_frame(gif.get())) return std::unexpected(kBroken);
  const GifImageDesc& frame = gif->Image;
  const ColorMapObject* map = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (map == nullptr || frame.Width <= 0 || frame.Height <= 0) return std::unexpected(kBroken);
  // Some writers leave the screen at 0 or smaller than their frame.
  const int width = std::max(gif->SWidth, frame.Left + frame.Width);
  const int height = std::max(gif->SHeight, frame.Top + frame.Height);
  if (!within(limits, width, height)) return std::unexpected(kOverLimits);
  Picture picture = make_picture(width, height);
  std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
  bool some = false;
  for (const int y : row_order(frame.Height, frame.Interlace)) {
    if (DGifGetLine(gif.get(), line.data(), frame.Width) == GIF_ERROR) break;
    paint(line, *map, frame.Left, picture.row(frame.Top + y), width);
    some = true;
  }
  if (!some) return std::unexpected(kBroken);
  return picture;
}

}  // namespace hotline::media
