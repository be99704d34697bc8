// links: intake base
// A partner's CSV file of reports.
#include <cstdint>
#include <string>

#include "intake/report_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline::intake;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto lines = lines_from_csv(text)) {
    CHECK(lines->size() <= kCsvLinesMax);
    int last = 0;
    for (const auto& line : *lines) {
      CHECK(line.number > last);
      last = line.number;
      if (wrong_with(line).empty())
        CHECK(!line.address.empty() || !line.app.empty() || !line.group.empty() ||
              !line.user.empty());
    }
  }
  return 0;
}
