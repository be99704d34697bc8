// links: media_codecs media sandbox base
// Our own small readers of media bytes: the kind of a file, EXIF, the blocks of a GIF, BMP, PDQ's
// text, and .tmk files (the input lies over a good one, so that the size is right).
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "media/codecs/animation.h"
#include "media/codecs/formats.h"
#include "media/kind.h"
#include "media/tmk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::media;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (kind_of(input).empty()) std::abort();
  const int orientation = exif_orientation(input);
  if (orientation < 1 || orientation > 8) std::abort();
  if (count_gif_frames(input) > static_cast<int>(size)) std::abort();
  const DecodeLimits limits{.pixels_max = 50'000, .side_max = 5'000};
  if (const auto picture = read_bmp(input, limits); picture && picture->empty()) std::abort();
  if (const auto bits = parse_pdq(input); bits && text(*bits).size() != input.size()) std::abort();
  // A whole vector costs a thousand times what the rest does.
  if (size < 4 || size > 256 || bytes[0] % 64 != 0) return 0;
  static const std::string good = tmk_bytes(TmkMaker().finish());
  std::string file = good;
  std::memcpy(file.data() + (bytes[1] % 2 == 0 ? 0 : bytes[2] * 1024), bytes + 3, size - 3);
  if (const auto tmk = parse_tmk(file); tmk && tmk_bytes(*tmk) != file) std::abort();
  return 0;
}
