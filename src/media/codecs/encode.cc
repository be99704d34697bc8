#include "media/codecs/encode.h"

#include <webp/encode.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <gif_lib.h>
#include <jpeglib.h>
#include <png.h>

namespace hotline::media {

namespace {
bool sound(const Picture& picture, int side_max) {
  return picture.width > 0 && picture.height > 0 && picture.width <= side_max &&
         picture.height <= side_max &&
         picture.samples.size() ==
             3 * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
}

std::unexpected<Error> refused(const char* format) {
  return fail(ErrorKind::invalid, std::string("The picture cannot be written as ") + format + ".");
}

// --- JPEG: libjpeg reports errors by longjmp, so no object with a destructor lives in between ---

struct JpegErrors {
  jpeg_error_mgr manager;  // First: libjpeg only knows this part.
  std::jmp_buf back;
};

[[noreturn]] void jpeg_gives_up(j_common_ptr codec) {
  std::longjmp(reinterpret_cast<JpegErrors*>(codec->err)->back, 1);
}

struct JpegOut {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

bool write_jpeg(const Picture& picture, int quality, bool grey, JSAMPLE* grey_row, JpegOut& out) {
  jpeg_compress_struct codec{};
  JpegErrors errors{};
  codec.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = jpeg_gives_up;
  if (setjmp(errors.back) != 0) {
    jpeg_destroy_compress(&codec);
    return false;
  }
  jpeg_create_compress(&codec);
  jpeg_mem_dest(&codec, &out.bytes, &out.size);
  codec.image_width = static_cast<JDIMENSION>(picture.width);
  codec.image_height = static_cast<JDIMENSION>(picture.height);
  codec.input_components = grey ? 1 : 3;
  codec.in_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  codec.optimize_coding = TRUE;
  jpeg_start_compress(&codec, TRUE);
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* pixels = picture.row(y);
    JSAMPROW row = const_cast<JSAMPROW>(pixels);
    if (grey) {
      for (int x = 0; x < picture.width; ++x) grey_row[x] = pixels[3 * x + 1];
      row = grey_row;
    }
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  return true;
}

Result<std::string> to_jpeg(const Picture& picture, int quality, bool grey) {
  if (!sound(picture, 65500) || quality < 1 || quality > 100) return refused("JPEG");
  std::vector<JSAMPLE> row(static_cast<std::size_t>(picture.width));
  JpegOut out;
  const bool done = write_jpeg(picture, quality, grey, row.data(), out);
  const std::unique_ptr<unsigned char, void (*)(void*)> owner(out.bytes, std::free);
  if (!done) return refused("JPEG");
  return std::string(reinterpret_cast<const char*>(out.bytes), out.size);
}

// --- PNG
// ------------------------------------------------------------------------------------------

void append_png(png_structp png, png_bytep bytes, size_t count) {
  static_cast<std::string*>(png_get_io_ptr(png))
      ->append(reinterpret_cast<const char*>(bytes), count);
}

bool write_png(png_structp png, png_infop description, const Picture& picture, std::string* out) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_write_fn(png, out, append_png, nullptr);
  png_set_IHDR(png, description, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, description);
  for (int y = 0; y < picture.height; ++y) png_write_row(png, picture.row(y));
  png_write_end(png, nullptr);
  return true;
}

// --- GIF
// ------------------------------------------------------------------------------------------

constexpr int kReds = 6, kGreens = 7, kBlues = 6;

/// 4x4 Bayer order: spreads the error of the coarse palette without leaving it to chance.
constexpr int kDither[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};

int shade(int sample, int shades, int x, int y) {
  const int scaled = sample * (shades - 1) * 16 / 255 + kDither[y & 3][x & 3];
  return std::min(scaled / 16, shades - 1);
}

int append_gif(GifFileType* gif, const GifByteType* bytes, int count) {
  static_cast<std::string*>(gif->UserData)
      ->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
  return count;
}

struct PaletteDeleter {
  void operator()(ColorMapObject* map) const { GifFreeMapObject(map); }
};

std::unique_ptr<ColorMapObject, PaletteDeleter> palette() {
  std::unique_ptr<ColorMapObject, PaletteDeleter> map(GifMakeMapObject(256, nullptr));
  for (int i = 0; map && i < kReds * kGreens * kBlues; ++i) {
    map->Colors[i] = {static_cast<GifByteType>(i / (kGreens * kBlues) * 255 / (kReds - 1)),
                      static_cast<GifByteType>(i / kBlues % kGreens * 255 / (kGreens - 1)),
                      static_cast<GifByteType>(i % kBlues * 255 / (kBlues - 1))};
  }
  return map;
}

bool write_gif(GifFileType* gif, const ColorMapObject* map, const Picture& picture) {
  if (EGifPutScreenDesc(gif, picture.width, picture.height, 8, 0, map) == GIF_ERROR ||
      EGifPutImageDesc(gif, 0, 0, picture.width, picture.height, false, nullptr) == GIF_ERROR)
    return false;
  std::vector<GifPixelType> line(static_cast<std::size_t>(picture.width));
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* pixels = picture.row(y);
    for (int x = 0; x < picture.width; ++x, pixels += 3) {
      line[static_cast<std::size_t>(x)] = static_cast<GifPixelType>(
          (shade(pixels[0], kReds, x, y) * kGreens + shade(pixels[1], kGreens, x, y)) * kBlues +
          shade(pixels[2], kBlues, x, y));
    }
    if (EGifPutLine(gif, line.data(), picture.width) == GIF_ERROR) return false;
  }
  return true;
}
}  // namespace

Result<std::string> encode_jpeg(const Picture& picture, int quality) {
  return to_jpeg(picture, quality, false);
}

Result<std::string> encode_grey_jpeg(const Picture& picture, int quality) {
  return to_jpeg(picture, quality, true);
}

Result<std::string> encode_png(const Picture& picture) {
  if (!sound(picture, 1'000'000)) return refused("PNG");
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  if (png == nullptr) return refused("PNG");
  png_infop description = png_create_info_struct(png);
  const bool done = description != nullptr && write_png(png, description, picture, &out);
  png_destroy_write_struct(&png, &description);
  if (!done) return refused("PNG");
  return out;
}

Result<std::string> encode_webp(const Picture& picture, int quality) {
  if (!sound(picture, WEBP_MAX_DIMENSION) || quality < 1 || quality > 100) return refused("WebP");
  std::uint8_t* bytes = nullptr;
  const std::size_t size =
      quality == 100 ? WebPEncodeLosslessRGB(picture.samples.data(), picture.width, picture.height,
                                             3 * picture.width, &bytes)
                     : WebPEncodeRGB(picture.samples.data(), picture.width, picture.height,
                                     3 * picture.width, static_cast<float>(quality), &bytes);
  const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(bytes, WebPFree);
  if (size == 0) return refused("WebP");
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

Result<std::string> encode_gif(const Picture& picture) {
  if (!sound(picture, 65535)) return refused("GIF");
  std::string out;
  int error = 0;
  const auto map = palette();
  GifFileType* gif = EGifOpen(&out, append_gif, &error);
  if (!map || gif == nullptr) return refused("GIF");
  const bool done = write_gif(gif, map.get(), picture);
  const bool closed = EGifCloseFile(gif, &error) == GIF_OK;
  if (!done || !closed) return refused("GIF");
  return out;
}

}  // namespace hotline::media
