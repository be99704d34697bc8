// links: media_film media sandbox base
// Films that lie, through libav, with a small budget. Seeds: films of two or three frames of 16 to
// 64 pixels a side, one of each container and codec. Run with -max_len=8192.
#include <cstdint>
#include <cstdlib>

#include "media/film/film.h"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  hotline::media::warm_up_films();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::media;
  const FilmWish wish{.hashes = size % 16 == 0,
                      .sheet = size % 16 == 1,
                      .tmk = size % 16 == 2,
                      .pixels_max = 20'000,
                      .frame_pixels_max = 10'000};
  int taken = 0;
  const auto end = watch(source_of({reinterpret_cast<const char*>(bytes), size}), wish,
                         [&](const VpdqFrame& frame, double part) {
                           if (frame.quality > 100 || part < 0 || part > 1) std::abort();
                           ++taken;
                         });
  if (end.trouble.empty() != (end.frames > 0) || taken > end.frames) std::abort();
  if (end.sheet.width > 960 || end.sheet.height > 960) std::abort();
  return 0;
}
