// FilmLab: a film to hashes, a contact sheet and a TMK vector, through hotline-film.
//
// A helper a film: it gets the open file as a descriptor that it may only read,
// so an hour of film passes neither a pipe nor our memory. What it answers is
// believed only where it can be true.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "media/preview.h"
#include "media/tmk.h"
#include "media/vpdq.h"

namespace hotline::media {

struct FilmRequest {
  bool hashes = true;
  double every_seconds = 1;  ///< 0: every frame.
  bool key_frames = false;   ///< Screening: faster, and no vPDQ in the sense of the field.
  bool previews = false;     ///< Of a contact sheet; films have no sound here.
  bool tmk = false;
  bool strict = false;               ///< See FilmWish.
  std::uint64_t pixels_max = 0;      ///< See FilmWish; 0 for no end.
  microseconds time{3'600'000'000};  ///< By the clock; the helper is killed then.
};

struct FilmFindings {
  std::string trouble;  ///< As Findings::trouble.
  std::string container, codec;
  int width = 0, height = 0, frame_count = 0;
  double frames_per_second = 0, seconds = 0;
  bool key_frames = false;  ///< Only those were looked at.
  bool whole = false;       ///< False: it ended early, by a break or a limit.
  std::vector<VpdqFrame> frames;
  std::vector<MadePreview> previews;
  std::optional<Tmk> tmk;
};

/// `film` is an open, seekable file and stays the caller's. `progress` gets 0 to 1 now and then.
/// Error `unavailable` if the jail could not be started; a film that kills it is "broken".
[[nodiscard]] Result<FilmFindings> watch_film(const std::string& program, int film,
                                              const FilmRequest& request,
                                              const std::function<void(double)>& progress = {});
/// The same for bytes in memory.
[[nodiscard]] Result<FilmFindings> watch_film_bytes(const std::string& program,
                                                    std::string_view bytes,
                                                    const FilmRequest& request);

}  // namespace hotline::media
