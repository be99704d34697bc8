// Storing the known items, their gradings and what matched what.
//
// Every change gives the row the next version of the tenant's known set, so a
// matcher reads only what changed; the counter's row lock puts the versions in
// the order of the commits. Where a version was taken by another process than the one
// before it an epoch is written: so a follower with a memory of its own (matcher.h)
// sees that a database was restored.
#pragma once

#include <string_view>
#include <vector>

#include "casework/casework.h"
#include "db/db.h"
#include "matching/known.h"

namespace hotline::matching {

struct Grading {
  casework::PersonId person;
  std::string scheme, category, age, sex;
  Instant at{};
};

class KnownStore {
 public:
  explicit KnownStore(db::Transaction& tx);
  /// `writer` names who changes: this process, unless a test says otherwise.
  explicit KnownStore(db::Transaction& tx, std::string writer)
      : tx_(tx), writer_(std::move(writer)) {}

  /// The row with this tenant, source and ref is replaced (and stands again if it was
  /// withdrawn), or made. Gives its id; `known.id` and `known.version` are not read. The same
  /// content again changes nothing, not even the version.
  Result<KnownId> put(const Known& known, Instant now);
  /// False if it was withdrawn or never there.
  Result<bool> withdraw(const casework::TenantId& tenant, std::string_view source,
                        std::string_view ref, Instant now);
  Result<Known> known(const KnownId& id);
  Result<std::optional<Known>> find(const casework::TenantId& tenant, std::string_view source,
                                    std::string_view ref);
  /// Rows, withdrawn ones too, after `version` in order of version.
  Result<std::vector<Known>> changes(const casework::TenantId& tenant, std::int64_t version,
                                     int limit);
  Result<std::int64_t> version(const casework::TenantId& tenant);
  /// Each time another process (a writer) took the next version, in order; those after `number`.
  struct Epoch {
    std::int64_t number = 0;
    std::string writer;
    std::int64_t from_version = 0;  ///< The last version before it.
  };
  Result<std::vector<Epoch>> epochs(const casework::TenantId& tenant, std::int64_t after);
  /// Where what stands comes from: "own" and the names of lists.
  Result<std::vector<std::string>> sources(const casework::TenantId& tenant);

  /// One standing grading a person; a new one replaces it.
  Done put_grading(const KnownId& id, const Grading& grading);
  Done remove_grading(const KnownId& id, const casework::PersonId& person);
  Done remove_gradings(const KnownId& id);
  /// Oldest first.
  Result<std::vector<Grading>> gradings(const KnownId& id);

  /// Remembers that an item matched; the latest answer of one item and known item stands.
  Done add_item_match(const casework::ItemId& item, const Match& match, Instant now);
  struct ItemMatch {
    KnownId known;
    MatchKind kind = MatchKind::none;
    std::string by;
    int distance = 0;
    Instant at{};
  };
  /// Best first: exact before near, then by distance.
  Result<std::vector<ItemMatch>> matches_of_item(const casework::ItemId& item);

 private:
  Result<std::int64_t> next_version(const casework::TenantId& tenant);
  Done put_frames(const KnownId& id, const std::vector<media::VpdqFrame>& frames);
  Result<Known> with_frames(Known known);
  db::Transaction& tx_;
  std::string writer_;
};

}  // namespace hotline::matching
