// Viewing: who may be shown a preview now, and why.
//
// Four doors and no other: the case is open at one's own desk, a colleague called one
// over to this item, a quality sample of it is in one's hand, or glass was broken for
// the case. Broken glass is for what routing does not offer (an appeal, a question of
// the police): a person says why, that is stored before the first byte leaves, it
// closes by itself after fifteen minutes, and another person looks at it within a day.
//
// Facts: glass_broken, glass_reviewed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "assessment/grade.h"

namespace hotline::assessment {

/// The word for the fact of the opening: assessment, consult, quality or broken_glass. Error
/// `forbidden` if no door is open, `not_found` for another tenant's item.
[[nodiscard]] Result<std::string> may_view(db::Transaction& tx, const accounts::Person& person,
                                           const ItemId& item, Instant now);

struct AccessTag {
  static constexpr std::string_view prefix = "acc_";
};
using AccessId = Id<AccessTag>;

struct ReasonCode {
  std::string_view id, label;
};
inline constexpr std::array kReasonCodes = {
    ReasonCode{"appeal", "An appeal or a complaint"},
    ReasonCode{"police_question", "A question of the police"},
    ReasonCode{"wrong_decision", "A decision that may be wrong"},
    ReasonCode{"technical_fault", "A technical fault with this item"},
};

struct Access {
  AccessId id;
  TenantId tenant;
  CaseId casefile;
  PersonId person;
  std::string code, reason;
  Instant opened_at{}, closes_at{};
  std::optional<PersonId> reviewed_by;
  std::string finding;
  [[nodiscard]] bool is_overdue(Instant now) const;
};

/// Error `forbidden` without the right, `invalid` without a code of the list and a sentence.
[[nodiscard]] Result<AccessId> break_glass(db::Transaction& tx, const accounts::Person& person,
                                           const CaseId& casefile, std::string_view code,
                                           std::string_view reason, Instant now);
/// Error `forbidden` for one's own. finding: in_order or not_in_order.
[[nodiscard]] Done review_access(db::Transaction& tx, const accounts::Person& person,
                                 const AccessId& id, std::string_view finding, Instant now);
/// Not reviewed yet first, newest first.
[[nodiscard]] Result<std::vector<Access>> accesses(db::Transaction& tx, const TenantId& tenant,
                                                   int limit);
[[nodiscard]] Result<std::optional<Access>> open_access(db::Transaction& tx, const PersonId& person,
                                                        const CaseId& casefile, Instant now);

}  // namespace hotline::assessment
