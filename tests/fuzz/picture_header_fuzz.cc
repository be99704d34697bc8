// links: media_codecs media sandbox base
// Pictures that lie, through every decoder that hotline-media has, with limits as small as the
// fuzzer's patience. Seeds: pictures of 16 to 32 pixels a side, since a decoder's bugs need no more
// and each run is then some 0.1 ms. HOTLINE_FUZZ_KIND=tiff keeps to one: the first bytes of every
// input are made those of that kind. Run with -max_len=4096.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "media/codecs/animation.h"
#include "media/codecs/decode.h"
#include "media/codecs/luma_look.h"
#include "media/pdq.h"
#include "media/preview.h"

namespace {
using namespace std::string_view_literals;
struct Front {
  std::string_view kind, bytes;
};
constexpr Front kFronts[] = {{"jpeg", "\xff\xd8\xff"sv},
                             {"png", "\x89PNG\r\n\x1a\n"sv},
                             {"gif", "GIF89a"sv},
                             {"webp", "RIFF\x00\x10\x00\x00WEBP"sv},
                             {"bmp", "BM"sv},
                             {"tiff", "II*\0"sv},
                             {"heic",
                              "\0\0\0\x18"
                              "ftypheic\0\0\0\0mif1heic"sv},
                             {"avif",
                              "\0\0\0\x18"
                              "ftypavif\0\0\0\0mif1avif"sv}};

void put_front(std::string& input) {
  static const char* wanted = std::getenv("HOTLINE_FUZZ_KIND");
  for (const auto& front : kFronts) {
    if (wanted != nullptr && front.kind == wanted && input.size() >= front.bytes.size())
      input.replace(0, front.bytes.size(), front.bytes);
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::media;
  std::string input(reinterpret_cast<const char*>(bytes), size);
  put_front(input);
  const bool jpeg = input.starts_with("\xff\xd8\xff"sv);
  const DecodeLimits limits{.pixels_max = jpeg ? 18'000U : 4'096U, .side_max = 1'024};
  if (jpeg && size % 8 == 0) {
    const auto look = look_at_luma(input, limits, size % 16 == 0 ? 0 : 32);
    if (look && (look->raster.width > 32 || look->raster.height > 32)) std::abort();
  }
  const Decoded decoded = decode(input, limits);
  const Animation animation = sample_frames(input, limits, 20'000);
  if (animation.frames.size() > kSampledMax || animation.sheet.width > 960) std::abort();
  const Picture& picture = decoded.picture;
  const auto area =
      static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height);
  if (area > limits.pixels_max || picture.samples.size() != 3 * area) std::abort();
  if (picture.empty() == decoded.trouble.empty()) std::abort();
  // What follows is ours, costs more than the decoder, and has a target of its own.
  if (picture.empty() || size % 32 != 0) return 0;
  const Pdq pdq = pdq_nn512(picture);
  if (pdq.quality < 0 || pdq.quality > 100) std::abort();
  const Picture turned = upright(preview(picture, kPreviewLevels[0]), decoded.orientation);
  if (turned.empty() || turned.width > 160 || turned.height > 160) std::abort();
  return 0;
}
