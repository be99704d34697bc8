#include "accounts/roles.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace hotline::accounts {
namespace {

// The whole matrix a second time, written from the description of each role: a slip in the table
// and the same slip here are needed before a cell can be wrong unnoticed.
const std::map<Role, std::set<Action>> kExpected = {
    {Role::analyst,
     {Action::see_cases, Action::see_previews, Action::grade, Action::cancel_notice,
      Action::see_dashboard}},
    {Role::senior,
     {Action::see_cases, Action::see_previews, Action::grade, Action::decide_disagreement,
      Action::withdraw_assessment, Action::cancel_notice, Action::see_gate, Action::see_dashboard,
      Action::see_board, Action::see_quality, Action::ask_override, Action::approve_override,
      Action::break_glass, Action::review_access}},
    {Role::manager,
     {Action::see_cases, Action::withdraw_assessment, Action::cancel_notice, Action::see_gate,
      Action::see_dashboard, Action::edit_lists, Action::see_board, Action::see_quality,
      Action::see_welfare, Action::search_audit, Action::ask_override, Action::approve_override,
      Action::approve_people, Action::review_access}},
    {Role::police, {Action::see_gate, Action::decide_gate}},
    {Role::admin, {Action::see_dashboard, Action::edit_people, Action::approve_people}},
};

TEST(Roles, EveryCellIsAsDescribed) {
  for (const auto role : kRoles)
    for (const auto action : kActions)
      EXPECT_EQ(allowed(role, action), kExpected.at(role).contains(action))
          << name(role) << " " << name(action);
}

TEST(Roles, OnlyThePoliceDecideAtTheirGateAndSeeNoCase) {
  for (const auto role : kRoles)
    EXPECT_EQ(allowed(role, Action::decide_gate), role == Role::police) << name(role);
  EXPECT_FALSE(allowed(Role::police, Action::see_cases));
  EXPECT_FALSE(allowed(Role::police, Action::see_previews));
}

TEST(Roles, NobodyWhoGradesAlsoMakesPeople) {
  for (const auto role : kRoles)
    EXPECT_FALSE(allowed(role, Action::grade) && allowed(role, Action::edit_people)) << name(role);
}

TEST(Roles, WhatIsNotAllowedIsForbidden) {
  EXPECT_EQ(check_allowed(Role::admin, Action::see_cases).error().kind, ErrorKind::forbidden);
  EXPECT_TRUE(check_allowed(Role::analyst, Action::grade));
}

TEST(Roles, WordsAreReadBack) {
  std::set<std::string_view> words;
  for (const auto role : kRoles) EXPECT_EQ(parse_role(name(role)), role);
  for (const auto action : kActions) EXPECT_TRUE(words.insert(name(action)).second);
  EXPECT_EQ(parse_role("root").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace hotline::accounts
