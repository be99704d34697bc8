// Probe: whether a server takes connections. Loopback and the range only.
#pragma once

#include <string>

namespace hotline::range {

[[nodiscard]] bool takes_connections(const std::string& ip, int port);

}  // namespace hotline::range
