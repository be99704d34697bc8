// Proxy talk: asks a proxy of the hotline's own (an exit) for a connection to somewhere.
//
// The proxy is chosen by the hotline, but it may be far away: its answers are short or refused.
#pragma once

#include <chrono>
#include <string>

#include "net/exits.h"

namespace hotline::fetch {

struct Destination {
  std::string name;   ///< Told to the proxy if the exit goes by name.
  url::IpAddress ip;  ///< Told to it otherwise.
  int port = 0;
};

/// On a connection to the proxy that carries nothing yet; afterwards it carries what the
/// destination says, from its first byte on. `isolation` is a word of this look: Tor builds another
/// circuit for each such word. Error `unavailable` if the proxy refuses or is silent.
[[nodiscard]] Done ask_proxy(int fd, const net::Exit& exit, const Destination& to,
                             const std::string& isolation,
                             std::chrono::steady_clock::time_point until);

}  // namespace hotline::fetch
