#include "media/codecs/animation.h"

#include "media/kind.h"

namespace hotline::media {

void FrameSampler::see(int frame, double seconds, const Picture& shown) {
  const Pdq pdq = pdq_full(shown);
  into_.frames.push_back({frame, pdq.quality, pdq.bits, seconds});
  sheet_.add(shown, 1);
}

Animation sample_frames(std::string_view bytes, const DecodeLimits& limits,
                        std::uint64_t pixels_max) {
  Animation animation;
  const auto kind = kind_of(bytes);
  if (kind == "gif") sample_gif(bytes, limits, pixels_max, animation);
  if (kind == "webp") sample_webp(bytes, limits, pixels_max, animation);
  return animation;
}

int count_gif_frames(std::string_view bytes) {
  const auto at = [&](std::size_t place) -> unsigned {
    return place < bytes.size() ? static_cast<unsigned char>(bytes[place]) : 0U;
  };
  const auto table = [&](std::size_t flags) -> std::size_t {
    return (at(flags) & 0x80) != 0 ? std::size_t{3} << ((at(flags) & 7) + 1) : 0;
  };
  const auto behind_blocks = [&](std::size_t place) {
    while (place < bytes.size() && at(place) != 0) place += at(place) + 1;
    return place + 1;
  };
  if (bytes.size() < 13) return 0;
  int count = 0;
  std::size_t place = 13 + table(10);
  while (place < bytes.size()) {
    if (at(place) == 0x21) {
      place = behind_blocks(place + 2);
    } else if (at(place) == 0x2c) {
      ++count;
      place = behind_blocks(place + 10 + table(place + 9) + 1);
    } else {
      break;
    }
  }
  return count;
}

}  // namespace hotline::media
