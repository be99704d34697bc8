#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "media/codecs/animation.h"
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

/// `clear` is the colour that leaves what was there; -1 if there is none.
void paint(const std::vector<GifPixelType>& line, const ColorMapObject& map, int left,
           std::uint8_t* row, int width, int clear = -1) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const int x = left + static_cast<int>(i);
    if (x >= width || line[i] >= map.ColorCount || line[i] == clear) continue;
    const GifColorType& colour = map.Colors[line[i]];
    row[3 * x] = colour.Red;
    row[3 * x + 1] = colour.Green;
    row[3 * x + 2] = colour.Blue;
  }
}

/// How a frame is shown, from the block before it.
struct Control {
  int disposal = 0, clear = -1;
  double seconds = 0.1;
};

/// The next frame's description, with its control block. False at the end or at a break.
bool next_frame(GifFileType* gif, Control& control) {
  control = {};
  GifRecordType record = UNDEFINED_RECORD_TYPE;
  while (DGifGetRecordType(gif, &record) != GIF_ERROR && record != TERMINATE_RECORD_TYPE) {
    if (record == IMAGE_DESC_RECORD_TYPE) return DGifGetImageDesc(gif) != GIF_ERROR;
    if (record != EXTENSION_RECORD_TYPE) return false;
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return false;
    GraphicsControlBlock about{};
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr &&
        DGifExtensionToGCB(block[0], block + 1, &about) == GIF_OK) {
      // Browsers show what asks for no time at all for a tenth of a second.
      control = {about.DisposalMode, about.TransparentColor,
                 about.DelayTime > 1 ? about.DelayTime / 100.0 : 0.1};
    }
    while (block != nullptr) {
      if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return false;
    }
  }
  return false;
}

void blacken(const GifImageDesc& frame, Picture& canvas) {
  const int right = std::min(frame.Left + frame.Width, canvas.width);
  for (int y = frame.Top; y < std::min(frame.Top + frame.Height, canvas.height); ++y) {
    if (right > frame.Left)
      std::fill(canvas.row(y) + 3 * frame.Left, canvas.row(y) + 3 * right, std::uint8_t{0});
  }
}

/// Onto the canvas; false if it breaks off.
bool draw_frame(GifFileType* gif, const Control& control, Picture& canvas) {
  const GifImageDesc& frame = gif->Image;
  const ColorMapObject* map = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (map == nullptr || frame.Width <= 0 || frame.Height <= 0) return false;
  std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
  for (const int y : row_order(frame.Height, frame.Interlace)) {
    if (DGifGetLine(gif, line.data(), frame.Width) == GIF_ERROR) return false;
    if (frame.Top + y < canvas.height)
      paint(line, *map, frame.Left, canvas.row(frame.Top + y), canvas.width, control.clear);
  }
  return true;
}

std::uint64_t area(int width, int height) {
  return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
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

void sample_gif(std::string_view bytes, const DecodeLimits& limits, std::uint64_t pixels_max,
                Animation& into) {
  const int count = count_gif_frames(bytes);
  int error = 0;
  const std::unique_ptr<GifFileType, Closer> gif(DGifOpen(&bytes, give, &error));
  Control control;
  if (count < 2 || !gif || !next_frame(gif.get(), control)) return;
  const int width = std::max(gif->SWidth, gif->Image.Left + gif->Image.Width);
  const int height = std::max(gif->SHeight, gif->Image.Top + gif->Image.Height);
  if (!within(limits, width, height)) return;
  FrameSampler sampler(count, into);
  Picture canvas = make_picture(width, height), before;
  std::uint64_t work = 0;
  for (int number = 0; number < count; ++number) {
    const GifImageDesc frame = gif->Image;
    work += area(frame.Width, frame.Height) + (sampler.wants(number) ? area(width, height) : 0);
    if (!within(limits, frame.Width, frame.Height) || work > pixels_max) break;
    if (control.disposal == DISPOSE_PREVIOUS) {
      work += area(width, height);
      before = canvas;
    }
    const bool drawn = draw_frame(gif.get(), control, canvas);
    if (sampler.wants(number)) sampler.see(number, into.seconds, canvas);
    into.seconds += control.seconds;
    if (control.disposal == DISPOSE_BACKGROUND) blacken(frame, canvas);
    if (control.disposal == DISPOSE_PREVIOUS) canvas = before;
    into.whole = drawn && number + 1 == count;
    if (!drawn || number + 1 == count || !next_frame(gif.get(), control)) break;
    into.whole = false;
  }
  sampler.finish();
}

}  // namespace hotline::media
