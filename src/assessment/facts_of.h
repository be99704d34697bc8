// Appending assessment's facts: tenant and case are always the queue entry's.
#pragma once

#include <string_view>

#include "assessment/assessment_store.h"
#include "base/json.h"

namespace hotline::assessment {

[[nodiscard]] Done append_fact(db::Transaction& tx, const Entry& entry, std::string_view kind,
                               std::string_view actor, json::object details, Instant now);
/// About one item of the case.
[[nodiscard]] Done append_item_fact(db::Transaction& tx, const Entry& entry, std::string_view kind,
                                    const PersonId& person, const ItemId& item, const Grade& grade,
                                    Instant now);

}  // namespace hotline::assessment
