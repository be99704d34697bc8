// Matcher: is this picture known?
//
// Holds the known sets of all tenants, exact digests, PDQ hashes and the frames of
// films, in indexes of their own (index.h, films.h), and follows the database by
// version: what has changed is seen at once, nothing is rebuilt, and no look-up
// waits for it. With a folder the indexes are mapped from there and go on where
// they were; a set whose history is not the database's (a database was restored, a
// folder was put back) is thrown away and made anew, and so is a damaged one.
// A match orders, hides or suggests; it never decides. Rules: a known item that was withdrawn does
// not match; the zero hash and hashes below quality 50 do not match; a weaker digest counts only
// where one side lacks the stronger one (an MD5 can be forged to agree).
//
// Learning is a change of the database in the caller's transaction: the matcher
// knows of it after the next follow().
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "db/db.h"
#include "matching/known.h"

namespace hotline::matching {

using casework::ItemId;
using casework::PersonId;
using casework::TenantId;

/// Safe to use from several threads.
class Matcher {
 public:
  /// In memory.
  Matcher();
  /// In a folder of its own, made if it is not there. Where another process has it, or it cannot
  /// be written, the sets are in memory.
  explicit Matcher(std::string folder);
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// Reads what has changed since the last time, for all tenants; everything at first. Opens
  /// transactions of its own: never call it inside one.
  Done follow(db::Database& database);

  /// The best answer: exact before near; then the smaller distance, more graders, the older id.
  [[nodiscard]] Match match(const TenantId& tenant, const Hashes& hashes) const;
  /// Every known item that matches, best first: exact ones, or, if there are none, those whose
  /// PDQ is within `radius` (0 to 63). `others` and `conflict` are those of the whole answer.
  [[nodiscard]] std::vector<Match> all(const TenantId& tenant, const Hashes& hashes,
                                       int radius = kNearDistance) const;
  /// In the same order as asked.
  [[nodiscard]] std::vector<Match> match_all(const TenantId& tenant,
                                             const std::vector<Hashes>& hashes) const;
  /// Known items that stand.
  [[nodiscard]] std::size_t size(const TenantId& tenant) const;
  /// How far this matcher has followed; 0 at first.
  [[nodiscard]] std::int64_t version(const TenantId& tenant) const;

 private:
  class KnownSet;
  [[nodiscard]] std::shared_ptr<KnownSet> set_of(const TenantId& tenant) const;
  void put_set(const TenantId& tenant, std::shared_ptr<KnownSet> set);
  Done follow_one(db::Database& database, const TenantId& tenant);

  const std::string folder_;
  std::mutex follow_lock_;          ///< One follows at a time.
  mutable std::shared_mutex lock_;  ///< Of the map alone.
  std::map<TenantId, std::shared_ptr<KnownSet>> sets_;
};

/// A person graded an item: it is known from now on, or has one more grader.
struct Lesson {
  TenantId tenant;
  ItemId item;
  Hashes hashes;
  PersonId person;
  std::string scheme;  ///< "uk_abc@1"
  std::string category, age, sex;
};
/// Error `invalid` if a hash or the category is missing or malformed.
Result<KnownId> learn(db::Transaction& tx, const Lesson& lesson, Instant now);

/// That person's grading does not stand any more. Without any grading left the item is not
/// known any more. Nothing happens if there was none.
Done unlearn(db::Transaction& tx, const TenantId& tenant, const ItemId& item,
             const PersonId& person, Instant now);
/// No grading of the item stands any more (its assessment was overturned).
Done unlearn_all(db::Transaction& tx, const TenantId& tenant, const ItemId& item, Instant now);

/// Stores what matched, once for each item and known item; nothing for MatchKind::none.
Done remember_match(db::Transaction& tx, const ItemId& item, const Match& match, Instant now);

}  // namespace hotline::matching
