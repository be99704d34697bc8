#include "assessment/desk.h"

#include <algorithm>

#include "assessment/exposure.h"
#include "assessment/facts_of.h"
#include "assessment/quality.h"
#include "assessment/themes.h"

namespace hotline::assessment {

namespace {

using accounts::Action;
using accounts::check_allowed;

// As long as a session may idle: a closed browser gives the case back by itself.
constexpr std::chrono::minutes kClaimLasts{30};
// Enough candidates for thirteen analysts who press Start in the same moment.
constexpr int kTakeAttempts = 20;
// So far down the queue routing looks for a case that somebody wishes to meet.
constexpr int kCandidates = 100;

int look_max(const Person& person) {
  return accounts::allowed(person.role, Action::decide_disagreement) ? 3 : 2;
}

bool same_finding(const Outcome& a, const Outcome& b) {
  return a.verdict == b.verdict && a.category == b.category && a.age == b.age;
}

/// Why the look that ends here does not decide.
std::string why_again(const Entry& entry, const Outcome& outcome) {
  if (outcome.verdict == Verdict::unsure) return "unsure";
  return entry.look == 1 ? "policy" : "disagreement";
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::unexpected<Error> not_here() {
  return fail(ErrorKind::not_found, "There is no such case in the queue.");
}

}  // namespace

DeskRules desk_rules(const Settings& settings) {
  return {.second_look_categories = settings.list("assessment.second_opinion_categories"),
          .second_look_ages = settings.list("assessment.second_opinion_ages"),
          .second_look_flags = settings.list("assessment.second_opinion_flags"),
          .quality_percent = settings.integer("assessment.quality_percent"),
          .budget = budget_rules(settings)};
}

Result<std::optional<CaseId>> Desk::start(const Person& person) {
  TRY_DONE(check_allowed(person.role, Action::grade));
  TRY(mine, store_.claimed_by(person.id));
  for (const auto& entry : mine) {
    if (entry.tenant != person.tenant) continue;
    TRY(still, store_.take(entry.casefile, person.id, now_ + kClaimLasts, now_));
    if (still) return entry.casefile;
  }
  TRY(today, meter(tx_, person.id, rules_.budget, now_));
  std::vector<std::string> spared = today.opt_outs;
  const auto minute =
      std::chrono::duration_cast<std::chrono::minutes>(now_.time_since_epoch()).count();
  if (spares_severe(today.state, today.rules, minute))
    spared.insert(spared.end(), {"most_severe", "youngest"});
  const int wanted = spared.empty() ? kTakeAttempts : kCandidates;
  TRY(candidates, store_.best_for({person.tenant, person.id, look_max(person)}, wanted, now_));
  int attempts = 0;
  for (const auto& candidate : candidates) {
    TRY(offered, is_offered(person, candidate, spared));
    if (!offered) continue;
    const auto claimed = claim(person, candidate);
    if (claimed) return candidate;
    if (claimed.error().kind != ErrorKind::conflict) return std::unexpected(claimed.error());
    if (++attempts == kTakeAttempts)
      return fail(ErrorKind::conflict, "Colleagues were quicker. Press Start again.");
  }
  return std::nullopt;
}

Result<bool> Desk::is_offered(const Person& person, const CaseId& casefile,
                              const std::vector<std::string>& spared) {
  if (spared.empty()) return true;
  TRY(entry, entry_of(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(themes, themes_of(tx_, casefile, *scheme));
  return std::none_of(themes.begin(), themes.end(),
                      [&](const std::string& theme) { return has(spared, theme); });
}

Done Desk::claim(const Person& person, const CaseId& casefile) {
  TRY_DONE(check_allowed(person.role, Action::grade));
  TRY(entry, entry_of(person, casefile));
  if (entry.look > look_max(person))
    return fail(ErrorKind::forbidden, "A senior decides where two analysts disagree.");
  TRY(earlier, had_earlier_look(person, entry));
  if (earlier)
    return fail(ErrorKind::forbidden, "Somebody else must take this look: you had the first.");
  const bool had_it = entry.state == QueueState::claimed && entry.claimed_by == person.id;
  if (entry.state == QueueState::decided) return fail(ErrorKind::conflict, "This case is decided.");
  TRY(taken, store_.take(casefile, person.id, now_ + kClaimLasts, now_));
  if (!taken) return fail(ErrorKind::conflict, "A colleague has this case open.");
  if (had_it) return {};
  return append_fact(tx_, entry, "case_claimed", person.id.str(), {{"look", entry.look}}, now_);
}

Done Desk::put_back(const Person& person, const CaseId& casefile) {
  TRY(entry, held_entry(person, casefile));
  TRY(state, next(entry.state, QueueEvent::put_back));
  TRY_DONE(store_.set_state(casefile, state, entry.look));
  return append_fact(tx_, entry, "case_put_back", person.id.str(), {{"look", entry.look}}, now_);
}

Result<std::string> Desk::decide(const Person& person, const CaseId& casefile, const ItemId& item,
                                 const Grade& grade) {
  return decide_all(person, casefile, {item}, grade);
}

Result<std::string> Desk::decide_all(const Person& person, const CaseId& casefile,
                                     const std::vector<ItemId>& items, const Grade& grade) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY_DONE(check(*scheme, grade));
  if (grade.category.empty()) return fail(ErrorKind::invalid, "A decision begins with a category.");
  TRY_DONE(check_items(casefile, items));
  return append_steps(person, entry, *scheme, items, grade);
}

Result<std::string> Desk::accept(const Person& person, const CaseId& casefile, const ItemId& item) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(known, store_.prefills(casefile));
  for (const auto& one : known) {
    if (one.item != item) continue;
    const Grade grade{one.category, one.age, one.sex, {}};
    TRY_DONE(check(*scheme, grade));
    return append_steps(person, entry, *scheme, {item}, grade);
  }
  return fail(ErrorKind::not_found, "Nothing is suggested for this item.");
}

Result<std::string> Desk::append_steps(const Person& person, const Entry& entry,
                                       const Scheme& scheme, const std::vector<ItemId>& items,
                                       const Grade& grade) {
  TRY_DONE(store_.extend(entry.casefile, now_ + kClaimLasts));
  TRY(events, store_.events(entry.casefile, entry.look));
  const auto standing_now = standing(events);
  std::string group;
  std::vector<ItemId> changed;
  for (const auto& item : items) {
    // The same key twice, or a lost answer sent again, changes nothing.
    const auto before = standing_now.find(item);
    if (before != standing_now.end() && before->second.grade == grade &&
        before->second.person == person.id)
      group = group_of(before->second.id);
    else
      changed.push_back(item);
  }
  if (changed.empty()) return group;
  const auto going_on = unfinished_group(scheme, events, person.id, changed);
  group = going_on.value_or("stp_" + make_id_body(now_));
  for (std::size_t i = 0; i < changed.size(); ++i) {
    TRY_DONE(store_.add_event(entry.casefile, entry.look,
                              {Act::set, step_in(group, i), changed[i], person.id, grade, now_}));
    if (is_complete(scheme, grade))
      TRY_DONE(append_item_fact(tx_, entry, "item_assessed", person.id, changed[i], grade, now_));
  }
  return group;
}

Result<ItemId> Desk::undo(const Person& person, const CaseId& casefile,
                          const std::optional<std::string>& step) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(events, store_.events(casefile, entry.look));
  const auto wanted =
      step ? std::optional(std::string(group_of(*step))) : next_undo(events, person.id);
  if (!wanted) return fail(ErrorKind::conflict, "There is nothing left to undo.");
  std::optional<ItemId> first;
  bool there = false;
  for (const auto& one : steps_of(events)) {
    if (group_of(one.id) != *wanted || one.person != person.id) continue;
    there = true;
    if (one.undone) continue;
    TRY_DONE(
        store_.add_event(casefile, entry.look, {Act::undo, one.id, one.item, person.id, {}, now_}));
    // Half a grade was no fact, and so its end is none.
    if (is_complete(*scheme, one.grade))
      TRY_DONE(append_item_fact(tx_, entry, "item_assessment_undone", person.id, one.item,
                                one.grade, now_));
    if (!first) first = one.item;
  }
  if (first) return *first;
  if (there) return fail(ErrorKind::conflict, "This is undone already.");
  return fail(ErrorKind::not_found, "There is no such decision of yours.");
}

Result<ItemId> Desk::redo(const Person& person, const CaseId& casefile) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(events, store_.events(casefile, entry.look));
  const auto wanted = next_redo(events, person.id);
  if (!wanted) return fail(ErrorKind::conflict, "There is nothing to redo.");
  std::optional<ItemId> first;
  for (const auto& one : steps_of(events)) {
    if (group_of(one.id) != *wanted || !one.undone) continue;
    TRY_DONE(
        store_.add_event(casefile, entry.look, {Act::redo, one.id, one.item, person.id, {}, now_}));
    if (is_complete(*scheme, one.grade))
      TRY_DONE(append_item_fact(tx_, entry, "item_assessed", person.id, one.item, one.grade, now_));
    if (!first) first = one.item;
  }
  if (first) return *first;
  return fail(ErrorKind::corrupt, "A decision that was undone is not there.");
}

