// Firewall: the rules of net/egress.h once more, for the kernel.
//
// The checks of hotline-fetch are code, and code may be wrong. On a machine where
// root loads these rules (nftables), packets of the user that hotline-fetch runs
// as reach public web servers, the resolver and the hotline's own exits, and
// nothing else. Made from the same tables, so that they cannot say different things.
#pragma once

#include <string>

#include "base/settings.h"

namespace hotline::net {

struct FirewallWish {
  std::string user = "nobody";         ///< Whose packets are checked.
  std::vector<std::string> resolvers;  ///< Numbers; used where net.resolver is empty.
};

/// For `nft -f -`. Error `invalid` names the setting that is wrong.
[[nodiscard]] Result<std::string> firewall_rules(const Settings& settings,
                                                 const FirewallWish& wish);

}  // namespace hotline::net
