// links: http base
// The bytes of a connection, cut into requests as the server does it: whole, and in small pieces.
// Both ways must find the same requests and the same end; then our own rules for each.
#include <cstdint>
#include <string>

#include "base/text.h"
#include "http/reader.h"

namespace {

using namespace hotline;

std::string read(std::string_view bytes, std::size_t step) {
  http::RequestReader reader(
      {.header_bytes_max = 512, .body_bytes_max = 256, .clip_large_forms = true});
  std::string found;
  while (true) {
    switch (reader.advance()) {
      case http::RequestReader::State::refused: return found + std::to_string(reader.status());
      case http::RequestReader::State::complete: {
        auto& raw = reader.raw();
        CHECK(reader.body().size() <= 256);
        CHECK(raw.method.find_first_of("\r\n ") == std::string::npos);
        for (const auto& [name, value] : raw.headers)
          CHECK((name + value).find_first_of("\r\n") == std::string::npos);
        found += raw.method + " " + raw.target + " " + reader.body() + "\n";
        const auto request = http::request_of(std::move(raw), std::move(reader.body()));
        CHECK(!request ||
              (request->path.starts_with('/') && request->path.find("/../") == std::string::npos));
        reader.next();
        break;
      }
      case http::RequestReader::State::more:
        if (bytes.empty()) return found + (reader.begun() ? "begun" : "");
        static_cast<void>(reader.take_continue());
        reader.add(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  CHECK(read(rest, bytes[0] % 64 + 1) == read(rest, rest.size() + 1));
  return 0;
}
