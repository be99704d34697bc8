// The dashboard: the hotline's figures for its own people.
//
// Tables with plain bars, straight from the facts, for a period that stands in
// the address; each figure also as CSV and JSON. No case, no address, no person:
// work is counted, people are not.
#pragma once

#include "http/http.h"
#include "statistics/reader.h"
#include "web/staff.h"

namespace hotline::web {

/// GET /dashboard and GET /dashboard/figures/{file}. `reader` outlives the router.
void add_dashboard_routes(http::Router& router, const StaffParts& parts,
                          statistics::Reader& reader);

}  // namespace hotline::web
