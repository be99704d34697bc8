// Key tree: root -> tenant -> case -> object, as rows hold it, each key wrapped by the one above.
//
// AES-256-GCM, and what is authenticated with each wrapped key says whose it is: a
// row moved to another tenant or case opens nothing. A tenant's key has generations,
// so that a rotation can run while others read and write (rotation.h). Lives as long
// as its transaction; opened keys are kept that long. Private to evidence/.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/clock.h"
#include "evidence/evidence_store.h"
#include "evidence/key_ring.h"

namespace hotline::evidence {

struct TenantKey {
  std::int64_t generation = 0;
  crypto::Key key;
};

class KeyTree {
 public:
  KeyTree(KeyRing& ring, EvidenceStore& store) : ring_(ring), store_(store) {}

  /// Error `not_found` if it was erased, `corrupt` if there is none or it is another tenant's.
  Result<crypto::Key> case_key(const std::string& tenant, const std::string& casefile);
  /// Makes it, and the tenant's, if there is none. Error `forbidden` if it is another tenant's.
  Result<crypto::Key> case_key_or_new(const std::string& tenant, const std::string& casefile,
                                      Instant now);

  /// The next generation, wrapped with the root in force; older ones stay.
  Result<TenantKey> add_generation(const std::string& tenant, Instant now);
  Result<TenantKey> newest(const std::string& tenant);  ///< Error `not_found` if there is none.
  Result<crypto::Key> unwrap(const StoredCaseKey& stored);
  [[nodiscard]] static std::string wrap(const TenantKey& above, const StoredCaseKey& about,
                                        const crypto::Key& key);

 private:
  Result<crypto::Key> tenant_key(const std::string& tenant, std::int64_t generation);
  Result<crypto::Key> under_a_root(const StoredCaseKey& stored);
  Result<RootKey> root_in_force();

  KeyRing& ring_;
  EvidenceStore& store_;
  std::map<std::pair<std::string, std::int64_t>, crypto::Key> opened_;
};

}  // namespace hotline::evidence
