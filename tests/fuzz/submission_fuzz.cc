// links: intake base
// What the public may type as a receipt, and what a stolen drop could hold as a submission.
#include <cstdint>
#include <string>

#include "intake/receipt.h"
#include "intake/submission.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto receipt = intake::Receipt::parse(text)) {
    const auto again = intake::Receipt::parse(receipt->str());
    CHECK(again && again->parcel() == receipt->parcel());
  }
  if (const auto read = intake::submission_from_json(text)) {
    const auto written = intake::to_json(*read);
    CHECK(intake::to_json(*intake::submission_from_json(written)) == written);
  }
  intake::Submission given;
  given.addresses = {std::string(text)};
  given.remarks = given.elsewhere = std::string(text);
  given.email = Sensitive<std::string>(std::string(text));
  const auto once = intake::to_json(given);
  CHECK(intake::to_json(*intake::submission_from_json(once)) == once);
  return 0;
}
