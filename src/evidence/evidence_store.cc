#include "evidence/evidence_store.h"

namespace hotline::evidence {

namespace {

constexpr std::string_view kCaseKey =
    "SELECT casefile, tenant, generation, wrapped, erased_at FROM evidence_key WHERE casefile = $1";
constexpr std::string_view kAddCaseKey =
    "INSERT INTO evidence_key (casefile, tenant, generation, wrapped) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kEraseCaseKey = R"sql(
  UPDATE evidence_key SET wrapped = NULL, erased_at = $2 WHERE casefile = $1 AND wrapped IS NOT NULL)sql";
constexpr std::string_view kCaseKeysBefore = R"sql(
  SELECT casefile, tenant, generation, wrapped, erased_at FROM evidence_key
   WHERE casefile > $3 AND tenant = $1 AND generation < $2 AND wrapped IS NOT NULL
   ORDER BY casefile LIMIT $4)sql";
constexpr std::string_view kCountCaseKeysBefore = R"sql(
  SELECT count(*) FROM evidence_key WHERE tenant = $1 AND generation < $2 AND wrapped IS NOT NULL)sql";
constexpr std::string_view kRewrapCaseKey = R"sql(
  UPDATE evidence_key SET wrapped = $4, generation = $3
   WHERE casefile = $1 AND generation = $2 AND wrapped IS NOT NULL)sql";
constexpr std::string_view kTenants =
    "SELECT tenant FROM evidence_key UNION SELECT tenant FROM evidence_tenant_key ORDER BY 1";

constexpr std::string_view kNewestTenantKey = R"sql(
  SELECT tenant, generation, root, wrapped, destroyed_at FROM evidence_tenant_key
   WHERE tenant = $1 ORDER BY generation DESC LIMIT 1)sql";
constexpr std::string_view kTenantKey = R"sql(
  SELECT tenant, generation, root, wrapped, destroyed_at FROM evidence_tenant_key
   WHERE tenant = $1 AND generation = $2)sql";
constexpr std::string_view kAddTenantKey = R"sql(
  INSERT INTO evidence_tenant_key (tenant, generation, root, wrapped, made_at)
  VALUES ($1, $2, $3, $4, $5))sql";
constexpr std::string_view kDestroyTenantKeys = R"sql(
  UPDATE evidence_tenant_key SET wrapped = NULL, destroyed_at = $3
   WHERE tenant = $1 AND generation < $2 AND wrapped IS NOT NULL)sql";

constexpr std::string_view kRoot = "SELECT root, since FROM evidence_root WHERE slot = 1";
constexpr std::string_view kSetRoot = R"sql(
  INSERT INTO evidence_root (slot, root, since) VALUES (1, $1, $2)
  ON CONFLICT (slot) DO UPDATE SET root = excluded.root, since = excluded.since)sql";

constexpr std::string_view kFind = R"sql(
  SELECT id, tenant, casefile, kind, digest, wrapped, size, at FROM evidence
   WHERE casefile = $1 AND kind = $2 AND digest = $3)sql";
constexpr std::string_view kObject =
    "SELECT id, tenant, casefile, kind, digest, wrapped, size, at FROM evidence WHERE id = $1";
constexpr std::string_view kObjectsOfCase = R"sql(
  SELECT id, tenant, casefile, kind, digest, wrapped, size, at FROM evidence
   WHERE casefile = $1 ORDER BY id)sql";
constexpr std::string_view kObjectsAfter = R"sql(
  SELECT id, tenant, casefile, kind, digest, wrapped, size, at FROM evidence
   WHERE id > $1 ORDER BY id LIMIT $2)sql";
constexpr std::string_view kAdd = R"sql(
  INSERT INTO evidence (id, tenant, casefile, kind, digest, wrapped, size, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql";

Result<StoredObject> object_of(const db::Row& row) {
  TRY(id, casework::EvidenceId::parse(row.text(0)));
  TRY(tenant, casework::TenantId::parse(row.text(1)));
  return StoredObject{id,          tenant,      row.text(2),    row.text(3),
                      row.text(4), row.text(5), row.integer(6), instant(row.integer(7))};
}

Result<std::vector<StoredObject>> objects_of(const db::Rows& rows) {
  std::vector<StoredObject> objects;
  for (const auto& row : rows) {
    TRY(object, object_of(row));
    objects.push_back(std::move(object));
  }
  return objects;
}

StoredCaseKey case_key_of(const db::Row& row) {
  return {row.text(0), row.text(1), row.integer(2), row.maybe_text(3), instant(row.integer(4))};
}

StoredTenantKey tenant_key_of(const db::Row& row) {
  return {row.text(0), row.integer(1), row.text(2), row.maybe_text(3), instant(row.integer(4))};
}

}  // namespace

Result<std::optional<StoredCaseKey>> EvidenceStore::case_key(std::string_view casefile) {
  TRY(rows, tx_.run(kCaseKey, {std::string(casefile)}));
  if (rows.empty()) return std::optional<StoredCaseKey>();
  return std::optional(case_key_of(rows[0]));
}

