#include "net/http_get.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "net/exchange.h"

namespace hotline::net {

namespace {

/// On the very number that is connected to, whatever name led there.
curl_socket_t open_if_reachable(void* to, curlsocktype, curl_sockaddr* where) {
  const auto& request = *static_cast<const HttpGet*>(to);
  url::IpAddress ip;
  if (where->family == AF_INET) {
    std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in&>(where->addr).sin_addr, 4);
  } else if (where->family == AF_INET6) {
    ip.v6 = true;
    std::memcpy(ip.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(where->addr).sin6_addr, 16);
  } else {
    return CURL_SOCKET_BAD;
  }
  if (!url::may_reach(ip, request.test_networks)) return CURL_SOCKET_BAD;
  return ::socket(where->family, where->socktype | SOCK_CLOEXEC, where->protocol);
}

}  // namespace

Result<HttpAnswer> http_get(const HttpGet& request) {
  TRY(exchange, CurlExchange::begin(request.url, request.time, request.bytes_max));
  exchange.add_header("Accept: " + request.accept);
  const char* schemes = request.url.starts_with("https:") ? "https" : "http,https";
  ::curl_easy_setopt(exchange.curl(), CURLOPT_PROTOCOLS_STR, schemes);
  ::curl_easy_setopt(exchange.curl(), CURLOPT_REDIR_PROTOCOLS_STR, schemes);
  ::curl_easy_setopt(exchange.curl(), CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(exchange.curl(), CURLOPT_MAXREDIRS, 3L);
  if (request.guarded) {
    ::curl_easy_setopt(exchange.curl(), CURLOPT_OPENSOCKETFUNCTION, open_if_reachable);
    ::curl_easy_setopt(exchange.curl(), CURLOPT_OPENSOCKETDATA, &request);
  }
  TRY(status, exchange.run("server"));
  const char* ended = nullptr;
  ::curl_easy_getinfo(exchange.curl(), CURLINFO_EFFECTIVE_URL, &ended);
  return HttpAnswer{.status = status,
                    .body = exchange.take_body(),
                    .url = ended != nullptr ? std::string(ended) : request.url};
}

}  // namespace hotline::net
