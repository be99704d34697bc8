#include "assessment/reach.h"

#include <algorithm>

namespace hotline::assessment {

Reach reach_of(const ReachSignals& signals) {
  struct Said {
    int weight;
    std::string words;
  };
  std::vector<Said> said;
  if (signals.reporter_sees_danger)
    said.push_back({100, "Whoever reported it says that a child may be at risk now."});
  const int unseen = std::max(0, signals.items - signals.known - signals.near);
  if (unseen > 0 && signals.known == 0 && signals.near == 0)
    said.push_back({40, "Nothing on the page is like anything known: it may be new."});
  else if (unseen > 0)
    said.push_back({20, std::to_string(unseen) + " of " + std::to_string(signals.items) +
                            " items are like nothing known."});
  else if (signals.items > 0)
    said.push_back({-20, "Everything on the page was graded before: it has been copied."});
  if (signals.place_confidence > 0)
    said.push_back({5 + static_cast<int>(signals.place_confidence) / 5,
                    "A colleague supposes a country, " + std::to_string(signals.place_confidence) +
                        " percent sure."});
  if (signals.clues > 0)
    said.push_back(
        {10 + std::min(signals.clues, 5), std::to_string(signals.clues) + " clues were noted."});
  if (signals.hours_since_seen < 24) said.push_back({8, "We first saw it less than a day ago."});
  if (signals.returned) said.push_back({-10, "It was removed before and is back."});
  if (said.empty()) said.push_back({0, "Nothing speaks for or against: oldest first."});
  std::stable_sort(said.begin(), said.end(), [](const Said& a, const Said& b) {
    return std::abs(a.weight) > std::abs(b.weight);
  });
  Reach reach;
  for (auto& one : said) {
    reach.order += one.weight;
    reach.reasons.push_back(std::move(one.words));
  }
  return reach;
}

}  // namespace hotline::assessment
