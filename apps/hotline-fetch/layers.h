// Layers: the three walls between a stranger's address and our own network.
//
// In hotline-fetch all three stand, always. The proof of the walls
// (tests/long/ssrf) links another layers.cc into a second program, in which one
// of them can be left out, to show that the other two hold without it.
#pragma once

namespace hotline::fetch {

enum class Layer {
  code,       ///< The checks where an address is read, resolved and followed (net/egress.h).
  gate,       ///< The checks of the process that connects (gate.h).
  namespaces  ///< A network without a route around all that reads strangers' bytes.
};

[[nodiscard]] bool stands(Layer layer);

}  // namespace hotline::fetch
