// The range's registry: RDAP answers (RFC 9083) for all networks of the world.
//
// GET /ip/ADDRESS gives the narrowest network that holds the address, GET
// /network/HANDLE the network with that handle (how the hotline asks for the one
// above), GET /entity/HANDLE its abuse contact.
#pragma once

#include <string>

#include "http/http.h"
#include "range/world.h"

namespace hotline::range {

[[nodiscard]] http::Router registry(const World& world);

}  // namespace hotline::range
