// Figures of one portal: the same fold, over the cases that came through it first.
#pragma once

#include <map>
#include <string>

#include "casework/casework.h"
#include "db/db.h"
#include "statistics/tally.h"

namespace hotline::statistics {

/// One tally for each portal, over all sealed facts. A case belongs to the portal of its first
/// report; a later report through another portal is counted there as a report, not as a case.
[[nodiscard]] Result<std::map<std::string, Tally>> tally_by_portal(db::Database& database);

}  // namespace hotline::statistics
