// Portal sources: who has sent how much this hour, so that a flood delays only itself.
//
// In memory, by numbers that mean nothing (http/source.h), forgotten with the
// hour. Nobody is ever refused: what is more than a network's share is filed once
// nothing else waits, and a person among the crowd can come forward by waiting
// ten seconds and pressing a button, which is cheap for one and dear for a flood.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/clock.h"
#include "intake/drop.h"

namespace hotline::web {

class PortalSources {
 public:
  /// So many reports an hour of one source are filed at once.
  static constexpr int kShare = 60;

  /// Counts one more report of the source and says where it belongs.
  [[nodiscard]] intake::Lane lane(std::uint64_t source, Instant now);

 private:
  std::mutex lock_;
  Instant hour_{};
  std::unordered_map<std::uint64_t, int> counts_;
};

}  // namespace hotline::web
