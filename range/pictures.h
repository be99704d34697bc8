// Pictures: pleasant, clearly neutral ones, drawn from a number.
//
// Landscapes of layered hills under a sky, waves, mosaics, rings, stripes and
// leaves of plain shapes. The same seed gives the same samples on every machine;
// different seeds look different to a person and to PDQ. They stand in the range
// for what an analyst would confirm; nothing here shows a person.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "media/picture.h"

namespace hotline::range {

[[nodiscard]] media::Picture draw(std::uint64_t seed, int width = 400, int height = 300);

/// The forms that a copy can have: "original" is what a site publishes first.
inline constexpr std::array<std::string_view, 6> kForms = {"original",   "smaller", "larger",
                                                           "compressed", "png",     "webp"};
struct PictureFile {
  std::string bytes;
  std::string ending;  ///< "jpg", "png", "webp"
};
/// Error `invalid` for a form that is not in kForms, nor "film" or "film_copy" (films.h; "avi").
[[nodiscard]] Result<PictureFile> make_file(std::uint64_t seed, std::string_view form);

/// Area average for smaller, bilinear for larger.
[[nodiscard]] media::Picture resize(const media::Picture& from, int width, int height);

}  // namespace hotline::range
