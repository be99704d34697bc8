// links: http base
// Forms, paths and framing: whatever bytes come, nothing breaks and nothing grows.
#include <cstdint>
#include <string>

#include "base/result.h"
#include "http/framing.h"
#include "http/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  std::size_t total = 0;
  for (const auto& [name, value] : http::parse_form(text).list())
    total += name.size() + value.size();
  CHECK(total <= size);

  http::RawRequest raw{
      "POST", std::string(text.substr(0, size / 2)), true, {{"host", "a.example"}}};
  raw.headers.emplace_back("cookie", std::string(text));
  raw.headers.emplace_back("transfer-encoding", std::string(text.substr(size / 2)));
  (void)http::refusal_of(raw);
  if (const auto request = http::request_of(std::move(raw), std::string(text))) {
    CHECK(request->path.starts_with('/'));
    CHECK(("/" + request->path + "/").find("/../") == std::string::npos);
  }
  http::Response response = http::plain("");
  response.header("X-A", std::string(text));
  const auto head = http::head_text(response, {}, "now", "close");
  std::size_t lines = 0;
  for (const char c : head) lines += c == '\n' ? 1 : 0;
  CHECK(lines == 7);  // Status, type, X-A, date, length, connection and the empty line.
  return 0;
}
