// One signed POST to a receiver that a person has registered, and its whole answer.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hotline::net {

struct HttpPost {
  std::string url;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::size_t bytes_max = 1024 * 1024;  ///< Of the answer.
  std::chrono::milliseconds time{15000};
};

struct PostAnswer {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  ///< Names in lower case.
  std::string body;
};

/// Never follows a redirect; https is verified. Error `invalid` for a header with a line break,
/// `unavailable` if no whole answer came in time and size.
[[nodiscard]] Result<PostAnswer> http_post(const HttpPost& request);

}  // namespace hotline::net
