#include "apps/hotline-fetch/layers.h"

namespace hotline::fetch {

bool stands(Layer) {
  return true;
}

}  // namespace hotline::fetch
