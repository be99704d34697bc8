// Lab: bytes in, digests and server-made previews out, through the media jail.
//
// The real form hands the bytes to hotline-media over a pipe: this program never
// decodes anything. Bytes that are no picture still have their three digests.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "media/preview.h"
#include "media/vpdq.h"

namespace hotline::media {

struct PdqHash {
  std::string hex;  ///< 64 lower-case digits.
  int quality = 0;  ///< 0 to 100; below 50 it is not matched.
};

struct Findings {
  std::string md5, sha1, sha256;      ///< Lower-case hex, of the bytes as they came.
  std::string kind = "other";         ///< As kind_of() says.
  int width = 0, height = 0;          ///< 0 where it is no picture or could not be decoded.
  std::optional<PdqHash> full;        ///< PDQ profile FULL, of the pixels as they are stored.
  std::optional<PdqHash> nn512;       ///< PDQ profile NN512, likewise.
  int orientation = 1;                ///< EXIF, 1 to 8.
  std::optional<PdqHash> full_shown;  ///< FULL of the picture as it is displayed, if it is turned.
  /// FULL of the eight turns, derived as kTurnNames orders them: to search with, not to exchange.
  std::vector<std::string> turns;
  /// Frames of an animation (sampled) or of a film (one a second): what else is in there.
  std::vector<VpdqFrame> frames;
  double seconds = 0;  ///< Of a film, as it says itself.
  bool whole = true;   ///< False if a limit ended the look at an animation or a film early.
  bool key_frames =
      false;        ///< A film too long to decode whole: only its key frames were looked at.
  std::string tmk;  ///< Of a film that was looked at whole: the bytes of a `.tmk`.
  /// Of an animation or a film: of a contact sheet.
  std::vector<MadePreview> previews;
  std::string trouble;  ///< Why there is no picture: "not a picture", "broken", "over the limits".
};

class Lab {
 public:
  virtual ~Lab() = default;
  /// `previews` false: digests and hashes only. Error `unavailable` if the jail could not be
  /// started; a file that kills its jail is a value with trouble "broken".
  virtual Result<Findings> examine(std::string_view bytes, bool previews) = 0;
  /// Many at once, side by side where the jail has room: answers in the order of the questions.
  /// The first error stands for all.
  virtual Result<std::vector<Findings>> examine_all(std::span<const std::string_view> all,
                                                    bool previews);
};

/// `program` is the path of hotline-media; hotline-film, for films, lies beside it. Safe to use
/// from several threads: there is a helper for each processor, up to four.
[[nodiscard]] std::unique_ptr<Lab> open_jailed_lab(const std::string& program,
                                                   microseconds deadline);

}  // namespace hotline::media
