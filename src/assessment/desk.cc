#include "assessment/desk.h"

#include <algorithm>

#include "assessment/exposure.h"
#include "assessment/facts_of.h"

namespace hotline::assessment {

namespace {

using accounts::Action;
using accounts::check_allowed;

// As long as a session may idle: a closed browser gives the case back by itself.
constexpr std::chrono::minutes kClaimLasts{30};
// Enough candidates for thirteen analysts who press Start in the same moment.
constexpr int kTakeAttempts = 20;

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

std::unexpected<Error> not_here() {
  return fail(ErrorKind::not_found, "There is no such case in the queue.");
}

}  // namespace

Result<std::optional<CaseId>> Desk::start(const Person& person) {
  TRY_DONE(check_allowed(person.role, Action::grade));
  TRY(mine, store_.claimed_by(person.id));
  for (const auto& entry : mine) {
    if (entry.tenant != person.tenant) continue;
    TRY(still, store_.take(entry.casefile, person.id, now_ + kClaimLasts, now_));
    if (still) return entry.casefile;
  }
  for (int attempt = 0; attempt < kTakeAttempts; ++attempt) {
    TRY(best, store_.best_for({person.tenant, person.id, look_max(person)}, now_));
    if (!best) return std::nullopt;
    const auto claimed = claim(person, *best);
    if (claimed) return best;
    if (claimed.error().kind != ErrorKind::conflict) return std::unexpected(claimed.error());
  }
  return fail(ErrorKind::conflict, "Colleagues were quicker. Press Start again.");
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
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY_DONE(check(*scheme, grade));
  if (grade.category.empty()) return fail(ErrorKind::invalid, "A decision begins with a category.");
  TRY_DONE(check_item(casefile, item));
  return append_step(person, entry, *scheme, item, grade);
}

Result<std::string> Desk::accept(const Person& person, const CaseId& casefile, const ItemId& item) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(known, store_.prefills(casefile));
  for (const auto& one : known) {
    if (one.item != item) continue;
    const Grade grade{one.category, one.age, one.sex, {}};
    TRY_DONE(check(*scheme, grade));
    return append_step(person, entry, *scheme, item, grade);
  }
  return fail(ErrorKind::not_found, "Nothing is suggested for this item.");
}

Result<std::string> Desk::append_step(const Person& person, const Entry& entry,
                                      const Scheme& scheme, const ItemId& item,
                                      const Grade& grade) {
  TRY(events, store_.events(entry.casefile, entry.look));
  const auto standing_now = standing(events);
  const auto before = standing_now.find(item);
  if (before != standing_now.end() && before->second.grade == grade &&
      before->second.person == person.id)
    return before->second.id;  // The same key twice, or a lost answer sent again.
  const auto going_on = unfinished_step(scheme, events, person.id, item);
  const std::string step = going_on.value_or("stp_" + make_id_body(now_));
  TRY_DONE(
      store_.add_event(entry.casefile, entry.look, {Act::set, step, item, person.id, grade, now_}));
  TRY_DONE(store_.extend(entry.casefile, now_ + kClaimLasts));
  if (is_complete(scheme, grade))
    TRY_DONE(append_item_fact(tx_, entry, "item_assessed", person.id, item, grade, now_));
  return step;
}

Result<ItemId> Desk::undo(const Person& person, const CaseId& casefile,
                          const std::optional<std::string>& step) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(events, store_.events(casefile, entry.look));
  const auto wanted = step ? step : next_undo(events, person.id);
  if (!wanted) return fail(ErrorKind::conflict, "There is nothing left to undo.");
  for (const auto& one : steps_of(events)) {
    if (one.id != *wanted || one.person != person.id) continue;
    if (one.undone) return fail(ErrorKind::conflict, "This is undone already.");
    TRY_DONE(
        store_.add_event(casefile, entry.look, {Act::undo, one.id, one.item, person.id, {}, now_}));
    // Half a grade was no fact, and so its end is none.
    if (is_complete(*scheme, one.grade))
      TRY_DONE(append_item_fact(tx_, entry, "item_assessment_undone", person.id, one.item,
                                one.grade, now_));
    return one.item;
  }
  return fail(ErrorKind::not_found, "There is no such decision of yours.");
}

Result<ItemId> Desk::redo(const Person& person, const CaseId& casefile) {
  TRY(entry, held_entry(person, casefile));
  TRY(scheme, schemes_.find(entry.scheme));
  TRY(events, store_.events(casefile, entry.look));
  const auto wanted = next_redo(events, person.id);
  if (!wanted) return fail(ErrorKind::conflict, "There is nothing to redo.");
  for (const auto& one : steps_of(events)) {
    if (one.id != *wanted) continue;
    TRY_DONE(
        store_.add_event(casefile, entry.look, {Act::redo, one.id, one.item, person.id, {}, now_}));
    if (is_complete(*scheme, one.grade))
      TRY_DONE(append_item_fact(tx_, entry, "item_assessed", person.id, one.item, one.grade, now_));
    return one.item;
  }
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
  TRY(final_word, decides(entry, result.outcome));
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
    TRY_DONE(append_fact(tx_, entry, "case_assessed", person.id.str(),
                         {{"verdict", std::string(name(outcome.verdict))},
                          {"category", outcome.category},
                          {"age", outcome.age},
                          {"sex", outcome.sex},
                          {"item", outcome.item.str()},
                          {"scheme", scheme->reference()},
                          {"look", entry.look},
                          {"mode", std::string(name(finish.mode))},
                          {"items", seen.items.size()},
                          {"known", seen.count(Part::known)}},
                         now_));
  return result;
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
  TRY(looks, store_.looks(entry.casefile));
  return std::any_of(looks.begin(), looks.end(), [&](const Look& look) {
    return look.person == person.id && look.look < entry.look && !look.withdrawn_at;
  });
}

// The first look decides unless nobody could tell or policy asks for two; the second decides
// where both agree or the first was unsure; the third decides in any case.
Result<bool> Desk::decides(const Entry& entry, const Outcome& outcome) {
  if (entry.look >= 3) return true;
  const bool unsure = outcome.verdict == Verdict::unsure;
  if (entry.look == 1) {
    const auto& policy = rules_.second_look_categories;
    const bool by_policy =
        outcome.verdict == Verdict::actionable &&
        std::find(policy.begin(), policy.end(), outcome.category) != policy.end();
    return !unsure && !by_policy;
  }
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
