// links: intake base
// The body of POST /api/v1/reports.
#include <cstdint>
#include <string>

#include "intake/report_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::intake;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto lines = lines_from_json(text)) {
    CHECK(!lines->empty() && lines->size() <= kJsonLinesMax);
    for (std::size_t i = 0; i < lines->size(); ++i) {
      CHECK((*lines)[i].number == static_cast<int>(i));
      (void)wrong_with((*lines)[i]);
    }
  }
  return 0;
}
