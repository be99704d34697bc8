// Rows of sealed objects and of the keys that open them. Private to evidence/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"

namespace hotline::evidence {

struct StoredObject {
  casework::EvidenceId id;
  casework::TenantId tenant;
  std::string casefile, kind, digest;
  std::string wrapped;  ///< The object's key under the case's key, base64.
  std::int64_t size = 0;
  Instant at{};
};

struct StoredCaseKey {
  std::string casefile, tenant;
  std::int64_t generation = 0;                        ///< 0: wrapped by the root itself.
  std::optional<std::string> wrapped = std::nullopt;  ///< Base64; nothing once erased.
  Instant erased_at{};
};

struct StoredTenantKey {
  std::string tenant;
  std::int64_t generation = 0;
  std::string root;                                   ///< The id of the root that wraps it.
  std::optional<std::string> wrapped = std::nullopt;  ///< Base64; nothing once destroyed.
  Instant destroyed_at{};
};

class EvidenceStore {
 public:
  explicit EvidenceStore(db::Transaction& tx) : tx_(tx) {}

  Result<std::optional<StoredCaseKey>> case_key(std::string_view casefile);
  Done add_case_key(const StoredCaseKey& key);
  Done erase_case_key(std::string_view casefile, Instant now);
  /// Live keys of older generations than `generation`, after `casefile` in order of cases.
  Result<std::vector<StoredCaseKey>> case_keys_before(std::string_view tenant,
                                                      std::int64_t generation,
                                                      std::string_view casefile, int limit);
  Result<std::int64_t> count_case_keys_before(std::string_view tenant, std::int64_t generation);
  /// Only if it is live and still as `old` says.
  Done rewrap_case_key(const StoredCaseKey& old, std::int64_t generation,
                       const std::string& wrapped);
  /// Tenants that have a case's key or a key of their own.
  Result<std::vector<std::string>> tenants();

  Result<std::optional<StoredTenantKey>> newest_tenant_key(std::string_view tenant);
  Result<std::optional<StoredTenantKey>> tenant_key(std::string_view tenant,
                                                    std::int64_t generation);
  Done add_tenant_key(const StoredTenantKey& key, Instant now);
  /// Destroys all generations before; gives how many.
  Result<std::int64_t> destroy_tenant_keys_before(std::string_view tenant, std::int64_t generation,
                                                  Instant now);

  /// The id of the root in force.
  Result<std::optional<std::string>> root();
  Result<Instant> root_since();
  Done set_root(std::string_view id, Instant since);

  Result<std::optional<StoredObject>> find(std::string_view casefile, std::string_view kind,
                                           std::string_view digest);
  Result<StoredObject> object(const casework::EvidenceId& id);
  Result<std::vector<StoredObject>> objects_of_case(std::string_view casefile);
  /// Of all cases, in order of their ids.
  Result<std::vector<StoredObject>> objects_after(std::string_view id, int limit);
  Done add(const StoredObject& object);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::evidence
