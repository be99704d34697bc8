// Steps: decisions as append-only events, with undo and redo as their inverses.
//
// A step is one decision about one item, however many keys it took (category,
// age, sex). Undo and redo are events too and name a step; nothing is ever
// changed or removed. What stands for an item is its latest step that is not
// undone. Undo and redo are per person, without limit. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assessment/grade.h"

namespace hotline::assessment {

/// Spelled as it is stored.
enum class Act : std::uint8_t { set, undo, redo };
[[nodiscard]] std::string_view name(Act act);
[[nodiscard]] Result<Act> parse_act(std::string_view text);

struct Event {
  Act act = Act::set;
  std::string step;
  ItemId item;
  PersonId person;
  Grade grade;  ///< Empty for undo and redo.
  Instant at{};
};

struct Step {
  std::string id;
  ItemId item;
  PersonId person;
  Grade grade;  ///< As the last of its keys left it.
  Instant at{};
  bool undone = false;
};

/// In the order in which they were begun.
[[nodiscard]] std::vector<Step> steps_of(const std::vector<Event>& events);
/// What stands for each item; an item whose steps are all undone is not in it.
[[nodiscard]] std::map<ItemId, Step> standing(const std::vector<Event>& events);
/// One keystroke may decide a stack or a selection: its steps share a group ("stp_…", then
/// "stp_….1" and so on), and undo takes the whole group back.
[[nodiscard]] std::string_view group_of(std::string_view step);
[[nodiscard]] std::string step_in(std::string_view group, std::size_t place);
/// The group that this person's next undo takes back, or next redo brings back.
[[nodiscard]] std::optional<std::string> next_undo(const std::vector<Event>& events,
                                                   const PersonId& person);
[[nodiscard]] std::optional<std::string> next_redo(const std::vector<Event>& events,
                                                   const PersonId& person);
/// The group that another key about exactly these items continues: the person's last act, not
/// complete yet.
[[nodiscard]] std::optional<std::string> unfinished_group(const Scheme& scheme,
                                                          const std::vector<Event>& events,
                                                          const PersonId& person,
                                                          const std::vector<ItemId>& items);

}  // namespace hotline::assessment
