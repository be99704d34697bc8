// What the two halves of the monitor share: looking (monitor_look.cc) and concluding (monitor.cc).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "takedown/liveness_store.h"
#include "takedown/monitor.h"

namespace hotline::takedown {

/// What is known before the look.
struct Monitor::Before {
  Notice notice;
  std::optional<RememberedPage> page;
  std::vector<Fingerprint> removed_pages;
  std::vector<std::string> confirmed;  ///< SHA-256, sorted.
};

/// What the look brought.
struct Monitor::Seen {
  Look look;
  Judgement judgement;
  std::optional<HostingNow> hosting;
  std::string second;  ///< As LivenessCheck::second.
};

/// "http://host:port" of an address, and the host alone.
[[nodiscard]] std::pair<std::string, std::string> origin_of(std::string_view url);

}  // namespace hotline::takedown
