#include "net/http_post.h"

#include "base/text.h"
#include "net/exchange.h"

namespace hotline::net {

namespace {

std::size_t keep_header(char* bytes, std::size_t, std::size_t count, void* to) {
  const std::string_view line = trim({bytes, count});
  const auto colon = line.find(':');
  auto& headers = *static_cast<std::map<std::string, std::string, std::less<>>*>(to);
  if (colon != std::string_view::npos && headers.size() < 100)
    headers[lower_ascii(line.substr(0, colon))] = trim(line.substr(colon + 1));
  return count;
}

bool one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

Result<PostAnswer> http_post(const HttpPost& request) {
  TRY(exchange, CurlExchange::begin(request.url, request.time, request.bytes_max));
  exchange.add_header("Content-Type: " + request.content_type);
  exchange.add_header("Expect:");
  for (const auto& [name, value] : request.headers) {
    if (!one_line(name) || !one_line(value))
      return fail(ErrorKind::invalid, "A header of a push has a line break.");
    exchange.add_header(name + ": " + value);
  }
  PostAnswer answer;
  CURL* curl = exchange.curl();
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                     request.url.starts_with("https:") ? "https" : "http");
  ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  TRY(status, exchange.run("receiver"));
  answer.status = status;
  answer.body = exchange.take_body();
  return answer;
}

}  // namespace hotline::net
