// Storing clusters and which item is in which. No rules here.
#pragma once

#include <optional>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"
#include "matching/cluster.h"

namespace hotline::matching {

struct Cluster {
  ClusterId id;
  casework::TenantId tenant;
  casework::ItemId exemplar;
  Hash256 hash;  ///< Of the exemplar.
  Instant opened_at{};
  std::int64_t version = 0;
};

struct ClusterItem {
  casework::ItemId item;
  ClusterId cluster;
  int distance = 0;     ///< From the exemplar.
  bool turned = false;  ///< Mirrored or turned against the exemplar.
};

class ClusterStore {
 public:
  explicit ClusterStore(db::Transaction& tx) : tx_(tx) {}

  /// The next version of the tenant's clusters. Holds everybody else who asks until the
  /// transaction ends.
  Result<std::int64_t> next_version(const casework::TenantId& tenant);
  /// After `version`, in order of version.
  Result<std::vector<Cluster>> changes(const casework::TenantId& tenant, std::int64_t version,
                                       int limit);
  Done add(const Cluster& cluster);
  /// An item that is in a cluster stays there.
  Done add_item(const ClusterItem& item, Instant now);
  Result<std::optional<ClusterItem>> place_of(const casework::ItemId& item);
  /// Oldest first, at most `limit`.
  Result<std::vector<ClusterItem>> items(const ClusterId& cluster, int limit);
  Result<std::int64_t> size(const ClusterId& cluster);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::matching