Done EvidenceStore::add_case_key(const StoredCaseKey& key) {
  TRY_DONE(
      tx_.run(kAddCaseKey, {key.casefile, key.tenant, key.generation, db::maybe(key.wrapped)}));
  return {};
}

Done EvidenceStore::erase_case_key(std::string_view casefile, Instant now) {
  TRY_DONE(tx_.run(kEraseCaseKey, {std::string(casefile), us(now)}));
  return {};
}

Result<std::vector<StoredCaseKey>> EvidenceStore::case_keys_before(std::string_view tenant,
                                                                   std::int64_t generation,
                                                                   std::string_view casefile,
                                                                   int limit) {
  TRY(rows, tx_.run(kCaseKeysBefore,
                    {std::string(tenant), generation, std::string(casefile), std::int64_t{limit}}));
  std::vector<StoredCaseKey> keys;
  for (const auto& row : rows) keys.push_back(case_key_of(row));
  return keys;
}

Result<std::int64_t> EvidenceStore::count_case_keys_before(std::string_view tenant,
                                                           std::int64_t generation) {
  TRY(rows, tx_.run(kCountCaseKeysBefore, {std::string(tenant), generation}));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Done EvidenceStore::rewrap_case_key(const StoredCaseKey& old, std::int64_t generation,
                                    const std::string& wrapped) {
  TRY_DONE(tx_.run(kRewrapCaseKey, {old.casefile, old.generation, generation, wrapped}));
  return {};
}

Result<std::vector<std::string>> EvidenceStore::tenants() {
  TRY(rows, tx_.run(kTenants));
  std::vector<std::string> tenants;
  for (const auto& row : rows)
    if (!row.text(0).empty()) tenants.push_back(row.text(0));
  return tenants;
}

Result<std::optional<StoredTenantKey>> EvidenceStore::newest_tenant_key(std::string_view tenant) {
  TRY(rows, tx_.run(kNewestTenantKey, {std::string(tenant)}));
  if (rows.empty()) return std::optional<StoredTenantKey>();
  return std::optional(tenant_key_of(rows[0]));
}

Result<std::optional<StoredTenantKey>> EvidenceStore::tenant_key(std::string_view tenant,
                                                                 std::int64_t generation) {
  TRY(rows, tx_.run(kTenantKey, {std::string(tenant), generation}));
  if (rows.empty()) return std::optional<StoredTenantKey>();
  return std::optional(tenant_key_of(rows[0]));
}

Done EvidenceStore::add_tenant_key(const StoredTenantKey& key, Instant now) {
  TRY_DONE(tx_.run(kAddTenantKey,
                   {key.tenant, key.generation, key.root, db::maybe(key.wrapped), us(now)}));
  return {};
}

Result<std::int64_t> EvidenceStore::destroy_tenant_keys_before(std::string_view tenant,
                                                               std::int64_t generation,
                                                               Instant now) {
  return tx_.change(kDestroyTenantKeys, {std::string(tenant), generation, us(now)});
}

Result<std::optional<std::string>> EvidenceStore::root() {
  TRY(rows, tx_.run(kRoot));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].text(0));
}

Result<Instant> EvidenceStore::root_since() {
  TRY(rows, tx_.run(kRoot));
  return rows.empty() ? Instant{} : instant(rows[0].integer(1));
}

Done EvidenceStore::set_root(std::string_view id, Instant since) {
  TRY_DONE(tx_.run(kSetRoot, {std::string(id), us(since)}));
  return {};
}

Result<std::optional<StoredObject>> EvidenceStore::find(std::string_view casefile,
                                                        std::string_view kind,
                                                        std::string_view digest) {
  TRY(rows, tx_.run(kFind, {std::string(casefile), std::string(kind), std::string(digest)}));
  if (rows.empty()) return std::optional<StoredObject>();
  TRY(found, object_of(rows[0]));
  return std::optional(found);
}

Result<StoredObject> EvidenceStore::object(const casework::EvidenceId& id) {
  TRY(rows, tx_.run(kObject, {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no such evidence.");
  return object_of(rows[0]);
}

Result<std::vector<StoredObject>> EvidenceStore::objects_of_case(std::string_view casefile) {
  TRY(rows, tx_.run(kObjectsOfCase, {std::string(casefile)}));
  return objects_of(rows);
}

Result<std::vector<StoredObject>> EvidenceStore::objects_after(std::string_view id, int limit) {
  TRY(rows, tx_.run(kObjectsAfter, {std::string(id), std::int64_t{limit}}));
  return objects_of(rows);
}

Done EvidenceStore::add(const StoredObject& o) {
  TRY_DONE(tx_.run(kAdd, {o.id.str(), o.tenant.str(), o.casefile, o.kind, o.digest, o.wrapped,
                          o.size, us(o.at)}));
  return {};
}

}  // namespace hotline::evidence
