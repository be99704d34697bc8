#include "assessment/steps.h"

#include <algorithm>
#include <set>

namespace hotline::assessment {

namespace {

/// What a person has done and taken back, each with the latest on top.
struct Stacks {
  std::vector<std::string> done, undone;
};

void remove(std::vector<std::string>& stack, const std::string& step) {
  stack.erase(std::remove(stack.begin(), stack.end(), step), stack.end());
}

Stacks stacks_of(const std::vector<Event>& events, const PersonId& person) {
  Stacks stacks;
  for (const auto& event : events) {
    if (event.person != person) continue;
    const std::string group(group_of(event.step));
    remove(stacks.done, group);
    remove(stacks.undone, group);
    if (event.act == Act::undo) {
      stacks.undone.push_back(group);
      continue;
    }
    stacks.done.push_back(group);
    // A new decision ends what could be redone, as everywhere else.
    if (event.act == Act::set) stacks.undone.clear();
  }
  return stacks;
}

}  // namespace

std::string_view name(Act act) {
  switch (act) {
    case Act::set: return "set";
    case Act::undo: return "undo";
    case Act::redo: return "redo";
  }
  return "unknown";
}

Result<Act> parse_act(std::string_view text) {
  for (const auto act : {Act::set, Act::undo, Act::redo})
    if (name(act) == text) return act;
  return fail(ErrorKind::corrupt, "A decision has an act that does not exist.");
}

std::vector<Step> steps_of(const std::vector<Event>& events) {
  std::vector<Step> steps;
  std::map<std::string, std::size_t> place;
  for (const auto& event : events) {
    const auto known = place.find(event.step);
    if (event.act != Act::set) {
      if (known != place.end()) steps[known->second].undone = event.act == Act::undo;
      continue;
    }
    if (known != place.end()) {
      steps[known->second].grade = event.grade;
      steps[known->second].at = event.at;
      continue;
    }
    place[event.step] = steps.size();
    steps.push_back({event.step, event.item, event.person, event.grade, event.at, false});
  }
  return steps;
}

std::map<ItemId, Step> standing(const std::vector<Event>& events) {
  std::map<ItemId, Step> latest;
  for (auto& step : steps_of(events))
    if (!step.undone) latest[step.item] = std::move(step);
  return latest;
}

std::optional<std::string> next_undo(const std::vector<Event>& events, const PersonId& person) {
  const auto stacks = stacks_of(events, person);
  if (stacks.done.empty()) return std::nullopt;
  return stacks.done.back();
}

std::optional<std::string> next_redo(const std::vector<Event>& events, const PersonId& person) {
  const auto stacks = stacks_of(events, person);
  if (stacks.undone.empty()) return std::nullopt;
  return stacks.undone.back();
}

std::string_view group_of(std::string_view step) {
  return step.substr(0, step.find('.'));
}

std::string step_in(std::string_view group, std::size_t place) {
  return place == 0 ? std::string(group) : std::string(group) + "." + std::to_string(place);
}

std::optional<std::string> unfinished_group(const Scheme& scheme, const std::vector<Event>& events,
                                            const PersonId& person,
                                            const std::vector<ItemId>& items) {
  const auto last = std::find_if(events.rbegin(), events.rend(),
                                 [&](const Event& event) { return event.person == person; });
  if (last == events.rend() || last->act != Act::set || is_complete(scheme, last->grade))
    return std::nullopt;
  const std::string group(group_of(last->step));
  std::set<ItemId> before;
  for (const auto& event : events)
    if (event.person == person && group_of(event.step) == group) before.insert(event.item);
  if (before != std::set<ItemId>(items.begin(), items.end())) return std::nullopt;
  return group;
}

}  // namespace hotline::assessment
