#include "net/http_get.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "net/curl_start.h"

namespace hotline::net {

namespace {

struct Body {
  std::string bytes;
  std::size_t bytes_max;
};

std::size_t keep(char* bytes, std::size_t, std::size_t count, void* to) {
  auto* body = static_cast<Body*>(to);
  if (body->bytes.size() + count > body->bytes_max) return 0;
  body->bytes.append(bytes, count);
  return count;
}

}  // namespace

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
}

Result<HttpAnswer> http_get(const HttpGet& request) {
  start_curl();
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (!curl) return fail(ErrorKind::unavailable, "The HTTP client could not start.");
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      ::curl_slist_append(nullptr, ("Accept: " + request.accept).c_str()), ::curl_slist_free_all);
  const bool secure = request.url.starts_with("https:");
  Body body{.bytes = {}, .bytes_max = request.bytes_max};
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "hotline");
  ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, secure ? "https" : "http,https");
  ::curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  ::curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 3L);
  ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.time.count()));
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode rc = ::curl_easy_perform(curl.get());
  if (rc != CURLE_OK)
    return fail(ErrorKind::unavailable,
                std::string("The server gave no whole answer: ") + ::curl_easy_strerror(rc) + ".");
  HttpAnswer answer{.status = 0, .body = std::move(body.bytes), .url = request.url};
  long status = 0;
  ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  const char* ended = nullptr;
  ::curl_easy_getinfo(curl.get(), CURLINFO_EFFECTIVE_URL, &ended);
  if (ended != nullptr) answer.url = ended;
  return answer;
}

}  // namespace hotline::net
