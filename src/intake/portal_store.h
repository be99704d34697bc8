// Storing which portals are live, and counting what came through each. No rules here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::intake {

struct LivePortal {
  std::string id;
  casework::TenantId tenant;
  std::string name, country;
  bool live = true;
  Instant published_at{};
};

struct PortalCount {
  std::int64_t reports = 0, duplicates = 0, cases = 0;
};

class PortalStore {
 public:
  explicit PortalStore(db::Transaction& tx) : tx_(tx) {}

  /// Replaces name, country and state; the tenant of a known portal never changes (error
  /// `conflict`): its receipts and reports are filed there.
  Done put(const LivePortal& portal);
  /// Sorted by id.
  Result<std::vector<LivePortal>> all();
  /// Reports received in [from, to), by portal.
  Result<std::map<std::string, PortalCount>> counts(Instant from, Instant to);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::intake