Result<Finished> Desk::finish(const Person& person, const CaseId& casefile, const Finish& finish) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY_DONE(store_.set_mode(casefile, finish.mode));
  TRY(seen, view(person, casefile));
  Finished result;
  if (finish.said) {
    const bool confirmed = std::any_of(seen.items.begin(), seen.items.end(), [&](const auto& one) {
      return is_actionable(*scheme, one.grade);
    });
    if (confirmed || *finish.said == Verdict::actionable)
      return fail(ErrorKind::conflict, "An item is graded as actionable. Undo that first.");
    result.outcome.verdict = *finish.said;
  } else {
    TRY(computed, std::move(seen.computed));
    result.outcome = std::move(computed);
  }
  TRY(final_word, decides(entry, result.outcome, seen.items));
  result.decides = final_word;
  TRY_DONE(count_what_was_avoided(person, seen));
  if (result.decides) TRY_DONE(store_.withdraw_looks(casefile, now_));
  TRY_DONE(store_.add_look(casefile, {entry.look, person.id, result.outcome, scheme->reference(),
                                      result.decides, now_, std::nullopt}));
  TRY(state, next(entry.state, result.decides ? QueueEvent::finished : QueueEvent::passed_on));
  TRY_DONE(store_.set_state(casefile, state, entry.look + (result.decides ? 0 : 1)));
  const auto& outcome = result.outcome;
  if (!result.decides)
    TRY_DONE(append_fact(tx_, entry, "second_look_asked", person.id.str(),
                         {{"look", entry.look + 1}, {"why", why_again(entry, outcome)}}, now_));
  else
    TRY_DONE(append_verdict(person, entry, seen, outcome));
  if (result.decides && rules_.quality_percent > 0)
    TRY_DONE(draw_samples(tx_, entry, person, rules_.quality_percent, now_));
  const bool severe = severity_of(*scheme, {outcome.category, outcome.age, outcome.sex, {}}) == 2;
  TRY_DONE(count_finished(tx_, person.id, severe, rules_.budget, now_));
  return result;
}

