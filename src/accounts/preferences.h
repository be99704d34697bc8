// Preferences: what a person has set for themself in the console.
//
// Keys, density and tighter limits of the exposure budget: small texts by name,
// read and changed only by the person. Nothing here gives a right or loosens a
// limit, and nothing is a fact: how somebody likes to work is their own business.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::accounts {

using Preferences = std::map<std::string, std::string>;

[[nodiscard]] Result<Preferences> preferences(db::Transaction& tx,
                                              const casework::PersonId& person);
/// An empty value removes it. Error `invalid` for a name that the table in preferences_store.cc
/// does not have, or for more than 4,000 bytes.
[[nodiscard]] Done set_preference(db::Transaction& tx, const casework::PersonId& person,
                                  std::string_view name, std::string_view value);
/// As a whole number; `otherwise` if it is missing or none.
[[nodiscard]] std::int64_t number_of(const Preferences& all, const std::string& name,
                                     std::int64_t otherwise);
[[nodiscard]] std::string text_of(const Preferences& all, const std::string& name);

}  // namespace hotline::accounts
