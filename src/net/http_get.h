// One GET to a server that we chose ourselves (RDAP, bootstrap files).
//
// Not for reported addresses: those are looked at by hotline-fetch only.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::net {

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string url;  ///< Where the redirects ended.
};

struct HttpGet {
  std::string url;
  std::string accept;
  std::size_t bytes_max = 256 * 1024;
  std::chrono::milliseconds time{15000};
  /// The server was named by a stranger: connect, also after a redirect, only to what
  /// url::may_reach() allows with `test_networks`.
  bool guarded = false;
  std::vector<url::Network> test_networks = {};
};

/// Follows at most three redirects; from https never down to http. Error `unavailable` if no
/// whole answer came in time and size.
[[nodiscard]] Result<HttpAnswer> http_get(const HttpGet& request);

}  // namespace hotline::net
