// The police gate: what waits for a police officer, and their two answers.
//
// GET /gate lists the notices that are held, and those at home that are still in
// their countdown. Release and hold both need a reason, which stays with the
// notice; the fact holds who and when. Nothing but the gate is shown here: no
// picture, no reporter, no other case.
#pragma once

#include "http/http.h"
#include "takedown/takedown.h"
#include "web/staff.h"

namespace hotline::web {

/// GET /gate, POST /gate/{id}/release, POST /gate/{id}/hold. `takedown` outlives the router.
void add_gate_routes(http::Router& router, const StaffParts& parts,
                     const takedown::Takedown& takedown);

}  // namespace hotline::web
