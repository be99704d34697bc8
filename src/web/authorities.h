// What the police authorise in advance, and what they investigate: pages of the police gate.
//
// An agency's authority is its own signed document; it is accepted here, shown in plain words, and
// revoked with one button, at once. Whatever is investigated passes no gate by itself.
#pragma once

#include "http/http.h"
#include "takedown/takedown.h"
#include "web/staff.h"

namespace hotline::web {

/// GET /gate/authorities, POST /gate/authorities, POST /gate/authorities/revoke,
/// POST /gate/investigations, POST /gate/investigations/end.
void add_authority_routes(http::Router& router, const StaffParts& parts,
                          const takedown::Takedown& takedown);

}  // namespace hotline::web
