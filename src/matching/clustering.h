// Clustering: every item finds its cluster as it arrives, and what people have
// said about one picture is known for all its copies.
//
// Placing happens in the transaction that stores the item. The exemplars of all
// tenants are held in memory and followed by version; what another worker has
// opened a moment ago is read inside the transaction, so nothing is missed.
// A film's cluster has the hash zero, which no picture can be near to: films are
// compared by the shares of their frames (vPDQ), which must be large both ways.
#pragma once

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "matching/cluster_store.h"
#include "matching/known_store.h"

namespace hotline::matching {

struct Placed {
  ClusterId cluster;
  bool opened = false;  ///< It is the first of its cluster.
  int distance = 0;     ///< Of films: frames in a hundred without a partner.
  bool turned = false;
};

/// Safe to use from several threads.
class Clustering {
 public:
  Clustering();
  ~Clustering();
  Clustering(const Clustering&) = delete;
  Clustering& operator=(const Clustering&) = delete;

  /// Reads the clusters that are new, for all tenants. Opens transactions of its own: never call
  /// it inside one.
  Done follow(db::Database& database);

  /// Puts the item into its cluster, or opens one. Nothing for an item whose hash is too weak.
  /// The same item again gives the place that it has.
  Result<std::optional<Placed>> place(db::Transaction& tx, const casework::Item& item, Instant now);

  /// Clusters besides `own` whose exemplar is within kNearDistance, of those followed so far.
  [[nodiscard]] int neighbours(const casework::TenantId& tenant, const Hash256& hash,
                               const std::optional<ClusterId>& own) const;

 private:
  struct Exemplars;
  Result<std::optional<Placed>> place_film(db::Transaction& tx, const casework::Item& item,
                                           Instant now);
  [[nodiscard]] std::int64_t version(const casework::TenantId& tenant) const;
  mutable std::shared_mutex lock_;
  std::map<casework::TenantId, std::unique_ptr<Exemplars>> exemplars_;
};

/// Two films are the same to a person if so many frames in a hundred of each have a partner.
inline constexpr double kFilmPercentMin = 80;
/// Below, a film is no film: one frame that agrees says little.
inline constexpr int kFilmFramesMin = 2;

/// What our own people have said about one item.
struct Said {
  casework::ItemId item;
  Known known;
  MatchKind kind = MatchKind::near;  ///< exact: it is this very item.
  int distance = 0;                  ///< Between the two items, not from the exemplar.
  bool turned = false;
  bool film = false;  ///< Then the distance is that of the one further from their exemplar.
};
/// About the item itself and the others of its cluster: exact first, then upright, then by
/// distance.
Result<std::vector<Said>> said_of_cluster(db::Transaction& tx, const casework::Item& item);

/// Whether earlier gradings count without a look.
enum class Standing : std::uint8_t {
  disputed,   ///< Earlier graders disagree: shown, with all that they said.
  suggested,  ///< A person decides; one key accepts.
  counts,     ///< Decided: not shown.
};
struct NearPolicy {
  int distance_max = 0;  ///< 0: near copies are always suggested only.
};
/// People who must agree before a near copy counts. Not a setting: it is a safety rule.
inline constexpr int kGradersForNear = 2;
/// Exact counts always; near upright copies within the policy's distance that kGradersForNear
/// people agree on; nothing that is disputed, nothing turned, no film that is not the same file.
[[nodiscard]] Standing standing_of(const Match& match, bool turned, const NearPolicy& policy);

/// What was said, each category with its number of people, the most first: "A by 2 people, B by
/// 1". Of one scheme at a time; never averaged.
[[nodiscard]] std::string categories_said(const std::vector<Said>& said);
/// The best of what was said, as a match whose conflict tells whether any two of one scheme differ.
[[nodiscard]] Match match_of(const std::vector<Said>& said);

}  // namespace hotline::matching
