#include "media/kind.h"

#include <algorithm>
#include <array>

namespace hotline::media {

namespace {
using namespace std::string_view_literals;

/// ISO base media: brands tell films from pictures (HEIF with HEVC or AV1 inside). The major brand
/// of a picture may be a general one; then the first known one among the compatible counts.
std::string_view kind_by_brand(std::string_view bytes) {
  constexpr std::array kHevc = {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "hevx"sv};
  constexpr std::array kAv1 = {"avif"sv, "avis"sv};
  constexpr std::array kGeneral = {"mif1"sv, "msf1"sv, "miaf"sv};
  const auto is = [](std::string_view brand, const auto& all) {
    return std::find(all.begin(), all.end(), brand) != all.end();
  };
  const std::string_view major = bytes.substr(8, 4);
  if (major == "crx "sv) return "other";
  if (is(major, kHevc)) return "heic";
  if (is(major, kAv1)) return "avif";
  if (!is(major, kGeneral)) return "video";
  for (std::size_t at = 16; at + 4 <= std::min<std::size_t>(bytes.size(), 80); at += 4) {
    if (is(bytes.substr(at, 4), kHevc)) return "heic";
    if (is(bytes.substr(at, 4), kAv1)) return "avif";
  }
  return "heic";
}

bool is_svg(std::string_view bytes) {
  bytes = bytes.substr(0, 1024);
  if (bytes.starts_with("\xef\xbb\xbf"sv)) bytes.remove_prefix(3);
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  bytes.remove_prefix(first);
  return bytes.starts_with("<svg"sv) ||
         ((bytes.starts_with("<?xml"sv) || bytes.starts_with("<!"sv)) &&
          bytes.find("<svg"sv) != std::string_view::npos);
}

/// QuickTime as old cameras write it, without naming itself.
bool is_old_quicktime(std::string_view bytes) {
  if (bytes.size() < 12) return false;
  const auto box = bytes.substr(4, 4);
  return box == "moov"sv || box == "mdat"sv || box == "wide"sv;
}
}  // namespace

std::string_view kind_of(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "png";
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return "gif";
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return "webp";
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) ||
      bytes.starts_with("II+\0"sv) || bytes.starts_with("MM\0+"sv))
    return "tiff";
  if (bytes.starts_with("BM"sv) && bytes.size() > 26) return "bmp";
  if (bytes.size() >= 12 && bytes.substr(4, 4) == "ftyp"sv) return kind_by_brand(bytes);
  if (is_old_quicktime(bytes)) return "video";
  if (bytes.starts_with("\x1a\x45\xdf\xa3"sv) || bytes.starts_with("FLV\x01"sv) ||
      bytes.starts_with("OggS"sv) || bytes.starts_with("\0\0\1\xba"sv) ||
      bytes.starts_with("\0\0\1\xb3"sv))
    return "video";
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("AVI "sv)) return "video";
  if (bytes.size() > 188 && bytes[0] == 0x47 && bytes[188] == 0x47) return "video";  // MPEG-TS
  if (is_svg(bytes)) return "svg";
  return "other";
}

}  // namespace hotline::media
