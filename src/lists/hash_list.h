// The hash list: known items that members may act on without a look of their own.
//
// An item is on it while at least kHashGraders people agree on an actionable
// category and nobody disagrees. Its digests say "these bytes". Its PDQ hash says
// "a near copy", and stands only where it passed the benign check
// (matching/benign.h); else the entry says why it does not. Who leaves is a
// tombstone, and comes back under the same id.
//
// Each change runs in the caller's transaction, takes the list's next version and
// appends its fact: hash_listed, hash_delisted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/db.h"
#include "lists/listing.h"

namespace hotline::lists {

/// The name of the list in addresses, facts and deliveries.
inline constexpr std::string_view kHashList = "hashes";
/// People who must agree. Not a setting: it is a safety rule.
inline constexpr int kHashGraders = 2;

struct HashEntry {
  std::string id;  ///< Of the known item.
  TenantId tenant;
  std::string md5, sha1, sha256;  ///< Lower-case hex.
  std::string pdq;                ///< Empty where there is none, or it was refused.
  int pdq_quality = 0;
  std::string pdq_refused;  ///< "benign", "low_quality", "over_general", or empty.
  std::string scheme, category;
  int graders = 0;
  bool listed = false;
  std::string left_because;  ///< "withdrawn", "disputed", "graders", or empty.
  Instant added_at{};
  Instant changed_at{};
  std::int64_t version = 0;
};

class HashList {
 public:
  explicit HashList(db::Transaction& tx) : tx_(tx) {}

  /// Puts the entry on the list or changes it; `listed`, times and version are not read. False if
  /// it stands there already with the same content.
  Result<bool> list(HashEntry entry, const CaseId& casefile, Instant now);
  /// False if it was not on the list.
  Result<bool> delist(std::string_view id, std::string_view why, const CaseId& casefile,
                      Instant now);

  Result<std::optional<HashEntry>> entry(std::string_view id);
  /// On the list now, in order of id.
  Result<std::vector<HashEntry>> listed(const TenantId& tenant);
  /// Changed after `version`, in order of version.
  Result<std::vector<HashEntry>> changes(const TenantId& tenant, std::int64_t version, int limit);

 private:
  Done put(HashEntry& entry, const CaseId& casefile, Instant now);
  db::Transaction& tx_;
};

/// The line of one entry on the list, newline included; "id" stands first.
[[nodiscard]] std::string hash_line(const HashEntry& entry);
/// The line of one that is not on the list any more.
[[nodiscard]] std::string hash_tombstone(const HashEntry& entry);

}  // namespace hotline::lists
