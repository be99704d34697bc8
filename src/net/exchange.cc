#include "net/exchange.h"

#include <mutex>

#include "net/curl_start.h"

namespace hotline::net {

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::size_t CurlExchange::keep(char* bytes, std::size_t, std::size_t count, void* to) {
  auto* body = static_cast<Body*>(to);
  if (body->bytes.size() + count > body->bytes_max) return 0;
  body->bytes.append(bytes, count);
  return count;
}

Result<CurlExchange> CurlExchange::begin(const std::string& url, std::chrono::milliseconds time,
                                         std::size_t bytes_max) {
  start_curl();
  CurlExchange exchange;
  exchange.curl_.reset(::curl_easy_init());
  if (!exchange.curl_) return fail(ErrorKind::unavailable, "The HTTP client could not start.");
  exchange.body_ = std::make_unique<Body>(Body{.bytes = {}, .bytes_max = bytes_max});
  CURL* curl = exchange.curl();
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_USERAGENT, "hotline");
  ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(time.count()));
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange.body_.get());
  return exchange;
}

void CurlExchange::add_header(const std::string& line) {
  headers_.reset(::curl_slist_append(headers_.release(), line.c_str()));
}

Result<int> CurlExchange::run(std::string_view who) {
  ::curl_easy_setopt(curl(), CURLOPT_HTTPHEADER, headers_.get());
  const CURLcode rc = ::curl_easy_perform(curl());
  if (rc != CURLE_OK)
    return fail(ErrorKind::unavailable, "The " + std::string(who) + " gave no whole answer: " +
                                            ::curl_easy_strerror(rc) + ".");
  long status = 0;
  ::curl_easy_getinfo(curl(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

}  // namespace hotline::net
