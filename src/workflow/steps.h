// The hotline's procedure: when this fact happens, do that next.
#pragma once

#include <span>
#include <string_view>

#include "facts/facts.h"
#include "workflow/parts.h"

namespace hotline::workflow {

struct Step {
  std::string_view when;  ///< The kind of fact.
  std::string_view then;  ///< For people: what follows, in words.
  Done (*run)(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);
};

/// Read top to bottom, this is what the hotline does.
[[nodiscard]] std::span<const Step> all_steps();

/// Everything that follows from one fact, in the caller's transaction.
[[nodiscard]] Done follow(const Parts& parts, db::Transaction& tx, const facts::Fact& fact);

}  // namespace hotline::workflow
