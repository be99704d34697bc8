#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "media/codecs/formats.h"

namespace hotline::media {

namespace {
struct Source {
  std::string_view left;
  const char* trouble = kBroken;
};

void give(png_structp png, png_bytep to, size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (source->left.size() < count) png_error(png, "end");
  std::memcpy(to, source->left.data(), count);
  source->left.remove_prefix(count);
}

[[noreturn]] void give_up(png_structp png, png_const_charp) {
  png_longjmp(png, 1);
}
void say_nothing(png_structp, png_const_charp) {}

/// No object with a destructor lives here: libpng reports errors by longjmp. True once rows came;
/// those that a broken file does not give stay black.
bool read_into(png_structp png, png_infop about, Source& source, const DecodeLimits& limits,
               Picture& picture) {
  volatile bool some = false;
  if (setjmp(png_jmpbuf(png)) != 0) return some;
  png_set_read_fn(png, &source, give);
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // Ours are asked below.
  png_set_chunk_cache_max(png, 64);
  png_set_chunk_malloc_max(png, 4u << 20);
  png_read_info(png, about);
  const auto width = png_get_image_width(png, about), height = png_get_image_height(png, about);
  if (!within(limits, width, height)) {
    source.trouble = kOverLimits;
    return false;
  }
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, about);
  if (png_get_rowbytes(png, about) != 3 * static_cast<std::size_t>(width)) return false;
  picture = make_picture(static_cast<int>(width), static_cast<int>(height));
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < picture.height; ++y) {
      png_read_row(png, picture.row(y), nullptr);
      some = true;
    }
  }
  return true;
}
}  // namespace

Read read_png(std::string_view bytes, const DecodeLimits& limits) {
  Source source{bytes};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, give_up, say_nothing);
  if (png == nullptr) return std::unexpected(kBroken);
  png_infop about = png_create_info_struct(png);
  Picture picture;
  const bool done = about != nullptr && read_into(png, about, source, limits, picture);
  png_destroy_read_struct(&png, &about, nullptr);
  if (!done) return std::unexpected(source.trouble);
  return picture;
}

}  // namespace hotline::media
