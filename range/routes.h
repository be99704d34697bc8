// The range's routing table as a route collector would dump it (RFC 6396).
#pragma once

#include <string>

#include "range/world.h"

namespace hotline::range {

/// TABLE_DUMP_V2 with three peers; every network is announced by its own system.
[[nodiscard]] std::string mrt_dump(const World& world);

}  // namespace hotline::range
