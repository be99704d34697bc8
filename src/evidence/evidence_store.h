// Rows of sealed objects and of the keys that open them. Private to evidence/.
#pragma once

#include <optional>
#include <string>

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

class EvidenceStore {
 public:
  explicit EvidenceStore(db::Transaction& tx) : tx_(tx) {}
  /// Base64; nothing if the case has none yet; error `not_found` if it was erased.
  Result<std::optional<std::string>> case_key(std::string_view casefile);
  Done add_case_key(std::string_view casefile, std::string_view wrapped);
  Done erase_case_key(std::string_view casefile);
  Result<std::optional<StoredObject>> find(std::string_view casefile, std::string_view kind,
                                           std::string_view digest);
  Result<StoredObject> object(const casework::EvidenceId& id);
  Done add(const StoredObject& object);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::evidence
