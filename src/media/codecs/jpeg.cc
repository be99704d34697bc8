#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include "media/codecs/formats.h"

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

/// No object with a destructor lives here: libjpeg reports errors by longjmp. True once the
/// picture has its size; rows that a broken file does not give stay black.
bool read_into(jpeg_decompress_struct& codec, std::string_view bytes, const DecodeLimits& limits,
               Errors& errors, Picture& picture, std::vector<JSAMPLE>& ink, int* orientation) {
  codec.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = give_up;
  errors.manager.emit_message = count_warning;
  errors.manager.output_message = say_nothing;
  if (setjmp(errors.back) != 0) return codec.output_scanline > 0 && !picture.empty();
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
}  // namespace

Read read_jpeg(std::string_view bytes, const DecodeLimits& limits, int* orientation) {
  jpeg_decompress_struct codec{};
  Errors errors{};
  errors.trouble = kBroken;
  Picture picture;
  std::vector<JSAMPLE> ink;
  const bool done = read_into(codec, bytes, limits, errors, picture, ink, orientation);
  jpeg_destroy_decompress(&codec);
  if (!done) return std::unexpected(errors.trouble);
  return picture;
}

}  // namespace hotline::media
