// Lab: bytes in, digests and server-made previews out, through the media jail.
//
// The real form hands the bytes to hotline-media over a pipe: this program never
// decodes anything. Bytes that are no picture still have their three digests.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hotline::media {

struct PdqHash {
  std::string hex;  ///< 64 lower-case digits.
  int quality = 0;  ///< 0 to 100; below 50 it is not matched.
};

struct MadePreview {
  int level = 1;     ///< Of the reveal ladder, see casework.h.
  std::string jpeg;  ///< Encoded by us from pixels; never a byte of the original.
};

struct Findings {
  std::string md5, sha1, sha256;  ///< Lower-case hex, of the bytes as they came.
  std::string kind = "other";     ///< jpeg, png, gif, webp, bmp, tiff, video, other
  int width = 0, height = 0;      ///< 0 where it is no picture or could not be decoded.
  std::optional<PdqHash> full;    ///< PDQ profile FULL.
  std::optional<PdqHash> nn512;   ///< PDQ profile NN512.
  std::vector<MadePreview> previews;
  std::string trouble;  ///< Why there is no picture: "not a picture", "broken", "over the limits".
};

class Lab {
 public:
  virtual ~Lab() = default;
  /// `previews` false: digests and hashes only. Error `unavailable` if the jail could not be
  /// started; a file that kills its jail is a value with trouble "broken".
  virtual Result<Findings> examine(std::string_view bytes, bool previews) = 0;
};

/// `program` is the path of hotline-media. Safe to use from several threads.
[[nodiscard]] std::unique_ptr<Lab> open_jailed_lab(const std::string& program,
                                                   microseconds deadline);

}  // namespace hotline::media
