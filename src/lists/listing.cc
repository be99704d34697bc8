#include "lists/listing.h"

#include <algorithm>

#include "url/url.h"

namespace hotline::lists {

std::string_view name(EntryState state) {
  switch (state) {
    case EntryState::listed: return "listed";
    case EntryState::suspended: return "suspended";
    case EntryState::delisted: return "delisted";
  }
  return "delisted";
}

std::string_view name(EntryEvent event) {
  switch (event) {
    case EntryEvent::assessed: return "assessed";
    case EntryEvent::item_gone: return "item_gone";
    case EntryEvent::assessment_withdrawn: return "assessment_withdrawn";
    case EntryEvent::expired: return "expired";
    case EntryEvent::appeal_received: return "appeal_received";
    case EntryEvent::appeal_refused: return "appeal_refused";
    case EntryEvent::appeal_upheld: return "appeal_upheld";
    case EntryEvent::item_back: return "item_back";
    case EntryEvent::still_there: return "still_there";
  }
  return "expired";
}

std::string_view name(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "none";
    case Refusal::not_fetchable: return "not_fetchable";
    case Refusal::home_hosted: return "home_hosted";
    case Refusal::country_unknown: return "country_unknown";
    case Refusal::front_page: return "front_page";
    case Refusal::category: return "category";
    case Refusal::suspended: return "suspended";
    case Refusal::left_since: return "left_since";
  }
  return "none";
}

Result<EntryState> parse_entry_state(std::string_view text) {
  for (const auto state : {EntryState::listed, EntryState::suspended, EntryState::delisted})
    if (name(state) == text) return state;
  return fail(ErrorKind::invalid, "This is no state of a list entry.");
}

Result<EntryState> next(EntryState from, EntryEvent event) {
  for (const auto& step : kSteps)
    if (step.from == from && step.on == event) return step.to;
  return fail(ErrorKind::conflict, "An entry that is " + std::string(name(from)) +
                                       " cannot take the event " + std::string(name(event)) + ".");
}

ListPolicy list_policy(const Settings& settings) {
  ListPolicy policy;
  policy.home_country = settings.text("hotline.country");
  policy.home_hosted = settings.flag("lists.home_hosted");
  policy.front_pages = settings.flag("lists.front_pages");
  policy.categories = settings.list("lists.categories");
  policy.expires_after = settings.duration("lists.expires_after");
  policy.appeal = settings.text("lists.appeal");
  if (policy.appeal.empty()) policy.appeal = settings.text("hotline.web") + "/appeal";
  return policy;
}

Refusal may_list(const Candidate& candidate, const ListPolicy& policy) {
  const auto url = url::parse(candidate.canonical);
  // A selector that is not the canonical form would be compared with what members see and miss.
  if (!url || url->canonical() != candidate.canonical) return Refusal::not_fetchable;
  if (!policy.front_pages && url->target() == "/") return Refusal::front_page;
  if (!policy.categories.empty() && std::find(policy.categories.begin(), policy.categories.end(),
                                              candidate.category) == policy.categories.end())
    return Refusal::category;
  if (policy.home_hosted) return Refusal::none;
  if (candidate.country.empty()) return Refusal::country_unknown;
  return candidate.country == policy.home_country ? Refusal::home_hosted : Refusal::none;
}

}  // namespace hotline::lists
