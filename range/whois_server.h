// The range's WHOIS server (RFC 3912): what Debian's whois client would be told by a registry.
#pragma once

#include <string>

#include "range/world.h"

namespace hotline::range {

/// For an address, "AS64500" or a name; "%ERROR:101" where nobody is known.
[[nodiscard]] std::string whois_answer(const World& world, const std::string& question);
/// Never comes back.
[[noreturn]] void serve_whois(const World& world, const std::string& address);

}  // namespace hotline::range
