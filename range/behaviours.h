// Forty-six ways in which hosts behave, each with what is true about it at any hour.
//
// One table for two worlds: the scenarios ask it directly, over weeks of a fake clock,
// and the live range answers HTTP from it (habit_server.h), where an hour passes in
// seconds. Neutral pages and made-up bytes. The truth test compares what the hotline
// says with what is so: present() is what an ordinary visitor finds, not what we are
// shown.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "net/fetcher.h"

namespace hotline::range {

/// What one host is asked.
struct Asked {
  const net::FetchRequest& request;
  double hour = 0;           ///< Since the story began.
  bool from_second = false;  ///< By the second vantage.
  int look = 0;              ///< How often this address was asked before.
};
using Behaviour = std::function<net::Capture(const Asked&)>;

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

}  // namespace hotline::range
