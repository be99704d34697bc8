// Clusters: items that are the same picture to a person.
//
// A cluster has one exemplar, its first picture; a picture belongs to it if its
// PDQ hash is within kClusterDistance of the exemplar's, as it stands or turned
// or mirrored. Always measured against the exemplar, never against another
// member: a chain of small steps cannot join two different pictures, and any two
// members differ by at most twice the distance. Hashes of low quality and the
// zero hash are in no cluster. What the distance costs and gives was measured:
// docs/measured/serving.md.
//
// Values and an index in memory only; storing is cluster_store.h, doing as items
// arrive is clustering.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "matching/hamming_index.h"
#include "matching/known.h"

namespace hotline::matching {

struct ClusterTag {
  static constexpr std::string_view prefix = "clu_";
};
using ClusterId = Id<ClusterTag>;

/// The false-merge bound: fixed here, not a setting, because every cluster that is stored was made
/// under it.
inline constexpr int kClusterDistance = 20;

/// The hash of the picture turned and mirrored in the eight ways, as far as the bits alone tell
/// it; [0] is the hash itself. Exact but for coefficients between the median and its negative.
[[nodiscard]] std::array<Hash256, 8> turned(const Hash256& hash);

/// What may be clustered: the item's PDQ hash if its quality is enough and it is not zero.
[[nodiscard]] std::optional<Hash256> cluster_hash(const Hashes& hashes);

struct ClusterHit {
  std::uint32_t cluster = 0;  ///< As given by add(), from 0.
  int distance = 0;
  bool turned = false;
};

/// The exemplars of one tenant. Not locked.
class ClusterIndex {
 public:
  std::uint32_t add(const Hash256& exemplar);
  /// The nearest exemplar within `distance`, upright before turned, the older of two equal ones.
  [[nodiscard]] std::optional<ClusterHit> nearest(const Hash256& hash,
                                                  int distance = kClusterDistance) const;
  /// All exemplars within `distance`, upright only.
  [[nodiscard]] std::vector<std::uint32_t> within(const Hash256& hash, int distance) const;
  [[nodiscard]] std::size_t size() const { return clusters_; }

 private:
  HammingIndex exemplars_;
  std::vector<std::uint32_t> cluster_of_slot_;
  std::uint32_t clusters_ = 0;
};

}  // namespace hotline::matching
