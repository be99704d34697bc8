#include "takedown/lanes.h"

#include <algorithm>
#include <array>

namespace hotline::takedown {

namespace {
constexpr std::array kLanes = {Lane::first, Lane::retry, Lane::normal, Lane::manual, Lane::watch};
// What the host's own words and our doubts ask of a person; a letter that waits is no such thing.
constexpr std::array<std::string_view, 3> kPersonsTroubles = {"changed", "blocked", "dispute"};
}  // namespace

std::string_view name(Lane lane) {
  switch (lane) {
    case Lane::first: return "first";
    case Lane::retry: return "retry";
    case Lane::normal: return "normal";
    case Lane::manual: return "manual";
    case Lane::watch: return "watch";
  }
  return "normal";
}

Lane parse_lane(std::string_view text) {
  for (const auto lane : kLanes)
    if (name(lane) == text) return lane;
  return Lane::normal;
}

Lane lane_of(const Notice& notice, bool pending, const Settings& settings, Instant now) {
  if (notice.state == NoticeState::removed) return Lane::watch;
  if (pending) return Lane::retry;
  if (std::find(kPersonsTroubles.begin(), kPersonsTroubles.end(), notice.trouble) !=
      kPersonsTroubles.end())
    return Lane::manual;
  if (notice.sent_at && now < *notice.sent_at + settings.duration("liveness.first_for"))
    return Lane::first;
  return Lane::normal;
}

microseconds lane_time(Lane lane, const Settings& settings) {
  switch (lane) {
    case Lane::first: return settings.duration("liveness.first_every");
    case Lane::retry: return settings.duration("liveness.confirm_after");
    case Lane::manual: return settings.duration("liveness.manual_every");
    case Lane::normal:
    case Lane::watch: return settings.duration("liveness.every");
  }
  return settings.duration("liveness.every");
}

}  // namespace hotline::takedown
