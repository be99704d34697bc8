#include "assessment/assessment.h"

#include "assessment/assessment_store.h"
#include "assessment/facts_of.h"
#include "casework/casework_store.h"

namespace hotline::assessment {

namespace {

std::string counted(int count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

Priority priority_of(const Signals& signals) {
  Priority priority;
  std::vector<std::string> words;
  if (signals.child_at_risk) {
    priority.rank += 1000;
    words.emplace_back("a child may be at risk");
  }
  if (signals.returned) {
    priority.rank += 500;
    words.emplace_back("it was removed and is back");
  }
  if (signals.new_items > 0) {
    priority.rank += 100;
    words.push_back(counted(signals.new_items, "item", "items") + " nobody has assessed");
  }
  if (signals.reports > 1) {
    priority.rank += std::min(signals.reports, 50);
    words.push_back("reported " + std::to_string(signals.reports) + " times");
  }
  if (signals.known_items > 0)
    words.push_back(counted(signals.known_items, "item", "items") + " known already");
  for (std::size_t i = 0; i < words.size(); ++i) priority.words += (i == 0 ? "" : "; ") + words[i];
  if (priority.words.empty()) priority.words = "oldest first";
  return priority;
}

Result<bool> enqueue(db::Transaction& tx, const CaseId& casefile, const Priority& priority,
                     std::string_view scheme, Instant now) {
  TRY(found, casework::CaseworkStore(tx).casefile(casefile));
  AssessmentStore store(tx);
  Entry entry;
  entry.casefile = casefile;
  entry.tenant = found.tenant;
  entry.priority = priority;
  entry.scheme = scheme;
  entry.entered_at = now;
  TRY(added, store.add(entry));
  if (!added) {
    TRY(known, store.entry(casefile));
    if (known && known->state != QueueState::decided && priority.rank > known->priority.rank)
      TRY_DONE(store.set_priority(casefile, priority));
    return false;
  }
  TRY_DONE(append_fact(tx, entry, "case_queued", "system", {{"rank", priority.rank}}, now));
  return true;
}

Done reopen(db::Transaction& tx, const CaseId& casefile, const Priority& priority, Instant now) {
  AssessmentStore store(tx);
  TRY(entry, store.entry(casefile));
  if (!entry) return fail(ErrorKind::not_found, "This case is not in the queue.");
  TRY(state, next(entry->state, QueueEvent::returned));
  TRY_DONE(store.set_state(casefile, state, 1));
  TRY_DONE(store.set_priority(casefile, priority));
  return append_fact(tx, *entry, "case_reopened", "system", {{"rank", priority.rank}}, now);
}

Done prefill(db::Transaction& tx, const CaseId& casefile, const Prefill& known, Instant now) {
  AssessmentStore store(tx);
  TRY(entry, store.entry(casefile));
  if (!entry) return fail(ErrorKind::not_found, "This case is not in the queue.");
  return store.put_prefill(casefile, known, now);
}

Result<std::optional<Standing>> verdict(db::Transaction& tx, const CaseId& casefile) {
  TRY(looks, AssessmentStore(tx).looks(casefile));
  std::optional<Standing> standing;
  for (const auto& look : looks)
    if (look.decides && !look.withdrawn_at)
      standing = Standing{look.outcome, look.scheme, look.person, look.finished_at};
  return standing;
}

Result<std::vector<PersonId>> graders_of(db::Transaction& tx, const ItemId& item) {
  AssessmentStore store(tx);
  TRY(places, store.looks_at_item(item));
  std::vector<PersonId> people;
  for (const auto& place : places) {
    TRY(events, store.events(place.casefile, place.look));
    const auto decisions = standing(events);
    const auto found = decisions.find(item);
    // Unsure is no confirmation, and neither is a category that still waits for its age.
    if (found == decisions.end() || !is_whole(found->second.grade)) continue;
    const auto& person = found->second.person;
    if (std::find(people.begin(), people.end(), person) == people.end()) people.push_back(person);
  }
  return people;
}

Result<std::vector<Learned>> decisions_of(db::Transaction& tx, const CaseId& casefile) {
  AssessmentStore store(tx);
  std::vector<Learned> learned;
  TRY(entry, store.entry(casefile));
  if (!entry || entry->state != QueueState::decided) return learned;
  // The look that decided comes last; where it left an item open, an earlier look counts.
  for (int look = entry->look; look >= 1; --look) {
    TRY(events, store.events(casefile, look));
    for (const auto& [item, step] : standing(events)) {
      if (!is_whole(step.grade)) continue;
      const auto same = [&, id = item](const Learned& one) { return one.item == id; };
      if (std::none_of(learned.begin(), learned.end(), same))
        learned.push_back({item, step.grade, step.person});
    }
  }
  return learned;
}

}  // namespace hotline::assessment
