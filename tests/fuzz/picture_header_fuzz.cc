// links: media_codecs media sandbox base
// Pictures that lie, through every decoder that hotline-media has, with limits as small as the
// fuzzer's patience. Seeds: tests/media/vectors/pictures.
#include <cstdint>
#include <cstdlib>

#include "media/codecs/decode.h"
#include "media/pdq.h"
#include "media/preview.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::media;
  const DecodeLimits limits{.pixels_max = 100'000, .side_max = 5'000};
  const Decoded decoded =
      decode(std::string_view(reinterpret_cast<const char*>(bytes), size), limits);
  const Picture& picture = decoded.picture;
  const auto area =
      static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height);
  if (area > limits.pixels_max || picture.samples.size() != 3 * area) std::abort();
  if (picture.empty() == decoded.trouble.empty()) std::abort();
  if (picture.empty() || area > 20'000) return 0;  // Larger ones take the same way, slower.
  const Pdq pdq = pdq_nn512(picture);
  if (pdq.quality < 0 || pdq.quality > 100) std::abort();
  const Picture turned = upright(preview(picture, kPreviewLevels[0]), decoded.orientation);
  if (turned.empty() || turned.width > 160 || turned.height > 160) std::abort();
  return 0;
}
