// Reach: in which order new cases are looked at so that a child who can still be reached is.
//
// What nobody anywhere has seen is likelier to show somebody who is not safe yet than
// what has been copied for years; a clue or a supposed place makes finding them
// likelier. Each signal has a weight and a sentence, and the order is their sum: a
// person can read why a case stands where it stands. The weights are an order, not a
// probability: no hotline has published outcomes to calibrate them with, so no number
// is shown. Nothing is ever closed or left out by it; it orders, and only first looks:
// what graders said would tell a second reader what the first one thought.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotline::assessment {

struct ReachSignals {
  bool reporter_sees_danger = false;  ///< The report says that a child may be at risk now.
  int items = 0;                      ///< On the page, without page furniture.
  int known = 0;                      ///< Of them: the same as something graded before.
  int near = 0;                       ///< Of them: like something graded before.
  int clues = 0;                      ///< Regions and research noted by people.
  std::int64_t place_confidence = 0;  ///< Of the surest supposed place; 0 without one.
  std::int64_t hours_since_seen = 0;  ///< Since we first saw it.
  bool returned = false;              ///< Was removed before: copied, so seldom new.
};

struct Reach {
  int order = 0;                     ///< Higher is looked at earlier.
  std::vector<std::string> reasons;  ///< Sentences, strongest first; never empty.
};

[[nodiscard]] Reach reach_of(const ReachSignals& signals);

}  // namespace hotline::assessment
