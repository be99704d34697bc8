#include "net/http_get.h"

#include "net/exchange.h"

namespace hotline::net {

Result<HttpAnswer> http_get(const HttpGet& request) {
  TRY(exchange, CurlExchange::begin(request.url, request.time, request.bytes_max));
  exchange.add_header("Accept: " + request.accept);
  const char* schemes = request.url.starts_with("https:") ? "https" : "http,https";
  ::curl_easy_setopt(exchange.curl(), CURLOPT_PROTOCOLS_STR, schemes);
  ::curl_easy_setopt(exchange.curl(), CURLOPT_REDIR_PROTOCOLS_STR, schemes);
  ::curl_easy_setopt(exchange.curl(), CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(exchange.curl(), CURLOPT_MAXREDIRS, 3L);
  TRY(status, exchange.run("server"));
  const char* ended = nullptr;
  ::curl_easy_getinfo(exchange.curl(), CURLINFO_EFFECTIVE_URL, &ended);
  return HttpAnswer{.status = status,
                    .body = exchange.take_body(),
                    .url = ended != nullptr ? std::string(ended) : request.url};
}

}  // namespace hotline::net
