// The plainest server there is: one thread a connection, and whatever the handler does with it.
// For what http::Server is too polite for: hosts that say nothing, and WHOIS.
#pragma once

#include <functional>
#include <string>

namespace hotline::range {

/// The descriptor of a socket that listens there; -1 if it cannot.
[[nodiscard]] int listen_on(const std::string& address, int port);
/// Takes connections for ever. `handle` gets each in a thread of its own; it is closed after.
void serve_for_ever(int listener, const std::function<void(int connection)>& handle);
/// Up to the first blank line (HTTP) or line break (WHOIS); empty if nothing came in ten seconds.
[[nodiscard]] std::string read_until(int connection, const std::string& end);
void send_whole(int connection, const std::string& bytes);

}  // namespace hotline::range