Done Desk::append_verdict(const Person& person, const Entry& entry, const CaseView& seen,
                          const Outcome& outcome) {
  TRY(scheme, schemes_.find(entry.scheme));
  return append_fact(tx_, entry, "case_assessed", person.id.str(),
                     {{"verdict", std::string(name(outcome.verdict))},
                      {"category", outcome.category},
                      {"age", outcome.age},
                      {"sex", outcome.sex},
                      {"item", outcome.item.str()},
                      {"scheme", scheme->reference()},
                      {"look", entry.look},
                      {"mode", std::string(name(seen.entry.mode))},
                      {"items", seen.items.size()},
                      {"known", seen.count(Part::known)}},
                     now_);
}

Done Desk::withdraw(const Person& person, const CaseId& casefile) {
  TRY(entry, entry_of(person, casefile));
  TRY(standing_now, verdict(tx_, casefile));
  const bool own = standing_now && standing_now->by == person.id;
  TRY_DONE(check_allowed(person.role, own ? Action::grade : Action::withdraw_assessment));
  TRY(state, next(entry.state, QueueEvent::withdrawn));
  TRY_DONE(store_.withdraw_looks(casefile, now_));
  TRY_DONE(store_.set_state(casefile, state, entry.look));
  json::object details = {{"look", entry.look}};
  if (standing_now) {
    details["verdict"] = std::string(name(standing_now->outcome.verdict));
    details["category"] = standing_now->outcome.category;
  }
  TRY_DONE(append_fact(tx_, entry, "assessment_withdrawn", person.id.str(), details, now_));
  if (!accounts::allowed(person.role, Action::grade) || entry.look > look_max(person)) return {};
  TRY(earlier, had_earlier_look(person, entry));
  if (earlier) return {};
  return claim(person, casefile);
}

