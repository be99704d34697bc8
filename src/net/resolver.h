// Resolver: what the DNS says, with the time and the server that said it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::net {

struct DnsAnswer {
  std::string name;                 ///< What was asked.
  std::string type;                 ///< A, AAAA, CNAME, NS, MX
  std::string canonical_name;       ///< Where the CNAME chain ended; empty if there was none.
  std::vector<std::string> values;  ///< Addresses in text form, or names without the last dot.
  bool exists = true;               ///< False for NXDOMAIN.
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  /// An empty answer is a value, not an error. Error `unavailable` if no server answered in time.
  virtual Result<DnsAnswer> look_up(std::string_view name, std::string_view type) = 0;
};

/// libunbound. `server` is "ADDRESS" or "ADDRESS@PORT", or empty for the machine's own resolvers.
/// Safe to use from several threads.
[[nodiscard]] Result<std::unique_ptr<Resolver>> open_resolver(const std::string& server);

}  // namespace hotline::net
