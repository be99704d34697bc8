// links: intake base
// What people type as a receipt code: any script, any separators, anything else.
#include <cstdint>
#include <string>

#include "intake/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto receipt = intake::Receipt::parse(text)) {
    const auto shown = receipt->str();
    const auto again = intake::Receipt::parse(shown);
    CHECK(again && again->str() == shown);
    auto wrong = shown;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    CHECK(!intake::Receipt::parse(wrong));
  }
  return 0;
}
