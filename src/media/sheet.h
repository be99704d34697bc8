// Sheet: a film or an animation at a glance, as one picture of up to twelve frames.
//
// Fed with frames while nobody knows how many will come: it keeps every first,
// then every second, then every fourth … as a small tile, so memory stays the
// same for a second and for an hour, and the tiles are evenly spread.
#pragma once

#include <cstdint>
#include <vector>

#include "media/picture.h"

namespace hotline::media {

class Sheet {
 public:
  /// False if the next frame would be dropped: call skip() then, and spare the conversion.
  [[nodiscard]] bool wants_next() const { return seen_ % step_ == 0; }
  void skip() { ++seen_; }
  /// `orientation` as upright() takes it.
  void add(const Picture& frame, int orientation);

  [[nodiscard]] std::size_t tiles() const { return tiles_.size(); }
  /// At most 956 a side, on black, in rows of four; one tile alone as it is. Empty without frames.
  [[nodiscard]] Picture finish() const;

 private:
  std::int64_t seen_ = 0, step_ = 1;
  std::vector<Picture> tiles_;
};

}  // namespace hotline::media
