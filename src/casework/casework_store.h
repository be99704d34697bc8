// Storing and finding the shared nouns. No rules here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::casework {

class CaseworkStore {
 public:
  explicit CaseworkStore(db::Transaction& tx) : tx_(tx) {}

  Done add_tenant(const Tenant& tenant);
  Result<std::vector<Tenant>> tenants();

  /// The address with the same canonical form (or, where there is none, the same text); made if
  /// new.
  Result<Address> find_or_add_address(const TenantId& tenant, std::string_view verbatim,
                                      std::string_view canonical, std::string_view host,
                                      Instant now);
  Result<Address> address(const AddressId& id);
  /// By canonical form; error `not_found`.
  Result<Address> address_by_canonical(const TenantId& tenant, std::string_view canonical);

  Done add_case(const Case& casefile);
  Result<Case> casefile(const CaseId& id);
  Result<std::optional<Case>> case_of_address(const AddressId& address);
  /// Newest first.
  Result<std::vector<Case>> recent_cases(const TenantId& tenant, int limit);

  /// Error `conflict` if a report with this drop id is filed already.
  Done add_report(const Report& report);
  Result<std::vector<Report>> reports_of_case(const CaseId& id);
  Result<Report> report(const ReportId& id);
  Result<bool> is_filed(std::string_view drop);

  Done add_sighting(const Sighting& sighting);
  /// Oldest first.
  Result<std::vector<Sighting>> sightings_of_case(const CaseId& id);
  Result<std::optional<Sighting>> last_seen(const CaseId& id);  ///< The last with outcome `seen`.
  Result<Sighting> sighting(const SightingId& id);

  /// The item with the same SHA-256; made from `item` if new (its id is then item.id).
  Result<Item> find_or_add_item(const Item& item);
  Result<Item> item(const ItemId& id);
  Done add_seen_item(const SightingId& sighting, const SeenItem& seen);
  /// In order of position.
  Result<std::vector<SeenItem>> items_of_sighting(const SightingId& id);
  /// The items themselves, in the same order, in one query; an item seen twice comes twice.
  Result<std::vector<Item>> items_seen(const SightingId& id);
  Result<std::vector<CaseId>> cases_of_item(const ItemId& id);

  Done add_preview(const Preview& preview);  ///< Replaces one of the same item and level.
  Result<std::vector<Preview>> previews_of_item(const ItemId& id);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::casework
