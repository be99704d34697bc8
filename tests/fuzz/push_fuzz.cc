// Any body of a push or a receipt: never a crash, and what is read is written and read the same.
// links: push
#include <cstdlib>

#include "push/push.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto notice = push::parse_notice(text)) {
    const auto again = push::parse_notice(push::to_json(*notice));
    if (!again || push::to_json(*again) != push::to_json(*notice)) std::abort();
  }
  if (const auto receipt = push::parse_receipt(text)) {
    const auto again = push::parse_receipt(push::to_json(*receipt));
    if (!again || push::to_json(*again) != push::to_json(*receipt)) std::abort();
  }
  const push::Signature signature{"id", std::string(text.substr(0, 12)), std::string(text)};
  if (push::verify(std::string(32, 'k'), signature, text, Instant{})) std::abort();
  return 0;
}
