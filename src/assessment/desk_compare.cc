// The second reader's comparison: after a blind answer, both side by side.
#include <algorithm>

#include "assessment/desk.h"
#include "assessment/facts_of.h"
#include "base/text.h"

namespace hotline::assessment {

namespace {

constexpr std::size_t kReasonMax = 1000;

const Look* last_of(const std::vector<Look>& looks, int number) {
  const auto found = std::find_if(looks.rbegin(), looks.rend(), [&](const Look& look) {
    return look.look == number && !look.withdrawn_at;
  });
  return found == looks.rend() ? nullptr : &*found;
}

}  // namespace

Result<std::optional<Comparison>> Desk::comparison(const Person& person, const CaseId& casefile) {
  TRY_DONE(accounts::check_allowed(person.role, accounts::Action::grade));
  TRY(entry, entry_of(person, casefile));
  // Once a senior has taken it, it is theirs to decide.
  if (entry.state != QueueState::waiting || entry.look != 3) return std::nullopt;
  TRY(looks, store_.looks(casefile));
  const Look* theirs = last_of(looks, 1);
  const Look* mine = last_of(looks, 2);
  if (theirs == nullptr || mine == nullptr || mine->person != person.id) return std::nullopt;
  TRY(answered, store_.compared(casefile));
  for (const auto& one : answered)
    if (one.at >= mine->finished_at) return std::nullopt;
  Comparison found{*mine, *theirs, {}};
  TRY(first, store_.events(casefile, 1));
  TRY(second, store_.events(casefile, 2));
  const auto before = standing(first);
  const auto after = standing(second);
  TRY(items, bare_items(casefile));
  for (const auto& item : items) {
    const auto a = after.find(item.item);
    const auto b = before.find(item.item);
    const Grade mine_of = a == after.end() ? Grade{} : a->second.grade;
    const Grade theirs_of = b == before.end() ? Grade{} : b->second.grade;
    if (mine_of != theirs_of) found.items.push_back({item.item, item.number, mine_of, theirs_of});
  }
  return found;
}

Done Desk::stand(const Person& person, const CaseId& casefile, Stand choice,
                 std::string_view reason) {
  TRY(open, comparison(person, casefile));
  if (!open)
    return fail(ErrorKind::conflict, "There is nothing for you to compare on this case any more.");
  const std::string words = clip_utf8(clean_utf8(trim(reason)), kReasonMax);
  if (words.empty()) return fail(ErrorKind::invalid, "Say in a few words why.");
  TRY(entry, entry_of(person, casefile));
  const bool keeps = choice == Stand::keep;
  TRY_DONE(store_.add_compared(casefile, {2, person.id, keeps, words, now_}));
  TRY_DONE(append_fact(tx_, entry, "second_look_compared", person.id.str(),
                       {{"look", 2}, {"choice", keeps ? "keep" : "change"}}, now_));
  if (keeps) return {};
  if (open->theirs.outcome.verdict == Verdict::unsure)
    return fail(ErrorKind::conflict, "The first answer was unsure: it cannot decide.");
  TRY(state, next(entry.state, QueueEvent::agreed));
  TRY_DONE(store_.withdraw_looks(casefile, now_));
  // A row of its own: what was answered blind stays as it was, for the figures of agreement.
  TRY_DONE(store_.add_look(casefile, {2, person.id, open->theirs.outcome, open->theirs.scheme, true,
                                      now_, std::nullopt}));
  // Look 1: the items as the first reader graded them are what is learned.
  TRY_DONE(store_.set_state(casefile, state, 1));
  TRY(seen, view(person, casefile));
  return append_verdict(person, entry, seen, open->theirs.outcome);
}

}  // namespace hotline::assessment
