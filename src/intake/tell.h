// One reporter's next step, for filing and for the answers alike. Not for other modules.
#pragma once

#include "casework/casework.h"
#include "db/db.h"
#include "intake/intake_store.h"

namespace hotline::intake {

/// False, and nothing done, if the report is at that stage already.
Result<bool> tell_one(db::Transaction& tx, const IntakeStore::Told& told,
                      const casework::CaseId& casefile, Stage stage, Instant now);

/// Writes, if there is a contact, that a question of ours waits; not what it asks.
Done tell_question(db::Transaction& tx, std::string_view parcel, std::string_view question,
                   Instant now);

}  // namespace hotline::intake
