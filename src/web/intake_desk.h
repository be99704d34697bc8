// The intake desk: what staff type in for others, phone calls and partners' lists.
//
// A call becomes a report through the same drop as the public's, with a receipt
// that can be read out. A list is pasted as text: no file is ever uploaded.
// What is typed belongs to the desk's own tenant: to its portal's drop.
#pragma once

#include "web/console.h"

namespace hotline::web {

/// /intake, /intake/call and /intake/lines. `parts` outlives the router.
void intake_routes(http::Router& router, const ConsoleParts& parts);

}  // namespace hotline::web
