// Walls: what a process of a look gives up before it reads a stranger's first byte.
#pragma once

#include "base/result.h"
#include "base/settings.h"

namespace hotline::fetch {

struct Opening {
  bool network = false;  ///< Only the gate. All others get a network without a route.
};

/// No rights, no capability, no files but what DNS and TLS read; without `network` also an empty
/// network namespace where the kernel permits, and no TCP where it has Landlock ABI 4.
Done shut_in(const Opening& opening);

/// Settings under which every number and port passes. For a layer that does not stand.
void open_everything(Settings& settings);

}  // namespace hotline::fetch
