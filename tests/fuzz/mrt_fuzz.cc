// links: base url db net casework facts tracing
// Any MRT dump: never a crash, and every prefix that comes out is a prefix.
#include <cstdlib>

#include "tracing/mrt.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  std::uint64_t routes = 0;
  const auto counts = tracing::read_mrt(
      std::string_view(reinterpret_cast<const char*>(bytes), size),
      [&](tracing::AnnouncedRoute&& route) -> Done {
        ++routes;
        const auto again = url::parse_network(route.prefix.text());
        if (!again || again->first != route.prefix.first || again->prefix != route.prefix.prefix)
          std::abort();
        return {};
      });
  if (counts && counts->routes != routes) std::abort();
  return 0;
}
