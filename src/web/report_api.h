// POST /api/v1/reports: members report addresses from their own systems.
//
// Up to a hundred at once, each with its own answer. An Idempotency-Key is
// needed: the same key again is the same reports, however often it is sent, even
// if we were killed in between. They go through the same drop as the public's.
#pragma once

#include <vector>

#include "intake/drop.h"
#include "web/feeds_api.h"

namespace hotline::web {

/// `drop` outlives the router.
[[nodiscard]] std::vector<ApiRoute> report_routes(const FeedsParts& parts, intake::Drop& drop);

}  // namespace hotline::web
