#include "matching/cluster_store.h"

namespace hotline::matching {

namespace {

Result<ClusterItem> item_from(const db::Row& row) {
  ClusterItem one;
  TRY(item, casework::ItemId::parse(row.text(0)));
  TRY(cluster, ClusterId::parse(row.text(1)));
  one.item = item;
  one.cluster = cluster;
  one.distance = static_cast<int>(row.integer(2));
  one.turned = row.integer(3) != 0;
  return one;
}

}  // namespace

Result<std::int64_t> ClusterStore::next_version(const casework::TenantId& tenant) {
  TRY(rows, tx_.run(R"sql(
    INSERT INTO cluster_version (tenant, version) VALUES ($1, 1)
    ON CONFLICT (tenant) DO UPDATE SET version = cluster_version.version + 1
    RETURNING version)sql",
                    {tenant.str()}));
  return rows.at(0).integer(0);
}

Result<std::vector<Cluster>> ClusterStore::changes(const casework::TenantId& tenant,
                                                   std::int64_t version, int limit) {
  TRY(rows, tx_.run(R"sql(
    SELECT id, exemplar, pdq, opened_at, version FROM cluster
     WHERE tenant = $1 AND version > $2 ORDER BY version LIMIT $3)sql",
                    {tenant.str(), version, std::int64_t{limit}}));
  std::vector<Cluster> all;
  all.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(id, ClusterId::parse(row.text(0)));
    TRY(exemplar, casework::ItemId::parse(row.text(1)));
    TRY(hash, Hash256::parse(row.text(2)));
    all.push_back({id, tenant, exemplar, hash, instant(row.integer(3)), row.integer(4)});
  }
  return all;
}

Done ClusterStore::add(const Cluster& cluster) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO cluster (id, tenant, exemplar, pdq, opened_at, version)
    VALUES ($1, $2, $3, $4, $5, $6))sql",
                   {cluster.id.str(), cluster.tenant.str(), cluster.exemplar.str(),
                    cluster.hash.hex(), us(cluster.opened_at), cluster.version}));
  return {};
}

Done ClusterStore::add_item(const ClusterItem& item, Instant now) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO cluster_item (item, cluster, distance, turned, joined_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (item) DO NOTHING)sql",
                   {item.item.str(), item.cluster.str(), std::int64_t{item.distance},
                    std::int64_t{item.turned}, us(now)}));
  return {};
}

Result<std::optional<ClusterItem>> ClusterStore::place_of(const casework::ItemId& item) {
  TRY(rows, tx_.run("SELECT item, cluster, distance, turned FROM cluster_item WHERE item = $1",
                    {item.str()}));
  if (rows.empty()) return std::optional<ClusterItem>();
  TRY(place, item_from(rows[0]));
  return std::optional(place);
}

Result<std::vector<ClusterItem>> ClusterStore::items(const ClusterId& cluster, int limit) {
  TRY(rows, tx_.run(R"sql(
    SELECT item, cluster, distance, turned FROM cluster_item
     WHERE cluster = $1 ORDER BY joined_at, item LIMIT $2)sql",
                    {cluster.str(), std::int64_t{limit}}));
  std::vector<ClusterItem> all;
  for (const auto& row : rows) {
    TRY(one, item_from(row));
    all.push_back(one);
  }
  return all;
}

Result<std::int64_t> ClusterStore::size(const ClusterId& cluster) {
  TRY(rows, tx_.run("SELECT COUNT(*) FROM cluster_item WHERE cluster = $1", {cluster.str()}));
  return rows.at(0).integer(0);
}

}  // namespace hotline::matching
