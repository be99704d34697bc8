#include "net/http_post.h"

#include <curl/curl.h>

#include <memory>

#include "base/text.h"
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

std::size_t keep_header(char* bytes, std::size_t, std::size_t count, void* to) {
  const std::string_view line = trim({bytes, count});
  const auto colon = line.find(':');
  auto& headers = *static_cast<std::map<std::string, std::string, std::less<>>*>(to);
  if (colon != std::string_view::npos && headers.size() < 100)
    headers[lower_ascii(line.substr(0, colon))] = trim(line.substr(colon + 1));
  return count;
}

}  // namespace

Result<PostAnswer> http_post(const HttpPost& request) {
  start_curl();
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  if (!curl) return fail(ErrorKind::unavailable, "The HTTP client could not start.");
  curl_slist* list =
      ::curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str());
  list = ::curl_slist_append(list, "Expect:");
  bool broken = false;
  for (const auto& [name, value] : request.headers) {
    const std::string line = name + ": " + value;
    broken = broken || line.find_first_of("\r\n") != std::string::npos ||
             line.find('\0') != std::string::npos;
    list = ::curl_slist_append(list, line.c_str());
  }
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, ::curl_slist_free_all);
  if (broken) return fail(ErrorKind::invalid, "A header of a push has a line break.");
  const bool secure = request.url.starts_with("https:");
  Body body{.bytes = {}, .bytes_max = request.bytes_max};
  PostAnswer answer;
  ::curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  ::curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
  ::curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  ::curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  ::curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
  ::curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "hotline");
  ::curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.time.count()));
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep);
  ::curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  ::curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, keep_header);
  ::curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer.headers);
  const CURLcode rc = ::curl_easy_perform(curl.get());
  if (rc != CURLE_OK)
    return fail(ErrorKind::unavailable, std::string("The receiver gave no whole answer: ") +
                                            ::curl_easy_strerror(rc) + ".");
  long status = 0;
  ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  answer.body = std::move(body.bytes);
  return answer;
}

}  // namespace hotline::net
