// What is known about an item before anybody looks, from lists and from our own people.
//
// Joins what the matcher finds with what was said of the item's cluster, decides by policy
// whether it counts, and tells cases that wait as soon as a copy of their picture is decided.
#pragma once

#include <optional>

#include "assessment/assessment.h"
#include "facts/facts.h"
#include "workflow/parts.h"

namespace hotline::workflow {

/// What is filled in (Prefill::exact: it counts) or suggested; nothing if nobody has said anything.
Result<std::optional<assessment::Prefill>> known_about(const Parts& parts, db::Transaction& tx,
                                                       const casework::Item& item);

/// Step: asks for the job below.
Done tell_the_cluster(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);
/// Job: other cases that still wait for their first look learn what was decided in the case
/// `subject`, or that it does not stand any more. A second look stays blind.
Result<std::optional<Instant>> tell_copies(const Parts& parts, const std::string& subject);

}  // namespace hotline::workflow
