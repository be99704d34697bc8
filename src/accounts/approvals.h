// Approvals: what two people must agree on.
//
// One person asks with a reason, another approves; approving is the moment in which it
// happens, in the same transaction, once. Nobody approves what they asked for, or what
// is about themselves, in whatever role or session. Rights are read when it is decided,
// not when it was asked, and an unanswered question ends after three days. The effect
// belongs to whoever calls decide(); here is only the rule. tests/long/two_person.pml
// is a model of it for spin.
//
// Facts: approval_asked, approval_decided.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "accounts/people.h"
#include "base/json.h"

namespace hotline::accounts {

struct ApprovalTag {
  static constexpr std::string_view prefix = "apr_";
};
using ApprovalId = Id<ApprovalTag>;

/// Spelled as it is stored and recorded.
enum class ApprovalKind : std::uint8_t {
  exposure_override,  ///< Half an hour more of pictures for one person.
  role_grant,         ///< A role for a person who is there.
  new_person,         ///< An account that was made, and cannot sign in before.
};
inline constexpr std::array kApprovalKinds = {ApprovalKind::exposure_override,
                                              ApprovalKind::role_grant, ApprovalKind::new_person};
[[nodiscard]] std::string_view name(ApprovalKind kind);

/// Who may ask and who may approve: one row a kind.
struct ApprovalRule {
  ApprovalKind kind;
  Action ask, approve;
};
inline constexpr std::array kApprovalRules = {
    ApprovalRule{ApprovalKind::exposure_override, Action::ask_override, Action::approve_override},
    ApprovalRule{ApprovalKind::role_grant, Action::edit_people, Action::approve_people},
    ApprovalRule{ApprovalKind::new_person, Action::edit_people, Action::approve_people},
};

enum class ApprovalState : std::uint8_t { asked, approved, refused, withdrawn, lapsed };
[[nodiscard]] std::string_view name(ApprovalState state);

struct Approval {
  ApprovalId id;
  TenantId tenant;
  ApprovalKind kind = ApprovalKind::role_grant;
  PersonId subject;      ///< Whom it is about.
  json::object details;  ///< What the action needs: words and numbers of its own.
  std::string reason;    ///< A person's sentence; in no fact.
  PersonId asked_by;
  Instant asked_at{};
  ApprovalState state = ApprovalState::asked;  ///< `lapsed` is computed, not stored.
  std::optional<PersonId> decided_by;
};

/// Error `forbidden` by the rule, `invalid` without a reason.
[[nodiscard]] Result<ApprovalId> ask(db::Transaction& tx, const Person& asker, Approval wanted,
                                     Instant now);
/// The approval as it now is: where it is `approved`, the caller does what was asked, in this
/// transaction. Error `forbidden` for the asker, the person it is about, or a role that may not;
/// `conflict` if it is decided, withdrawn or lapsed.
[[nodiscard]] Result<Approval> decide(db::Transaction& tx, const Person& person,
                                      const ApprovalId& id, bool approves, Instant now);
/// By the asker only.
[[nodiscard]] Done withdraw(db::Transaction& tx, const Person& asker, const ApprovalId& id,
                            Instant now);

[[nodiscard]] Result<Approval> approval(db::Transaction& tx, const TenantId& tenant,
                                        const ApprovalId& id, Instant now);
/// Undecided first, newest first.
[[nodiscard]] Result<std::vector<Approval>> approvals(db::Transaction& tx, const TenantId& tenant,
                                                      int limit, Instant now);
/// Whether anybody but `asker` and `subject` could approve this kind now. Where nobody could (the
/// first weeks of a hotline with one administrator), people_pages asks nobody.
[[nodiscard]] Result<bool> has_approver(db::Transaction& tx, const Person& asker,
                                        ApprovalKind kind);

}  // namespace hotline::accounts
