// Film: a stranger's video to frames, through libav. As dangerous as decode.h.
//
// Only inside the jail of hotline-film, and in tests on our own films. The
// demuxer is chosen by the file's first bytes and the decoders stand on a list:
// nothing is guessed, no other file is opened, sound is never decoded. One
// thread, one frame at a time: memory does not grow with the length.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "media/picture.h"
#include "media/tmk.h"
#include "media/vpdq.h"

namespace hotline::media {

struct FilmSource {
  /// Fills `to` with up to `count` bytes from `at` on; how many, 0 at the end, below 0 on trouble.
  std::function<std::int64_t(std::uint8_t* to, std::size_t count, std::uint64_t at)> read;
  std::uint64_t size = 0;
};

/// Over bytes that stay where they are while it is used.
[[nodiscard]] FilmSource source_of(std::string_view bytes);

struct FilmWish {
  bool hashes = true;
  double every_seconds = 1;  ///< 0: every frame. As vPDQ counts: every int(seconds * fps)th.
  bool key_frames = false;   ///< Only those: a screening, not a vPDQ.
  bool sheet = false;
  bool tmk = false;
  /// Hashes from colours, as the public tools make them: equal bit for bit, and far slower.
  /// Without, from the film's own brightness: within a few bits.
  bool strict = false;
  /// Pixels to decode at most, 0 for no end. A film that would need more is screened by its key
  /// frames; what even then is too long ends early.
  std::uint64_t pixels_max = 0;
  std::uint64_t frame_pixels_max = 40'000'000;
};

struct FilmEnd {
  std::string trouble;  ///< "broken", "over the limits", or empty.
  std::string container, codec;
  int width = 0, height = 0;
  double frames_per_second = 0;
  double seconds = 0;       ///< As the container says; 0 if it does not.
  int frames = 0;           ///< Decoded.
  bool key_frames = false;  ///< Whether it was screened only.
  bool whole = false;       ///< False if a limit or a break in the file ended it.
  std::optional<Tmk> tmk;
  Picture sheet;
};

/// `take` gets each hash and how much of the film is done, 0 to 1 (0 if nobody knows).
[[nodiscard]] FilmEnd watch(const FilmSource& source, const FilmWish& wish,
                            const std::function<void(const VpdqFrame&, double)>& take);

/// What libraries look up once: called before the walls are up.
void warm_up_films();

}  // namespace hotline::media
