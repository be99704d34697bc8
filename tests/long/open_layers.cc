// Instead of apps/hotline-fetch/layers.cc in hotline-fetch-open, which only the proof of the walls
// starts: the layers that HOTLINE_LAYERS_OFF names do not stand.
#include <cstdlib>
#include <string_view>

#include "apps/hotline-fetch/layers.h"

namespace hotline::fetch {

bool stands(Layer layer) {
  const char* off = std::getenv("HOTLINE_LAYERS_OFF");
  if (off == nullptr) return true;
  constexpr std::string_view kNames[] = {"code", "gate", "namespaces"};
  return std::string_view(off).find(kNames[static_cast<int>(layer)]) == std::string_view::npos;
}

}  // namespace hotline::fetch
