// Servers: the configuration of the range's real servers, made from the world.
//
// Text in, text out: which programs read it and where they run is internet.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "range/world.h"

namespace hotline::range {

[[nodiscard]] std::string nginx_config(const World& world, const std::string& dir);
[[nodiscard]] std::string knot_config(const World& world, const std::string& dir);

/// The address that a site's name points to now.
using AddressOf = std::function<std::string(const Site&)>;
/// All zone files below DIR/zones. `serial` must grow with every change.
[[nodiscard]] Done write_zones(const World& world, const std::string& dir, std::int64_t serial,
                               const AddressOf& address_of);

/// What make_mmdb.pl and mail_server.py read.
[[nodiscard]] json::array mmdb_networks(const World& world, bool second_maker = false);
[[nodiscard]] json::object mail_config(const World& world, const std::string& dir);

}  // namespace hotline::range
