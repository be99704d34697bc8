#include "media/codecs/decode.h"

#include <utility>

#include "media/codecs/formats.h"
#include "media/kind.h"

namespace hotline::media {

Decoded decode(std::string_view bytes, const DecodeLimits& limits) {
  Decoded decoded{.kind = std::string(kind_of(bytes))};
  Read read = std::unexpected("not a picture");
  if (decoded.kind == "jpeg") read = read_jpeg(bytes, limits, &decoded.orientation);
  if (decoded.kind == "png") read = read_png(bytes, limits);
  if (decoded.kind == "gif") read = read_gif(bytes, limits);
  if (decoded.kind == "webp") read = read_webp(bytes, limits);
  if (decoded.kind == "bmp") read = read_bmp(bytes, limits);
  if (decoded.kind == "tiff") read = read_tiff(bytes, limits);
  if (decoded.kind == "heic" || decoded.kind == "avif") read = read_heif(bytes, limits);
  if (read) {
    decoded.picture = *std::move(read);
  } else {
    decoded.trouble = read.error();
  }
  return decoded;
}

}  // namespace hotline::media
