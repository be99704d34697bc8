// What a person sees of a case at the desk.
#include <algorithm>
#include <set>

#include "assessment/desk.h"
#include "assessment/stacks.h"
#include "casework/casework_store.h"

namespace hotline::assessment {

namespace {

using accounts::Action;

// Smaller than this on either side, nothing can be made out: icons, counters, spacers.
constexpr int kFurnitureBelow = 64;
constexpr std::size_t kStripLength = 5;

bool is_tiny(const CaseItem& item) {
  return item.width > 0 && item.height > 0 &&
         (item.width < kFurnitureBelow || item.height < kFurnitureBelow);
}

std::vector<Step> strip_of(const std::vector<Event>& events, const PersonId& person) {
  std::vector<Step> strip;
  auto steps = steps_of(events);
  // Of a group its first step stands for all.
  for (auto step = steps.rbegin(); step != steps.rend() && strip.size() < kStripLength; ++step)
    if (step->person == person && !step->undone && group_of(step->id) == step->id)
      strip.push_back(*step);
  return strip;
}

/// Blind: before the case is decided, a person sees their own looks; who decides a disagreement
/// sees both.
std::vector<Look> visible_looks(std::vector<Look> looks, const Entry& entry, const Person& person) {
  if (entry.state == QueueState::decided) return looks;
  const bool between = entry.look == 3 && entry.claimed_by == person.id;
  std::erase_if(looks, [&](const Look& look) { return !between && look.person != person.id; });
  return looks;
}

}  // namespace

int CaseView::count(Part part) const {
  return static_cast<int>(std::count_if(items.begin(), items.end(),
                                        [&](const auto& item) { return item.part == part; }));
}

Result<CaseView> Desk::view(const Person& person, const CaseId& casefile) {
  TRY_DONE(accounts::check_allowed(person.role, Action::see_cases));
  TRY(entry, entry_of(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(events, store_.events(casefile, entry.look));
  TRY(items, bare_items(casefile));
  TRY(looks, store_.looks(casefile));
  const bool mine = entry.state == QueueState::claimed && entry.claimed_by == person.id;
  // While a second look runs, only the person who takes it sees its grades.
  const bool blind = entry.state != QueueState::decided && entry.look > 1 && !mine;
  if (blind) events.clear();
  TRY_DONE(fill_in(entry, *scheme, events, items));
  std::vector<ItemGrade> grades;
  for (const auto& one : items)
    grades.push_back({one.item, one.grade, one.part != Part::furniture, one.part == Part::known});
  CaseView seen{.entry = entry,
                .items = std::move(items),
                .strip = strip_of(events, person.id),
                .looks = visible_looks(std::move(looks), entry, person),
                .can_undo = mine && next_undo(events, person.id).has_value(),
                .can_redo = mine && next_redo(events, person.id).has_value(),
                .mine = mine,
                .computed = outcome_of(*scheme, grades, entry.mode)};
  return seen;
}

Result<std::vector<CaseItem>> Desk::bare_items(const CaseId& casefile) {
  casework::CaseworkStore casework(tx_);
  std::vector<CaseItem> items;
  TRY(sighting, casework.last_seen(casefile));
  if (!sighting) return items;
  TRY(seen, casework.items_seen(sighting->id));
  std::set<ItemId> once;
  std::vector<Fingerprint> pictures;
  for (const auto& stored : seen) {
    if (!once.insert(stored.id).second) continue;
    pictures.push_back({stored.pdq_full, stored.pdq_full_quality});
    CaseItem item;
    item.item = stored.id;
    item.number = static_cast<int>(items.size()) + 1;
    item.kind = stored.kind;
    item.width = stored.width;
    item.height = stored.height;
    items.push_back(std::move(item));
  }
  const auto stacks = stacks_of(pictures);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].stack = static_cast<int>(stacks[i]) + 1;
  return items;
}

Done Desk::fill_in(const Entry& entry, const Scheme& scheme, const std::vector<Event>& events,
                   std::vector<CaseItem>& items) {
  TRY(known, store_.prefills(entry.casefile));
  const auto decisions = standing(events);
  for (auto& item : items) {
    if (is_tiny(item)) item.part = Part::furniture;
    const auto prefilled = std::find_if(known.begin(), known.end(),
                                        [&](const auto& one) { return one.item == item.item; });
    if (prefilled != known.end()) {
      const Grade grade{prefilled->category, prefilled->age, prefilled->sex, {}};
      const bool applies = check(scheme, grade).has_value() && !grade.category.empty();
      if (applies && prefilled->exact) {
        item.part = Part::known;
        item.grade = grade;
        item.source = prefilled->source;
      } else if (applies) {
        item.suggestion = *prefilled;
      }
    }
    const auto decided = decisions.find(item.item);
    if (decided != decisions.end()) {
      item.grade = decided->second.grade;
      item.part = is_complete(scheme, item.grade) ? Part::decided : Part::to_do;
      item.suggestion.reset();
    }
    item.complete = item.part == Part::known || is_complete(scheme, item.grade);
  }
  return {};
}

Done Desk::check_items(const CaseId& casefile, const std::vector<ItemId>& items) {
  if (items.empty()) return fail(ErrorKind::invalid, "There is no item to decide.");
  casework::CaseworkStore casework(tx_);
  TRY(sighting, casework.last_seen(casefile));
  std::set<ItemId> there;
  if (sighting) {
    TRY(seen, casework.items_of_sighting(sighting->id));
    for (const auto& one : seen) there.insert(one.item);
  }
  for (const auto& item : items)
    if (!there.contains(item))
      return fail(ErrorKind::not_found, "This item is not on the page of this case.");
  return {};
}

}  // namespace hotline::assessment
