// links: url base
// Host names in any script, as reporters type them: what is taken is plain ASCII, and taking it
// again changes nothing.
#include <cstdint>
#include <string>

#include "url/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace hotline;
  const std::string host(reinterpret_cast<const char*>(bytes), size);
  for (const std::string& address : {"http://" + host + "/", host + ".example", host}) {
    const auto parsed = url::parse_reported(address);
    if (!parsed) continue;
    for (const char c : parsed->host)
      CHECK(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f);
    const auto canonical = parsed->canonical();
    const auto again = url::parse(canonical);
    CHECK(again && again->canonical() == canonical && again->host == parsed->host);
    (void)url::registrable_domain(parsed->host);
  }
  return 0;
}
