// Quality samples: decisions drawn at random for a blind second grade.
//
// When a case is decided, each item that its person graded is drawn with the odds of
// "assessment.quality_percent". Another person grades the one item without seeing
// the first grade, who gave it, or that there was a suggestion. The first decision
// stands and nothing waits for the sample: it measures, it does not decide.
//
// Fact: quality_checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "assessment/assessment_store.h"

namespace hotline::assessment {

struct SampleTag {
  static constexpr std::string_view prefix = "smp_";
};
using SampleId = Id<SampleTag>;

struct Sample {
  SampleId id;
  TenantId tenant;
  CaseId casefile;
  ItemId item;
  std::string scheme;
  PersonId first_by;
  Grade first;
  std::optional<PersonId> taken_by;
  Grade second;
};

/// Draws from what `person` decided in the look that ends.
[[nodiscard]] Done draw_samples(db::Transaction& tx, const Entry& entry,
                                const accounts::Person& person, std::int64_t percent, Instant now);

/// How many wait that this person may take.
[[nodiscard]] Result<std::int64_t> samples_waiting(db::Transaction& tx,
                                                   const accounts::Person& person, Instant now);
/// The next one, taken for half an hour; never of one's own decisions. Nothing if none waits.
/// What it gives has no first grade in it.
[[nodiscard]] Result<std::optional<Sample>> take_sample(db::Transaction& tx,
                                                        const accounts::Person& person,
                                                        Instant now);
/// Ends the sample. Error `conflict` if it is not this person's at the moment, `invalid` for an
/// incomplete grade. Gives whether both are the same; nothing else is told.
[[nodiscard]] Result<bool> give_sample(db::Transaction& tx, const accounts::Person& person,
                                       const SampleId& id, const Scheme& scheme, const Grade& grade,
                                       Instant now);

/// With both grades, for figures only.
[[nodiscard]] Result<std::vector<Sample>> checked_samples(db::Transaction& tx,
                                                          const TenantId& tenant, Instant from,
                                                          Instant to);
/// Whether this person has a sample of this item in hand.
[[nodiscard]] Result<bool> holds_sample(db::Transaction& tx, const PersonId& person,
                                        const ItemId& item, Instant now);

}  // namespace hotline::assessment
