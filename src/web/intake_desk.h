// The intake desk: what staff type in for others, phone calls and partners' lists.
//
// A call becomes a report through the same drop as the public's, with a receipt
// that can be read out. A list is pasted as text: no file is ever uploaded.
// What is typed belongs to the desk's own tenant: to its portal's drop.
#pragma once

#include "web/console.h"

namespace hotline::web {

/// Where the drop and the keys of a person's own tenant lie: at home, or at their portal.
struct OwnPlaces {
  std::string drop, keys;
};
/// Error `forbidden` if their organisation has no portal.
[[nodiscard]] Result<OwnPlaces> own_places(const StaffParts& parts, const Staff& staff);

/// /intake, /intake/call and /intake/lines. `parts` outlives the router.
void intake_routes(http::Router& router, const ConsoleParts& parts);

}  // namespace hotline::web
