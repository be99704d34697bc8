// Listing: may this address be on the URL list, and where does an entry stand?
//
// The URL list protects people while the imagery is still up: members stop
// exactly these addresses. An entry begins with a recorded assessment, ends with
// the removal, a withdrawn assessment, an appeal or its expiry, and comes back if
// the imagery does. The selector is always the exact address, the narrowest that
// works; there is no way to list a host.
//
// Rules and values only: storing is list_store.h, doing is url_list.h.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/settings.h"
#include "casework/casework.h"

namespace hotline::lists {

struct EntryTag {
  static constexpr std::string_view prefix = "ent_";
};
using EntryId = Id<EntryTag>;
using casework::AddressId;
using casework::CaseId;
using casework::TenantId;

/// Spelled as it is stored and sent.
enum class EntryState : std::uint8_t {
  listed,     ///< Members get it.
  suspended,  ///< Taken out while an appeal is decided. Members get a tombstone.
  delisted,   ///< Gone, withdrawn, appealed or expired. Members get a tombstone.
};
enum class EntryEvent : std::uint8_t {
  assessed,              ///< A person has confirmed it, and policy lists it.
  item_gone,             ///< Proven removal.
  assessment_withdrawn,  ///< The decision was overturned or undone.
  expired,               ///< Nobody has confirmed it in time.
  appeal_received,       ///< With a significant risk that it is right.
  appeal_refused,        ///< Re-assessed: the entry was right.
  appeal_upheld,         ///< Re-assessed: it must not be listed.
  item_back,             ///< The watch saw it again after its removal.
  still_there,           ///< Looked at again: the expiry moves.
};
[[nodiscard]] std::string_view name(EntryState state);
[[nodiscard]] std::string_view name(EntryEvent event);
[[nodiscard]] Result<EntryState> parse_entry_state(std::string_view text);

/// The whole life of an entry. Anything not listed is refused by next().
struct Step {
  EntryState from;
  EntryEvent on;
  EntryState to;
};
inline constexpr std::array kSteps = {
    Step{EntryState::listed, EntryEvent::item_gone, EntryState::delisted},
    Step{EntryState::listed, EntryEvent::assessment_withdrawn, EntryState::delisted},
    Step{EntryState::listed, EntryEvent::expired, EntryState::delisted},
    Step{EntryState::listed, EntryEvent::appeal_received, EntryState::suspended},
    Step{EntryState::listed, EntryEvent::appeal_upheld, EntryState::delisted},
    Step{EntryState::listed, EntryEvent::still_there, EntryState::listed},
    Step{EntryState::suspended, EntryEvent::appeal_refused, EntryState::listed},
    Step{EntryState::suspended, EntryEvent::appeal_upheld, EntryState::delisted},
    Step{EntryState::suspended, EntryEvent::item_gone, EntryState::delisted},
    Step{EntryState::suspended, EntryEvent::assessment_withdrawn, EntryState::delisted},
    Step{EntryState::suspended, EntryEvent::expired, EntryState::delisted},
    // Every address begins here. The same entry comes back under its old id: its history stays
    // one history. What a person took off comes back by an assessment only (url_list.h).
    Step{EntryState::delisted, EntryEvent::assessed, EntryState::listed},
    Step{EntryState::delisted, EntryEvent::item_back, EntryState::listed},
};
/// Error `conflict` if that cannot happen in `from`.
Result<EntryState> next(EntryState from, EntryEvent event);

struct Entry {
  EntryId id;
  TenantId tenant;
  AddressId address;
  CaseId casefile;
  std::string selector;  ///< The exact canonical address.
  std::string category;
  std::string country;     ///< Where it was hosted when listed; empty if unknown.
  std::string reason;      ///< "confirmed".
  std::string provenance;  ///< The fact that it stands on: "case_assessed" and its case and time.
  std::string appeal;      ///< Where to appeal: a web address or mailbox of ours.
  EntryState state = EntryState::listed;
  std::string left_because;  ///< The event that took it off, or empty.
  Instant added_at{};
  Instant expires_at{};
  Instant changed_at{};
  std::int64_t version = 0;  ///< Of the list when this entry last changed.
};

/// What a hotline decides about its list.
struct ListPolicy {
  std::string home_country;
  bool home_hosted = false;             ///< List what is hosted at home too.
  bool front_pages = true;              ///< Whether "/" of a host may be an exact entry.
  std::vector<std::string> categories;  ///< Empty: every category of an actionable verdict.
  microseconds expires_after{};
  std::string appeal;
};
[[nodiscard]] ListPolicy list_policy(const Settings& settings);

struct Candidate {
  TenantId tenant;
  AddressId address;
  CaseId casefile;
  std::string canonical;
  std::string category;
  std::string country;  ///< Of the hosting; empty if tracing has not answered yet.
  Instant assessed_at{};
};

/// Why an address is not listed; spelled as stored in the fact's details and shown to staff.
enum class Refusal : std::uint8_t {
  none,             ///< It may be listed.
  not_fetchable,    ///< There is no canonical http(s) address: no exact selector.
  home_hosted,      ///< Policy: at home the notice is faster.
  country_unknown,  ///< Policy keeps home-hosted off, and we do not know where it is.
  front_page,       ///< Policy keeps front pages off: too near to a whole host.
  category,         ///< Policy does not list this category.
  suspended,        ///< An appeal is being decided.
  left_since,       ///< It left the list after that assessment: gone, appealed or expired.
};
[[nodiscard]] std::string_view name(Refusal refusal);
[[nodiscard]] Refusal may_list(const Candidate& candidate, const ListPolicy& policy);

}  // namespace hotline::lists
