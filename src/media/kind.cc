#include "media/kind.h"

#include <array>

namespace hotline::media {

namespace {
using namespace std::string_view_literals;

/// ISO base media: the brand tells films from pictures (HEIF, AVIF), which we do not decode.
bool is_film_brand(std::string_view brand) {
  constexpr std::array kStills = {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "mif1"sv,
                                  "msf1"sv, "avif"sv, "avis"sv, "crx "sv};
  for (const auto still : kStills) {
    if (brand == still) return false;
  }
  return true;
}
}  // namespace

std::string_view kind_of(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "png";
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return "gif";
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return "webp";
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)) return "tiff";
  if (bytes.starts_with("BM"sv) && bytes.size() > 26) return "bmp";
  if (bytes.size() >= 12 && bytes.substr(4, 4) == "ftyp"sv)
    return is_film_brand(bytes.substr(8, 4)) ? "video" : "other";
  if (bytes.starts_with("\x1a\x45\xdf\xa3"sv) || bytes.starts_with("FLV\x01"sv) ||
      bytes.starts_with("OggS"sv) || bytes.starts_with("\0\0\1\xba"sv) ||
      bytes.starts_with("\0\0\1\xb3"sv))
    return "video";
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("AVI "sv)) return "video";
  return "other";
}

}  // namespace hotline::media
