// Any text: never a crash, and the canonical form is a fixed point.
// links: url base
#include <cstdlib>

#include "url/url.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline::url;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto url = parse(text)) {
    const auto again = parse(url->canonical());
    if (!again || again->canonical() != url->canonical()) std::abort();
    (void)registrable_domain(url->host);
  }
  if (const auto once = canonical_from_report(text)) {
    const auto twice = canonical_from_report(*once);
    if (!twice || *twice != *once) std::abort();
  }
  for (const auto& address : addresses_in(text))
    if (!parse_reported(address)) std::abort();
  if (const auto base = parse("http://gallery.example/a/b?c")) (void)resolve_relative(*base, text);
  return 0;
}
