#include "casework/casework.h"

#include <array>

namespace hotline::casework {

namespace {
constexpr std::array<std::pair<SightingOutcome, std::string_view>, 4> kOutcomes = {{
    {SightingOutcome::seen, "seen"},
    {SightingOutcome::gone, "gone"},
    {SightingOutcome::unreachable, "unreachable"},
    {SightingOutcome::refused, "refused"},
}};
}  // namespace

std::string_view name(SightingOutcome outcome) {
  return kOutcomes[static_cast<std::size_t>(outcome)].second;
}

Result<SightingOutcome> parse_sighting_outcome(std::string_view text) {
  for (const auto& [outcome, spelled] : kOutcomes)
    if (spelled == text) return outcome;
  return fail(ErrorKind::corrupt, "A sighting has an unknown outcome.");
}

}  // namespace hotline::casework
