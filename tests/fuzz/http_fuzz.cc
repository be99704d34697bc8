// links: http base
// A request as it comes from the wire: parsed by Beast as the server does, then by our own rules.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "http/framing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline;
  namespace wire = boost::beast::http;
  wire::request_parser<wire::string_body> parser;
  parser.header_limit(16 * 1024);
  parser.body_limit(64 * 1024);
  parser.eager(true);
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(bytes, size), error);
  if (error || !parser.is_header_done()) return 0;
  http::RawRequest raw;
  raw.method = std::string(parser.get().method_string());
  raw.target = std::string(parser.get().target());
  raw.http_1_1 = parser.get().version() == 11;
  for (const auto& field : parser.get())
    raw.headers.emplace_back(lower_ascii(std::string_view(field.name_string())),
                             std::string(field.value()));
  if (http::refusal_of(raw) != 0) return 0;
  static_cast<void>(http::wants_continue(raw));
  const auto request = http::request_of(std::move(raw), parser.get().body());
  if (!request) return 0;
  CHECK(request->path.starts_with('/') && request->path.find("/../") == std::string::npos);
  return 0;
}
