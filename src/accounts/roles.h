// Roles: who may do what, in one table.
//
// Everything staff can do is an Action; a page asks allowed() before it does
// anything. What is not in the table is refused. Police see their gate and
// nothing else; administrators run the machine and see no case; managers see
// cases and figures but are shown no picture that they need not see.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace hotline::accounts {

/// Spelled as it is stored and printed.
enum class Role : std::uint8_t { analyst, senior, manager, police, admin };
inline constexpr std::array kRoles = {Role::analyst, Role::senior, Role::manager, Role::police,
                                      Role::admin};
[[nodiscard]] std::string_view name(Role role);
[[nodiscard]] Result<Role> parse_role(std::string_view text);

enum class Action : std::uint8_t {
  see_cases,            ///< Queue, case pages, timeline; no picture.
  see_previews,         ///< Server-made previews, within the exposure budget.
  grade,                ///< Claim a case, decide items, finish, undo.
  decide_disagreement,  ///< The third look, when two analysts disagree.
  withdraw_assessment,  ///< Overturn a finished assessment of somebody else.
  cancel_notice,        ///< While it waits in the outbox.
  see_gate,             ///< What waits for the police.
  decide_gate,          ///< Release or hold at the police gate.
  see_dashboard,        ///< Counts, no case.
  edit_lists,           ///< Add or remove list entries, members and their keys.
  edit_people,          ///< Add, disable, set passwords and roles.
  see_board,            ///< Counts, ages and deadlines of all cases; no picture.
  see_quality,          ///< Agreement by attribute, samples.
  see_welfare,          ///< That a limit was reached, and means of five people or more.
  search_audit,         ///< Facts of everybody.
  ask_override,         ///< Ask for half an hour more of pictures for somebody else.
  approve_override,     ///< Agree to that.
  approve_people,       ///< Agree to a role or an account.
  break_glass,          ///< Open previews of a decided case, with a reason.
  review_access,        ///< Look at such an access afterwards.
};
inline constexpr std::array kActions = {Action::see_cases,
                                        Action::see_previews,
                                        Action::grade,
                                        Action::decide_disagreement,
                                        Action::withdraw_assessment,
                                        Action::cancel_notice,
                                        Action::see_gate,
                                        Action::decide_gate,
                                        Action::see_dashboard,
                                        Action::edit_lists,
                                        Action::edit_people,
                                        Action::see_board,
                                        Action::see_quality,
                                        Action::see_welfare,
                                        Action::search_audit,
                                        Action::ask_override,
                                        Action::approve_override,
                                        Action::approve_people,
                                        Action::break_glass,
                                        Action::review_access};
[[nodiscard]] std::string_view name(Action action);

/// One table, roles.cc.
[[nodiscard]] bool allowed(Role role, Action action);

/// Error `forbidden` if not allowed().
[[nodiscard]] Done check_allowed(Role role, Action action);

}  // namespace hotline::accounts
