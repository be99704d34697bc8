// Forty-five ways in which hosts behave, each with what is true about it at any hour.
//
// Neutral pages and made-up bytes. The truth test compares what the hotline says with
// what is so: present() is what an ordinary visitor finds, not what we are shown.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/world.h"

namespace hotline::scenarios {

struct HostHabit {
  std::string name;  ///< Also its host: "<name>.example".
  Behaviour answers;
  std::function<bool(double hour)> present;  ///< Whether the item can be had by anybody.
  double within = 1.8;  ///< Hours from its end to our `removed`: the lane and the second look.
  double return_within = 25;  ///< Hours from its return to our noticing.
  bool person = false;        ///< Only a person can tell: then it must be asked, not closed.
};

[[nodiscard]] std::vector<HostHabit> host_habits();
[[nodiscard]] std::string habit_address(const HostHabit& habit);

}  // namespace hotline::scenarios
