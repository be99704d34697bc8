#include "intake/portal_store.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kTenant = "SELECT tenant FROM portal WHERE id = $1";
constexpr std::string_view kPut = R"sql(
  INSERT INTO portal (id, tenant, name, country, live, published_at)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (id) DO UPDATE
    SET name = excluded.name, country = excluded.country, live = excluded.live,
        published_at = excluded.published_at)sql";
constexpr std::string_view kAll =
    "SELECT id, tenant, name, country, live, published_at FROM portal ORDER BY id";
constexpr std::string_view kCounts = R"sql(
  SELECT portal, count(*), sum(duplicate), count(DISTINCT casefile)
    FROM report WHERE received_at >= $1 AND received_at < $2 GROUP BY portal ORDER BY portal)sql";

}  // namespace

Done PortalStore::put(const LivePortal& portal) {
  TRY(known, tx_.run(kTenant, {portal.id}));
  for (const auto& row : known)
    if (row.text(0) != portal.tenant.str())
      return fail(ErrorKind::conflict,
                  "The portal's reports are filed elsewhere: its desk cannot change any more.");
  TRY_DONE(tx_.run(kPut, {portal.id, portal.tenant.str(), portal.name, portal.country,
                          std::int64_t{portal.live}, us(portal.published_at)}));
  return {};
}

Result<std::vector<LivePortal>> PortalStore::all() {
  TRY(rows, tx_.run(kAll, {}));
  std::vector<LivePortal> all;
  for (const auto& row : rows) {
    TRY(tenant, casework::TenantId::parse(row.text(1)));
    all.push_back({row.text(0), tenant, row.text(2), row.text(3), row.integer(4) != 0,
                   instant(row.integer(5))});
  }
  return all;
}

Result<std::map<std::string, PortalCount>> PortalStore::counts(Instant from, Instant to) {
  TRY(rows, tx_.run(kCounts, {us(from), us(to)}));
  std::map<std::string, PortalCount> all;
  for (const auto& row : rows) all[row.text(0)] = {row.integer(1), row.integer(2), row.integer(3)};
  return all;
}

}  // namespace hotline::intake
