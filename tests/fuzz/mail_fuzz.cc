// links: net intake base
// A whole mail of a stranger, and its text as report lines.
#include <cstdint>
#include <string>

#include "base/text.h"
#include "intake/report_lines.h"
#include "net/mail_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const auto& domain : net::dkim_passes(text, "mx.example"))
    CHECK(domain.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == domain.npos);
  if (const auto mail = net::read_mail(text, "mx.example")) {
    CHECK(mail->from.find('@') != std::string::npos);
    CHECK(clean_utf8(mail->text) == mail->text);
  }
  const auto found = intake::lines_from_mail(text);
  CHECK(found.lines.size() <= intake::kMailLinesMax + 40);
  for (const auto& line : found.lines) (void)intake::wrong_with(line);
  return 0;
}
