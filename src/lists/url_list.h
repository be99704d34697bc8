// The URL list: what the workflow does to it.
//
// Each function runs in the caller's transaction, changes at most one entry (or
// expires many), gives it the list's next version and appends the fact
// (entry_listed, entry_delisted, entry_suspended). Doing the same again changes
// nothing and says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/db.h"
#include "lists/listing.h"

namespace hotline::lists {

/// The name of the list in addresses, facts and deliveries.
inline constexpr std::string_view kUrlList = "urls";

struct Listed {
  Refusal refusal = Refusal::none;
  std::optional<EntryId> entry;  ///< Set when it is on the list now.
  bool changed = false;          ///< False: it was on the list already.
};

class UrlList {
 public:
  UrlList(db::Transaction& tx, ListPolicy policy) : tx_(tx), policy_(std::move(policy)) {}

  /// Lists an assessed address, or says why not. An address that has left the list comes back by
  /// an assessment that is later than its leaving. `actor` is a person's id or "system".
  Result<Listed> list(const Candidate& candidate, std::string_view actor, Instant now);

  /// Takes the address off: `why` is item_gone, assessment_withdrawn or appeal_upheld.
  /// False if it was not on the list.
  Result<bool> delist(const AddressId& address, EntryEvent why, std::string_view actor,
                      Instant now);

  /// The watch saw it again after a removal. False if it was never listed, is listed already, or
  /// left for another reason than removal or expiry: then only a new assessment lists it.
  Result<bool> item_back(const AddressId& address, Instant now);

  /// Looked at and still there. Once less than half of the time to its expiry is left, the expiry
  /// moves, and members get the entry again; before that nothing changes. True if it moved.
  Result<bool> still_there(const AddressId& address, Instant now);

  /// An appeal: out while it is decided, then back (refused) or off (upheld).
  Result<bool> suspend(const EntryId& entry, std::string_view actor, Instant now);
  Result<bool> decide_appeal(const EntryId& entry, bool upheld, std::string_view actor,
                             Instant now);

  /// Takes off what has expired; gives how many. The worker does this every hour.
  Result<int> expire(Instant now);

 private:
  Done move(Entry entry, EntryEvent event, std::string_view actor, Instant now);
  db::Transaction& tx_;
  ListPolicy policy_;
};

}  // namespace hotline::lists
