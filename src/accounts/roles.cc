#include "accounts/roles.h"

#include <string>

namespace hotline::accounts {

namespace {

struct Row {
  Role role;
  std::string_view word;
};
constexpr std::array kRoleWords = {
    Row{Role::analyst, "analyst"}, Row{Role::senior, "senior"}, Row{Role::manager, "manager"},
    Row{Role::police, "police"},   Row{Role::admin, "admin"},
};

struct Grant {
  Action action;
  std::string_view word;
  bool analyst, senior, manager, police, admin;
};
// clang-format off
constexpr std::array kGrants = {
    //                                                       analyst senior manager police admin
    Grant{Action::see_cases,           "see_cases",           true,  true,  true,  false, false},
    Grant{Action::see_previews,        "see_previews",        true,  true,  false, false, false},
    Grant{Action::grade,               "grade",               true,  true,  false, false, false},
    Grant{Action::decide_disagreement, "decide_disagreement", false, true,  false, false, false},
    Grant{Action::withdraw_assessment, "withdraw_assessment", false, true,  true,  false, false},
    Grant{Action::cancel_notice,       "cancel_notice",       true,  true,  true,  false, false},
    Grant{Action::see_gate,            "see_gate",            false, true,  true,  true,  false},
    Grant{Action::decide_gate,         "decide_gate",         false, false, false, true,  false},
    Grant{Action::see_dashboard,       "see_dashboard",       true,  true,  true,  false, true},
    Grant{Action::edit_lists,          "edit_lists",          false, false, true,  false, false},
    Grant{Action::edit_people,         "edit_people",         false, false, false, false, true},
    Grant{Action::see_board,           "see_board",           false, true,  true,  false, false},
    Grant{Action::see_quality,         "see_quality",         false, true,  true,  false, false},
    Grant{Action::see_welfare,         "see_welfare",         false, false, true,  false, false},
    Grant{Action::search_audit,        "search_audit",        false, false, true,  false, false},
    Grant{Action::ask_override,        "ask_override",        false, true,  true,  false, false},
    Grant{Action::approve_override,    "approve_override",    false, true,  true,  false, false},
    Grant{Action::approve_people,      "approve_people",      false, false, true,  false, true},
    Grant{Action::break_glass,         "break_glass",         false, true,  false, false, false},
    Grant{Action::review_access,       "review_access",       false, true,  true,  false, false},
};
// clang-format on
static_assert(kGrants.size() == kActions.size());

}  // namespace

std::string_view name(Role role) {
  for (const auto& row : kRoleWords)
    if (row.role == role) return row.word;
  return "unknown";
}

Result<Role> parse_role(std::string_view text) {
  for (const auto& row : kRoleWords)
    if (row.word == text) return row.role;
  return fail(ErrorKind::invalid, "A role is analyst, senior, manager, police or admin.");
}

std::string_view name(Action action) {
  for (const auto& grant : kGrants)
    if (grant.action == action) return grant.word;
  return "unknown";
}

bool allowed(Role role, Action action) {
  for (const auto& grant : kGrants) {
    if (grant.action != action) continue;
    switch (role) {
      case Role::analyst: return grant.analyst;
      case Role::senior: return grant.senior;
      case Role::manager: return grant.manager;
      case Role::police: return grant.police;
      case Role::admin: return grant.admin;
    }
  }
  return false;
}

Done check_allowed(Role role, Action action) {
  if (allowed(role, action)) return {};
  return fail(ErrorKind::forbidden, "Your role (" + std::string(name(role)) + ") may not do this.");
}

}  // namespace hotline::accounts
