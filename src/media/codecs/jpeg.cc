#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "media/codecs/formats.h"
#include "media/codecs/luma_look.h"
#include "media/kind.h"
#include "media/preview.h"
#include "media/tent_kernels.h"

namespace hotline::media {

namespace {
struct Errors {
  jpeg_error_mgr manager;  // First: libjpeg only knows this part.
  std::jmp_buf back;
  const char* trouble;
  long warnings;
};

[[noreturn]] void give_up(j_common_ptr codec) {
  std::longjmp(reinterpret_cast<Errors*>(codec->err)->back, 1);
}

/// A file can carry warnings without end, each of them work: after some the rest is not read.
void count_warning(j_common_ptr codec, int level) {
  auto* errors = reinterpret_cast<Errors*>(codec->err);
  if (level < 0 && ++errors->warnings > 10'000) give_up(codec);
}

void say_nothing(j_common_ptr) {}

/// Ink to light. Adobe's files hold the ink inverted, which is what we need; others do not.
void to_rgb(const JSAMPLE* ink, int width, bool inverted, std::uint8_t* to) {
  for (int x = 0; x < width; ++x, ink += 4, to += 3) {
    const unsigned black = inverted ? ink[3] : 255u - ink[3];
    for (int i = 0; i < 3; ++i) {
      // The light that is left: nk - c * nk / 255, the quotient rounded.
      const unsigned colour = inverted ? 255u - ink[i] : ink[i];
      const unsigned product = colour * black + 128;
      const unsigned quotient = ((product >> 8) + product) >> 8;
      to[i] = static_cast<std::uint8_t>(quotient > black ? 0 : black - quotient);
    }
  }
}

// No object with a destructor lives in the functions between setjmp and libjpeg: it reports errors
// by longjmp.

/// To the end of the header. False if the picture is over the limits.
bool begin(jpeg_decompress_struct& codec, std::string_view bytes, const DecodeLimits& limits,
           Errors& errors, int* orientation) {
  jpeg_create_decompress(&codec);
  codec.mem->max_memory_to_use = 512L << 20;
  jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_save_markers(&codec, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&codec, TRUE);
  if (!within(limits, codec.image_width, codec.image_height)) {
    errors.trouble = kOverLimits;
    return false;
  }
  for (auto* marker = codec.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view block(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == JPEG_APP0 + 1 && block.starts_with("Exif")) {
      *orientation = exif_orientation(block);
      break;
    }
  }
  return true;
}

/// True once the picture has its size; rows that a broken file does not give stay black.
bool read_into(jpeg_decompress_struct& codec, std::string_view bytes, const DecodeLimits& limits,
               Errors& errors, Picture& picture, std::vector<JSAMPLE>& ink, int* orientation) {
  if (setjmp(errors.back) != 0) return codec.output_scanline > 0 && !picture.empty();
  if (!begin(codec, bytes, limits, errors, orientation)) return false;
  const bool in_ink = codec.jpeg_color_space == JCS_CMYK || codec.jpeg_color_space == JCS_YCCK;
  codec.out_color_space = in_ink ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&codec);
  picture =
      make_picture(static_cast<int>(codec.output_width), static_cast<int>(codec.output_height));
  if (in_ink) ink.resize(4 * static_cast<std::size_t>(picture.width));
  while (codec.output_scanline < codec.output_height) {
    std::uint8_t* to = picture.row(static_cast<int>(codec.output_scanline));
    JSAMPROW row = in_ink ? ink.data() : to;
    jpeg_read_scanlines(&codec, &row, 1);
    if (in_ink) to_rgb(row, picture.width, codec.saw_Adobe_marker, to);
  }
  jpeg_finish_decompress(&codec);
  return true;
}

/// What read_luma_into() fills.
struct LumaWork {
  bool suited = false;  ///< It holds its brightness apart.
  std::optional<LumaHash> hash;
  std::vector<std::uint8_t> line;
  Picture picture;         ///< Only if it is wanted: brightness and two colour differences a pixel.
  bool in_colour = false;  ///< Or grey three times.
};

/// True once there is a row; `wants_picture` keeps it too.
bool read_luma_into(jpeg_decompress_struct& codec, std::string_view bytes,
                    const DecodeLimits& limits, Errors& errors, bool wants_picture, LumaWork& work,
                    int* orientation) {
  if (setjmp(errors.back) != 0) return work.suited && codec.output_scanline > 0;
  if (!begin(codec, bytes, limits, errors, orientation)) return false;
  const bool grey = codec.jpeg_color_space == JCS_GRAYSCALE;
  work.suited = (grey || codec.jpeg_color_space == JCS_YCbCr) &&
                codec.image_width >= LumaHash::kSideMin && codec.image_height >= LumaHash::kSideMin;
  if (!work.suited) return false;
  work.in_colour = !grey;
  codec.out_color_space = !wants_picture ? JCS_GRAYSCALE : grey ? JCS_RGB : JCS_YCbCr;
  jpeg_start_decompress(&codec);
  const int width = static_cast<int>(codec.output_width);
  work.hash.emplace(width, static_cast<int>(codec.output_height), *orientation);
  work.line.resize(static_cast<std::size_t>(width));
  if (wants_picture) work.picture = make_picture(width, static_cast<int>(codec.output_height));
  while (codec.output_scanline < codec.output_height) {
    JSAMPROW row = wants_picture ? work.picture.row(static_cast<int>(codec.output_scanline))
                                 : work.line.data();
    jpeg_read_scanlines(&codec, &row, 1);
    if (wants_picture) every_third(row, width, work.line.data());
    work.hash->row(work.line.data());
  }
  jpeg_finish_decompress(&codec);
  return true;
}

std::uint8_t light(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

/// Brightness and colour differences, as JFIF means them, to light.
void to_rgb(Picture& picture) {
  for (std::size_t i = 0; i + 2 < picture.samples.size(); i += 3) {
    std::uint8_t* pixel = picture.samples.data() + i;
    const int luma = (pixel[0] << 16) + (1 << 15), blue = pixel[1] - 128, red = pixel[2] - 128;
    pixel[0] = light((luma + 91881 * red) >> 16);
    pixel[1] = light((luma - 22554 * blue - 46802 * red) >> 16);
    pixel[2] = light((luma + 116130 * blue) >> 16);
  }
}

void set_up(jpeg_decompress_struct& codec, Errors& errors) {
  codec.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = give_up;
  errors.manager.emit_message = count_warning;
  errors.manager.output_message = say_nothing;
  errors.trouble = kBroken;
}
}  // namespace

Read read_jpeg(std::string_view bytes, const DecodeLimits& limits, int* orientation) {
  jpeg_decompress_struct codec{};
  Errors errors{};
  set_up(codec, errors);
  Picture picture;
  std::vector<JSAMPLE> ink;
  const bool done = read_into(codec, bytes, limits, errors, picture, ink, orientation);
  jpeg_destroy_decompress(&codec);
  if (!done) return std::unexpected(errors.trouble);
  return picture;
}

std::optional<LumaLook> look_at_luma(std::string_view bytes, const DecodeLimits& limits,
                                     int raster_side_max) {
  if (kind_of(bytes) != "jpeg") return std::nullopt;
  jpeg_decompress_struct codec{};
  Errors errors{};
  set_up(codec, errors);
  LumaWork work;
  LumaLook look;
  const bool done =
      read_luma_into(codec, bytes, limits, errors, raster_side_max > 0, work, &look.orientation);
  const auto rows = codec.output_scanline;
  jpeg_destroy_decompress(&codec);
  if (!done && !work.suited) return std::nullopt;
  if (!done || !work.hash) {
    look.trouble = errors.trouble;
    return look;
  }
  look.width = static_cast<int>(codec.output_width);
  look.height = static_cast<int>(codec.output_height);
  look.hashes = work.hash->finish();
  if (raster_side_max > 0) {
    if (work.in_colour) {
      // Rows that did not come are black in this form too.
      for (std::size_t i = 3 * rows * static_cast<std::size_t>(look.width);
           i + 2 < work.picture.samples.size(); i += 3)
        work.picture.samples[i + 1] = work.picture.samples[i + 2] = 128;
    }
    look.raster = shrunk(work.picture, raster_side_max);
    if (work.in_colour) to_rgb(look.raster);
    look.raster = upright(std::move(look.raster), look.orientation);
  }
  return look;
}

}  // namespace hotline::media
