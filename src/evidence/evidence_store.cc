#include "evidence/evidence_store.h"

namespace hotline::evidence {

namespace {

constexpr std::string_view kCaseKey = "SELECT wrapped FROM evidence_key WHERE casefile = $1";
constexpr std::string_view kAddCaseKey =
    "INSERT INTO evidence_key (casefile, wrapped) VALUES ($1, $2)";
constexpr std::string_view kEraseCaseKey =
    "UPDATE evidence_key SET wrapped = NULL WHERE casefile = $1";
constexpr std::string_view kFind = R"sql(
  SELECT id, tenant, casefile, kind, digest, wrapped, size, at FROM evidence
   WHERE casefile = $1 AND kind = $2 AND digest = $3)sql";
constexpr std::string_view kObject =
    "SELECT id, tenant, casefile, kind, digest, wrapped, size, at FROM evidence WHERE id = $1";
constexpr std::string_view kAdd = R"sql(
  INSERT INTO evidence (id, tenant, casefile, kind, digest, wrapped, size, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql";

Result<StoredObject> object_of(const db::Row& row) {
  TRY(id, casework::EvidenceId::parse(row.text(0)));
  TRY(tenant, casework::TenantId::parse(row.text(1)));
  return StoredObject{id,          tenant,      row.text(2),    row.text(3),
                      row.text(4), row.text(5), row.integer(6), instant(row.integer(7))};
}

}  // namespace

Result<std::optional<std::string>> EvidenceStore::case_key(std::string_view casefile) {
  TRY(rows, tx_.run(kCaseKey, {std::string(casefile)}));
  if (rows.empty()) return std::optional<std::string>();
  if (rows[0].is_null(0))
    return fail(ErrorKind::not_found, "The evidence of this case has been erased.");
  return rows[0].maybe_text(0);
}

Done EvidenceStore::add_case_key(std::string_view casefile, std::string_view wrapped) {
  TRY_DONE(tx_.run(kAddCaseKey, {std::string(casefile), std::string(wrapped)}));
  return {};
}

Done EvidenceStore::erase_case_key(std::string_view casefile) {
  TRY_DONE(tx_.run(kEraseCaseKey, {std::string(casefile)}));
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

Done EvidenceStore::add(const StoredObject& o) {
  TRY_DONE(tx_.run(kAdd, {o.id.str(), o.tenant.str(), o.casefile, o.kind, o.digest, o.wrapped,
                          o.size, us(o.at)}));
  return {};
}

}  // namespace hotline::evidence
