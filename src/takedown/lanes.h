// Lanes: how soon an address is looked at again, and why.
//
// A lane is chosen anew after every look, from what was seen and how old the request
// is. Its target is a promise: a removal is noticed within the lane's time plus the
// confirming looks. Times are settings (liveness.*); the choice stands here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/settings.h"
#include "takedown/liveness.h"
#include "takedown/notice.h"

namespace hotline::takedown {

/// Spelled as stored.
enum class Lane : std::uint8_t {
  first,   ///< The first day after the host was told: most removals happen here.
  retry,   ///< Half an answer: a first `gone`, or trouble of our own.
  normal,  ///< Everything else that is open.
  manual,  ///< A person must look; we go on, calmly.
  watch,   ///< After a removal.
};
[[nodiscard]] std::string_view name(Lane lane);
/// An unknown word is `normal`: old rows have none.
[[nodiscard]] Lane parse_lane(std::string_view text);

/// `pending`: the look said gone, or could say nothing because of us.
[[nodiscard]] Lane lane_of(const Notice& notice, bool pending, const Settings& settings,
                           Instant now);
/// The time between two looks of an open notice in this lane.
[[nodiscard]] microseconds lane_time(Lane lane, const Settings& settings);

}  // namespace hotline::takedown
