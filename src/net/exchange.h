// One request by libcurl to a server that we chose ourselves, and its whole answer: what http_get
// and http_post have in common. No proxy, no signal, one deadline, a limit on the answer's size.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::net {

class CurlExchange {
 public:
  /// Error `unavailable` if libcurl cannot start.
  static Result<CurlExchange> begin(const std::string& url, std::chrono::milliseconds time,
                                    std::size_t bytes_max);
  [[nodiscard]] CURL* curl() const { return curl_.get(); }
  void add_header(const std::string& line);
  /// The answer's status. Error `unavailable`, naming `who`, if no whole answer came.
  [[nodiscard]] Result<int> run(std::string_view who);
  [[nodiscard]] std::string take_body() { return std::move(body_->bytes); }

 private:
  struct Body {
    std::string bytes;
    std::size_t bytes_max;
  };
  CurlExchange() = default;
  static std::size_t keep(char* bytes, std::size_t size, std::size_t count, void* to);

  std::unique_ptr<CURL, void (*)(CURL*)> curl_{nullptr, ::curl_easy_cleanup};
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_{nullptr, ::curl_slist_free_all};
  std::unique_ptr<Body> body_;
};

}  // namespace hotline::net
