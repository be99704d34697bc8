// What reporters hear, and when: parcels behind their receipts, and neutral mails.
#pragma once

#include "facts/facts.h"
#include "workflow/parts.h"

namespace hotline::workflow {

/// Parcels and mails that wait go out with the next free job.
[[nodiscard]] Done ask_to_tell(const Parts& parts, db::Transaction& tx);

// Steps of the story; see steps.cc.
[[nodiscard]] Done tell_checking(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);
[[nodiscard]] Done tell_decided(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);
[[nodiscard]] Done tell_removed(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);

}  // namespace hotline::workflow
