// Any bytes as a page: links, title, text, refresh and fingerprints; time stays linear.
// links: net url base sandbox
#include <cstdlib>

#include "net/fingerprint.h"
#include "net/page_parts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  const std::string_view html(reinterpret_cast<const char*>(bytes), size);
  static const auto kBase = *url::parse("http://gallery.example/a/b?c");
  const auto parts = net::read_page(kBase, html, "", 50);
  for (const auto& address : parts.media)
    if (!url::parse(address)) std::abort();
  const auto marks = net::read_marks(html);
  if (!marks.structure.empty() && net::mark_distance(marks.structure, marks.structure) != 0)
    std::abort();
  return 0;
}
