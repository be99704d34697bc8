// The feed: the list as members download it.
//
// A snapshot is one JSON line for each entry, sorted by id; its SHA-256 is the
// state's digest. The change feed gives the same lines for what was added or
// changed and a tombstone for what left, so a member who applies it holds the
// snapshot byte for byte. The format is docs/formats/url-list.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/crypto.h"
#include "db/db.h"
#include "lists/listing.h"

namespace hotline::lists {

/// The lists that a tenant has: kUrlList and kHashList.
[[nodiscard]] const std::vector<std::string_view>& all_lists();

/// The line of one entry on the list, newline included.
[[nodiscard]] std::string entry_line(const Entry& entry);
/// The line of one entry that is not on the list any more, newline included.
[[nodiscard]] std::string tombstone_line(const Entry& entry);

struct Snapshot {
  std::string list;
  std::int64_t version = 0;
  std::int64_t entries = 0;
  std::string lines;
  std::string state_sha256;  ///< Hex, of `lines`.
};

struct Changes {
  std::string lines;      ///< Adds, tombstones and the closing line.
  std::int64_t next = 0;  ///< What to ask for the next time.
  std::int64_t count = 0;
  bool more = false;  ///< The limit was reached: ask again at once.
};

/// Keeps the latest snapshot of each tenant's lists in memory. Safe to use from several threads.
class Feed {
 public:
  /// Opens its own read transaction; made anew only when the list has another version.
  Result<std::shared_ptr<const Snapshot>> snapshot(db::Database& database, const TenantId& tenant,
                                                   std::string_view list);
  /// Error `invalid` if `since` is negative or newer than the list.
  Result<Changes> changes(db::Database& database, const TenantId& tenant, std::string_view list,
                          std::int64_t since, int limit);

 private:
  std::mutex lock_;
  std::map<std::pair<TenantId, std::string>, std::shared_ptr<const Snapshot>> latest_;
};

/// The signed statement of what the list is now: a client refuses one that is expired or has a
/// lower version than it has seen. JSON: payload (text), signature and public_key (base64).
[[nodiscard]] std::string signed_manifest(const Snapshot& snapshot, const crypto::SigningKeys& keys,
                                          Instant now, microseconds valid_for,
                                          std::chrono::seconds wait);

/// Signs the lists whose statement is older than their state, or older than a quarter of
/// `valid_for`, and stores what hotline-feeds hands out. Gives how many were signed.
Result<int> sign_lists(db::Database& database, Feed& feed, const TenantId& tenant,
                       const crypto::SigningKeys& keys, Instant now, microseconds valid_for,
                       std::chrono::seconds wait);

/// The Ed25519 pair whose 32-byte seed lies in the file (made at first).
[[nodiscard]] Result<crypto::SigningKeys> list_signing_keys(const std::string& path);

}  // namespace hotline::lists