Result<Entry> Desk::entry_of(const Person& person, const CaseId& casefile) {
  TRY(entry, store_.entry(casefile));
  if (!entry || entry->tenant != person.tenant) return not_here();
  return *std::move(entry);
}

Result<Entry> Desk::held_entry(const Person& person, const CaseId& casefile) {
  TRY_DONE(check_allowed(person.role, Action::grade));
  TRY(entry, entry_of(person, casefile));
  if (entry.state != QueueState::claimed || entry.claimed_by != person.id)
    return fail(ErrorKind::conflict, "This case is not yours at the moment. Claim it first.");
  return entry;
}

Result<bool> Desk::had_earlier_look(const Person& person, const Entry& entry) {
  if (entry.look == 2) {
    TRY(consulted, store_.was_consulted(entry.casefile, person.id));
    if (consulted) return true;
  }
  TRY(looks, store_.looks(entry.casefile));
  return std::any_of(looks.begin(), looks.end(), [&](const Look& look) {
    return look.person == person.id && look.look < entry.look && !look.withdrawn_at;
  });
}

bool Desk::asks_again(const Entry& entry, const Outcome& outcome,
                      const std::vector<CaseItem>& items) {
  if (entry.look > 1) return false;
  if (outcome.verdict == Verdict::unsure) return true;
  if (outcome.verdict == Verdict::actionable &&
      (has(rules_.second_look_categories, outcome.category) ||
       has(rules_.second_look_ages, outcome.age)))
    return true;
  return std::any_of(items.begin(), items.end(), [&](const CaseItem& item) {
    return item.part == Part::decided &&
           std::any_of(item.grade.flags.begin(), item.grade.flags.end(),
                       [&](const auto& flag) { return has(rules_.second_look_flags, flag); });
  });
}

// The first look decides unless nobody could tell or policy asks for two; the second decides
// where both agree or the first was unsure; the third decides in any case.
Result<bool> Desk::decides(const Entry& entry, const Outcome& outcome,
                           const std::vector<CaseItem>& items) {
  if (entry.look >= 3) return true;
  if (entry.look == 1) return !asks_again(entry, outcome, items);
  const bool unsure = outcome.verdict == Verdict::unsure;
  TRY(looks, store_.looks(entry.casefile));
  const auto first =
      std::find_if(looks.rbegin(), looks.rend(), [](const Look& look) { return look.look == 1; });
  if (unsure || first == looks.rend()) return !unsure;
  return first->outcome.verdict == Verdict::unsure || same_finding(first->outcome, outcome);
}

Done Desk::count_what_was_avoided(const Person& person, const CaseView& seen) {
  TRY(looks, store_.looks(seen.entry.casefile));
  // Withdrawing and finishing again avoids nothing twice.
  if (std::any_of(looks.begin(), looks.end(),
                  [&](const auto& look) { return look.person == person.id; }))
    return {};
  return count_avoided(tx_, person.id,
                       static_cast<std::int64_t>(seen.items.size()) - seen.count(Part::decided),
                       now_);
}

}  // namespace hotline::assessment
