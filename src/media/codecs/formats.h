// One reader a format, for decode.cc. Each gives pixels or the word for the trouble.
#pragma once

#include <expected>
#include <string_view>

#include "media/codecs/decode.h"

namespace hotline::media {

/// The words of Decoded::trouble.
inline constexpr const char* kBroken = "broken";
inline constexpr const char* kOverLimits = "over the limits";

using Read = std::expected<Picture, const char*>;

[[nodiscard]] inline bool within(const DecodeLimits& limits, std::int64_t width,
                                 std::int64_t height) {
  return width <= limits.side_max && height <= limits.side_max &&
         static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) <=
             limits.pixels_max;
}

/// `orientation` stays as it is where the file names none.
[[nodiscard]] Read read_jpeg(std::string_view bytes, const DecodeLimits& limits, int* orientation);
[[nodiscard]] Read read_png(std::string_view bytes, const DecodeLimits& limits);
[[nodiscard]] Read read_gif(std::string_view bytes, const DecodeLimits& limits);
[[nodiscard]] Read read_webp(std::string_view bytes, const DecodeLimits& limits);
[[nodiscard]] Read read_bmp(std::string_view bytes, const DecodeLimits& limits);
[[nodiscard]] Read read_tiff(std::string_view bytes, const DecodeLimits& limits);
/// HEIC and AVIF, with the turns that the container itself asks for: they are no metadata there.
[[nodiscard]] Read read_heif(std::string_view bytes, const DecodeLimits& limits);

/// The orientation in an EXIF block ("Exif\0\0" and a TIFF header), or 1.
[[nodiscard]] int exif_orientation(std::string_view block);

}  // namespace hotline::media
