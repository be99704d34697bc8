#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "media/codecs/formats.h"

namespace hotline::media {

namespace {
struct Source {
  std::string_view all;
  std::size_t at = 0;
};

tmsize_t give(thandle_t handle, void* to, tmsize_t count) {
  auto* source = static_cast<Source*>(handle);
  if (count <= 0 || source->at >= source->all.size()) return 0;
  const auto got = std::min(static_cast<std::size_t>(count), source->all.size() - source->at);
  std::memcpy(to, source->all.data() + source->at, got);
  source->at += got;
  return static_cast<tmsize_t>(got);
}

tmsize_t take_nothing(thandle_t, void*, tmsize_t) {
  return 0;
}

toff_t move(thandle_t handle, toff_t to, int whence) {
  auto* source = static_cast<Source*>(handle);
  if (whence == SEEK_CUR) to += source->at;
  if (whence == SEEK_END) to += source->all.size();
  source->at = static_cast<std::size_t>(to);
  return to;
}

int close_nothing(thandle_t) {
  return 0;
}

toff_t size_of(thandle_t handle) {
  return static_cast<Source*>(handle)->all.size();
}

struct Closer {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
}  // namespace

Read read_tiff(std::string_view bytes, const DecodeLimits& limits) {
  TIFFSetErrorHandler(nullptr);
  TIFFSetWarningHandler(nullptr);
  Source source{bytes};
  // "m": no memory mapping; the callbacks are the only way to the bytes.
  const std::unique_ptr<TIFF, Closer> tiff(TIFFClientOpen(
      "memory", "rm", &source, give, take_nothing, move, close_nothing, size_of, nullptr, nullptr));
  std::uint32_t width = 0, height = 0;
  if (!tiff || TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width) == 0 ||
      TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height) == 0 || width == 0 || height == 0)
    return std::unexpected(kBroken);
  // The library's own buffer takes 4 bytes a pixel beside ours of 3.
  const DecodeLimits tighter{limits.pixels_max / 2, limits.side_max};
  if (!within(tighter, width, height)) return std::unexpected(kOverLimits);
  std::vector<std::uint32_t> raster(static_cast<std::size_t>(width) * height);
  if (TIFFReadRGBAImageOriented(tiff.get(), width, height, raster.data(), ORIENTATION_TOPLEFT, 0) ==
      0)
    return std::unexpected(kBroken);
  Picture picture = make_picture(static_cast<int>(width), static_cast<int>(height));
  std::uint8_t* to = picture.samples.data();
  for (const std::uint32_t pixel : raster) {
    *to++ = static_cast<std::uint8_t>(TIFFGetR(pixel));
    *to++ = static_cast<std::uint8_t>(TIFFGetG(pixel));
    *to++ = static_cast<std::uint8_t>(TIFFGetB(pixel));
  }
  return picture;
}

}  // namespace hotline::media
