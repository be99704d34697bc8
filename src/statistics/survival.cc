#include "statistics/survival.h"

#include <algorithm>
#include <cmath>

namespace hotline::statistics {

Survival::Survival(std::vector<Spell> spells) : size_(static_cast<std::int64_t>(spells.size())) {
  std::sort(spells.begin(), spells.end(),
            [](const Spell& a, const Spell& b) { return a.time < b.time; });
  if (!spells.empty()) watched_ = spells.back().time;
  double up = 1;
  std::size_t at_risk = spells.size();
  for (std::size_t i = 0; i < spells.size();) {
    const auto time = spells[i].time;
    std::size_t gone = 0, leaving = 0;
    for (; i < spells.size() && spells[i].time == time; ++i) {
      gone += spells[i].gone ? 1 : 0;
      ++leaving;
    }
    if (gone > 0) {
      up =
          gone == at_risk ? 0 : up * (1 - static_cast<double>(gone) / static_cast<double>(at_risk));
      steps_.push_back({time, up});
    }
    at_risk -= leaving;
  }
}

std::optional<std::int64_t> Survival::percent_up(std::chrono::seconds time) const {
  if (size_ == 0) return std::nullopt;
  double up = 1;
  for (const auto& step : steps_)
    if (step.time <= time) up = step.up;
  if (time > watched_ && up > 0) return std::nullopt;
  return std::int64_t{std::lround(up * 100)};
}

std::optional<std::chrono::seconds> Survival::median() const {
  // A hair of room: products of fractions that are one half on paper.
  for (const auto& step : steps_)
    if (step.up <= 0.5 + 1e-12) return step.time;
  return std::nullopt;
}

}  // namespace hotline::statistics
