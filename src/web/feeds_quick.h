// What a look-up needs of the database, held in memory so that none waits for it.
//
// hotline-feeds refreshes both once a second: a new key works for look-ups within
// a second, a revoked one ends within a second (list downloads ask the database
// each time). Look-ups are counted here and written as one row a member and
// second; a killed program loses at most the counts of its last second.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "accounts/members.h"
#include "db/db.h"

namespace hotline::web {

/// The keys that are alive. Safe from several threads.
class KeyRing {
 public:
  /// Without an answer of the database the keys stay for kKeptWithout, then none is valid.
  Done follow(db::Database& database, Instant now);
  [[nodiscard]] std::shared_ptr<const accounts::Member> member(std::string_view key,
                                                               Instant now) const;
  static constexpr std::chrono::seconds kKeptWithout{60};

 private:
  using Members = std::unordered_map<std::string, std::shared_ptr<const accounts::Member>>;
  mutable std::mutex lock_;
  std::shared_ptr<const Members> members_;  ///< By digest.
  Instant read_at_{};
};

/// How many look-ups each member has made. Safe from several threads.
class LookupCount {
 public:
  void add(const accounts::Member& member, std::int64_t version, std::int64_t count);
  /// Writes one delivery for each member that asked since the last time. What could not be
  /// written is counted on.
  Done write(db::Database& database, Instant now);

 private:
  struct Line {
    casework::TenantId tenant;
    std::int64_t version = 0, count = 0;
  };
  std::mutex lock_;
  std::unordered_map<std::string, Line> lines_;  ///< By member.
};

}  // namespace hotline::web
