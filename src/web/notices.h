// Notices, for staff: what waits for a person, what is about to leave, what left.
//
// One page a notice: its text as it leaves or left, its countdown with a stop
// button, its letters, the host's answers, every look, and who did what. Addresses
// are shown defanged; the text that leaves has them as they are.
#pragma once

#include "http/http.h"
#include "takedown/takedown.h"
#include "web/staff.h"

namespace hotline::web {

/// GET /notices, GET /notices/{id}, POST /notices/{id}/cancel, …/resume, …/contact, …/gone.
/// `takedown` outlives the router.
void add_notice_routes(http::Router& router, const StaffParts& parts,
                       const takedown::Takedown& takedown);

}  // namespace hotline::web
