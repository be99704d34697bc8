#include "lists/url_list.h"

#include "facts/facts.h"
#include "lists/list_store.h"

namespace hotline::lists {

namespace {

constexpr std::string_view kSystem = "system";
constexpr int kExpireAtOnce = 500;

// Who takes it off by a human decision; only a new assessment, never the watch, brings it back.
bool left_by_decision(const Entry& entry) {
  return entry.left_because == name(EntryEvent::assessment_withdrawn) ||
         entry.left_because == name(EntryEvent::appeal_upheld);
}

}  // namespace

// One change: the state by the table, the next version of the list, one fact.
Done UrlList::move(Entry entry, EntryEvent event, std::string_view actor, Instant now) {
  TRY(to, next(entry.state, event));
  const bool on = to == EntryState::listed;
  if (entry.state == EntryState::delisted) entry.added_at = now;
  if (on) entry.expires_at = now + policy_.expires_after;
  entry.left_because = on ? "" : std::string(name(event));
  entry.state = to;
  entry.changed_at = now;
  TRY(version, ListStore(tx_).put(entry, kUrlList));
  facts::Fact fact;
  fact.tenant = entry.tenant.str();
  fact.kind = on ? "entry_listed" : "entry_delisted";
  fact.actor = actor;
  fact.casefile = entry.casefile.str();
  fact.subject = entry.id.str();
  fact.details = {{"list", kUrlList},           {"version", version},
                  {"category", entry.category}, {"country", entry.country},
                  {"reason", name(event)},      {"address", entry.address.str()}};
  fact.at = now;
  return facts::FactStore(tx_).append(fact);
}

Result<Listed> UrlList::list(const Candidate& candidate, std::string_view actor, Instant now) {
  Listed answer;
  answer.refusal = may_list(candidate, policy_);
  if (answer.refusal != Refusal::none) return answer;
  ListStore store(tx_);
  TRY(old, store.entry_of_address(candidate.address));
  if (old && old->state == EntryState::suspended) answer.refusal = Refusal::suspended;
  // The same assessment may be followed up again (a new trace, a retry): what has become of the
  // entry since then stands. Only a later assessment lists it anew.
  if (old && old->state == EntryState::delisted && candidate.assessed_at < old->changed_at)
    answer.refusal = Refusal::left_since;
  if (answer.refusal != Refusal::none) return answer;
  if (old) answer.entry = old->id;
  if (old && old->state == EntryState::listed) return answer;
  Entry entry;
  if (old) entry = *old;
  entry.id = old ? old->id : EntryId::make(now);
  entry.tenant = candidate.tenant;
  entry.address = candidate.address;
  entry.casefile = candidate.casefile;
  entry.selector = candidate.canonical;
  entry.category = candidate.category;
  entry.country = candidate.country;
  entry.reason = "confirmed";
  entry.provenance =
      "case_assessed " + candidate.casefile.str() + " " + rfc3339(candidate.assessed_at);
  entry.appeal = policy_.appeal;
  entry.state = EntryState::delisted;  // Where an address begins that is on no list.
  TRY_DONE(move(entry, EntryEvent::assessed, actor, now));
  answer.entry = entry.id;
  answer.changed = true;
  return answer;
}

Result<bool> UrlList::delist(const AddressId& address, EntryEvent why, std::string_view actor,
                             Instant now) {
  CHECK(why == EntryEvent::item_gone || why == EntryEvent::assessment_withdrawn ||
        why == EntryEvent::appeal_upheld);
  TRY(entry, ListStore(tx_).entry_of_address(address));
  if (!entry) return false;
  if (entry->state == EntryState::delisted) {
    // It is off already; but what a person has decided outlasts what the watch has seen.
    if (why == EntryEvent::item_gone || left_by_decision(*entry)) return false;
    entry->left_because = name(why);
    entry->changed_at = now;
    TRY_DONE(ListStore(tx_).put(*entry, kUrlList));
    return false;
  }
  TRY_DONE(move(*std::move(entry), why, actor, now));
  return true;
}

Result<bool> UrlList::item_back(const AddressId& address, Instant now) {
  TRY(entry, ListStore(tx_).entry_of_address(address));
  if (!entry || entry->state != EntryState::delisted || left_by_decision(*entry)) return false;
  TRY_DONE(move(*std::move(entry), EntryEvent::item_back, kSystem, now));
  return true;
}

Result<bool> UrlList::still_there(const AddressId& address, Instant now) {
  TRY(entry, ListStore(tx_).entry_of_address(address));
  if (!entry || entry->state != EntryState::listed) return false;
  if (entry->expires_at - now > policy_.expires_after / 2) return false;
  entry->expires_at = now + policy_.expires_after;
  entry->changed_at = now;
  TRY_DONE(ListStore(tx_).put(*entry, kUrlList));
  return true;
}

Result<bool> UrlList::suspend(const EntryId& id, std::string_view actor, Instant now) {
  TRY(entry, ListStore(tx_).entry(id));
  if (entry.state != EntryState::listed) return false;
  TRY_DONE(move(std::move(entry), EntryEvent::appeal_received, actor, now));
  return true;
}

Result<bool> UrlList::decide_appeal(const EntryId& id, bool upheld, std::string_view actor,
                                    Instant now) {
  TRY(entry, ListStore(tx_).entry(id));
  if (entry.state != EntryState::suspended) return false;
  const auto event = upheld ? EntryEvent::appeal_upheld : EntryEvent::appeal_refused;
  TRY_DONE(move(std::move(entry), event, actor, now));
  return true;
}

Result<int> UrlList::expire(Instant now) {
  TRY(due, ListStore(tx_).due_to_expire(now, kExpireAtOnce));
  for (auto& entry : due) TRY_DONE(move(std::move(entry), EntryEvent::expired, kSystem, now));
  return static_cast<int>(due.size());
}

}  // namespace hotline::lists
