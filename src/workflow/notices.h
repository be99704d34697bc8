// From a decided case to its notice and its list entry.
#pragma once

#include <string>

#include "workflow/parts.h"

namespace hotline::workflow {

/// Opens the notice and the list entry of a case whose verdict is actionable, once it is traced;
/// asks for the trace if it is not. Doing it again changes nothing. `actor` stands in the facts.
[[nodiscard]] Done pursue(const Parts& parts, db::Transaction& tx, const casework::CaseId& id,
                          const std::string& actor);

}  // namespace hotline::workflow
