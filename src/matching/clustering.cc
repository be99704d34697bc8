#include "matching/clustering.h"

#include <algorithm>
#include <mutex>

#include "casework/casework_store.h"
#include "casework/film_store.h"
#include "media/vpdq.h"

namespace hotline::matching {

namespace {

using casework::TenantId;

constexpr int kChangesAtOnce = 5000;
/// So many members of a cluster are asked what was said of them: the rest says the same.
constexpr int kAskedMax = 200;

struct FilmExemplar {
  ClusterId id;
  std::vector<media::VpdqFrame> frames;
};

/// Nothing of a film that says too little.
Result<std::vector<media::VpdqFrame>> frames_of(db::Transaction& tx, const casework::ItemId& item) {
  TRY(film, casework::FilmStore(tx).film(item));
  if (!film) return std::vector<media::VpdqFrame>();
  TRY(frames, media::parse_vpdq(film->frames));
  std::erase_if(frames, [](const auto& frame) { return frame.quality < kQualityMin; });
  if (frames.size() < static_cast<std::size_t>(kFilmFramesMin)) frames.clear();
  return frames;
}

/// The exemplars among `clusters` that are films.
Result<std::vector<FilmExemplar>> films_of(db::Transaction& tx,
                                           const std::vector<Cluster>& clusters) {
  std::vector<FilmExemplar> films;
  for (const auto& cluster : clusters) {
    if (!cluster.hash.is_zero()) continue;
    TRY(frames, frames_of(tx, cluster.exemplar));
    films.push_back({cluster.id, std::move(frames)});
  }
  return films;
}

/// Some frames, evenly taken: films that share little of them are not compared whole.
constexpr std::size_t kSampled = 32;
constexpr double kSampledPercentMin = 60;
std::vector<media::VpdqFrame> sample_of(const std::vector<media::VpdqFrame>& frames) {
  if (frames.size() <= 2 * kSampled) return frames;
  std::vector<media::VpdqFrame> some;
  for (std::size_t i = 0; i < kSampled; ++i) some.push_back(frames[i * frames.size() / kSampled]);
  return some;
}

/// The film that shares most, if it shares enough.
void take_nearest(const std::vector<FilmExemplar>& films,
                  const std::vector<media::VpdqFrame>& frames, std::optional<Placed>& best) {
  const auto sample = sample_of(frames);
  const media::VpdqLimits limits{kNearDistance, kQualityMin};
  for (const auto& film : films) {
    if (media::vpdq_compare(sample, film.frames, limits).query_percent() < kSampledPercentMin)
      continue;
    const auto match = media::vpdq_compare(frames, film.frames, limits);
    const double share = std::min(match.query_percent(), match.compared_percent());
    const int distance = 100 - static_cast<int>(share);
    if (share >= kFilmPercentMin && (!best || distance < best->distance))
      best = Placed{film.id, false, distance, false};
  }
}

}  // namespace

struct Clustering::Exemplars {
  ClusterIndex index;
  std::vector<ClusterId> ids;  ///< By number in the index.
  std::vector<FilmExemplar> films;
  std::int64_t version = 0;
};

Clustering::Clustering() = default;
Clustering::~Clustering() = default;

std::int64_t Clustering::version(const TenantId& tenant) const {
  const std::shared_lock lock(lock_);
  const auto found = exemplars_.find(tenant);
  return found == exemplars_.end() ? 0 : found->second->version;
}

Done Clustering::follow(db::Database& database) {
  TRY(tenants,
      database.read([](db::Transaction& tx) { return casework::CaseworkStore(tx).tenants(); }));
  for (const auto& tenant : tenants) {
    for (bool more = true; more;) {
      std::vector<FilmExemplar> films;
      TRY(fresh, database.read([&](db::Transaction& tx) -> Result<std::vector<Cluster>> {
        TRY(changes, ClusterStore(tx).changes(tenant.id, version(tenant.id), kChangesAtOnce));
        TRY(seen, films_of(tx, changes));
        films = std::move(seen);
        return changes;
      }));
      more = fresh.size() == kChangesAtOnce;
      const std::unique_lock lock(lock_);
      auto& known = exemplars_[tenant.id];
      if (!known) known = std::make_unique<Exemplars>();
      for (const auto& cluster : fresh) {
        if (cluster.version <= known->version) continue;  // Another thread was quicker.
        known->version = cluster.version;
        if (cluster.hash.is_zero()) {
          const auto film = std::find_if(films.begin(), films.end(),
                                         [&](const auto& one) { return one.id == cluster.id; });
          if (film != films.end()) known->films.push_back(std::move(*film));
          continue;
        }
        known->index.add(cluster.hash);
        known->ids.push_back(cluster.id);
      }
    }
  }
  return {};
}

Result<std::optional<Placed>> Clustering::place(db::Transaction& tx, const casework::Item& item,
                                                Instant now) {
  if (item.kind == "video") return place_film(tx, item, now);
  const auto hash = cluster_hash(hashes_of(item));
  if (!hash) return std::optional<Placed>();
  ClusterStore store(tx);
  TRY(there, store.place_of(item.id));
  if (there) return std::optional(Placed{there->cluster, false, there->distance, there->turned});
  // From here on no other worker places an item of this tenant until we have committed.
  TRY(next, store.next_version(item.tenant));
  TRY(fresh, store.changes(item.tenant, version(item.tenant), kChangesAtOnce));
  std::erase_if(fresh, [](const auto& cluster) { return cluster.hash.is_zero(); });
  ClusterIndex late;
  for (const auto& cluster : fresh) late.add(cluster.hash);
  std::optional<Placed> best;
  const auto take = [&](const std::optional<ClusterHit>& hit, const ClusterId& id) {
    const bool better = hit && (!best || std::pair(hit->turned, hit->distance) <
                                             std::pair(best->turned, best->distance));
    if (better) best = Placed{id, false, hit->distance, hit->turned};
  };
  {
    const std::shared_lock lock(lock_);
    if (const auto known = exemplars_.find(item.tenant); known != exemplars_.end())
      if (const auto hit = known->second->index.nearest(*hash))
        take(hit, known->second->ids[hit->cluster]);
  }
  if (const auto hit = late.nearest(*hash)) take(hit, fresh[hit->cluster].id);
  if (!best) {
    best = Placed{ClusterId::make(now), true, 0, false};
    TRY_DONE(store.add({best->cluster, item.tenant, item.id, *hash, now, next}));
  }
  TRY_DONE(store.add_item({item.id, best->cluster, best->distance, best->turned}, now));
  return best;
}

Result<std::optional<Placed>> Clustering::place_film(db::Transaction& tx,
                                                     const casework::Item& item, Instant now) {
  TRY(frames, frames_of(tx, item.id));
  if (frames.empty()) return std::optional<Placed>();
  ClusterStore store(tx);
  TRY(there, store.place_of(item.id));
  if (there) return std::optional(Placed{there->cluster, false, there->distance, there->turned});
  TRY(next, store.next_version(item.tenant));
  TRY(fresh, store.changes(item.tenant, version(item.tenant), kChangesAtOnce));
  TRY(late, films_of(tx, fresh));
  std::optional<Placed> best;
  {
    const std::shared_lock lock(lock_);
    if (const auto known = exemplars_.find(item.tenant); known != exemplars_.end())
      take_nearest(known->second->films, frames, best);
  }
  take_nearest(late, frames, best);
  if (!best) {
    best = Placed{ClusterId::make(now), true, 0, false};
    TRY_DONE(store.add({best->cluster, item.tenant, item.id, Hash256{}, now, next}));
  }
  TRY_DONE(store.add_item({item.id, best->cluster, best->distance, false}, now));
  return best;
}

int Clustering::neighbours(const TenantId& tenant, const Hash256& hash,
                           const std::optional<ClusterId>& own) const {
  const std::shared_lock lock(lock_);
  const auto known = exemplars_.find(tenant);
  if (known == exemplars_.end()) return 0;
  int count = 0;
  for (const auto cluster : known->second->index.within(hash, kNearDistance))
    if (known->second->ids[cluster] != own) ++count;
  return count;
}

Result<std::vector<Said>> said_of_cluster(db::Transaction& tx, const casework::Item& item) {
  ClusterStore clusters(tx);
  KnownStore known(tx);
  TRY(place, clusters.place_of(item.id));
  std::vector<ClusterItem> members;
  if (place) {
    TRY(all, clusters.items(place->cluster, kAskedMax));
    members = std::move(all);
  }
  const auto self = [&](const ClusterItem& one) { return one.item == item.id; };
  if (std::none_of(members.begin(), members.end(), self)) members.push_back({item.id});
  const auto ways = turned(Hash256::parse(item.pdq_full).value_or(Hash256{}));
  std::vector<Said> said;
  for (const auto& member : members) {
    TRY(found, known.find(item.tenant, "own", member.item.str()));
    if (!found || found->withdrawn_at) continue;
    Said one{member.item, *found, MatchKind::exact, 0, false};
    if (!self(member) && item.kind == "video") {
      one.kind = MatchKind::near;
      one.film = true;
      const auto here = std::find_if(members.begin(), members.end(), self);
      one.distance = std::max(member.distance, here->distance);
    } else if (!self(member)) {
      const auto other = Hash256::parse(found->hashes.pdq);
      if (!other) continue;
      one.kind = MatchKind::near;
      one.distance = distance(ways[0], *other);
      for (std::size_t way = 1; way < ways.size() && one.distance > kNearDistance; ++way)
        if (const int bits = distance(ways[way], *other); bits <= kNearDistance) {
          one.distance = bits;
          one.turned = true;
        }
    }
    said.push_back(std::move(one));
  }
  std::sort(said.begin(), said.end(), [](const Said& a, const Said& b) {
    if (a.kind != b.kind) return a.kind == MatchKind::exact;
    if (a.turned != b.turned) return b.turned;
    if (a.distance != b.distance) return a.distance < b.distance;
    if (a.known.graders != b.known.graders) return a.known.graders > b.known.graders;
    return a.known.id < b.known.id;
  });
  return said;
}

Standing standing_of(const Match& match, bool turned, const NearPolicy& policy) {
  if (match.conflict) return Standing::disputed;
  if (match.kind == MatchKind::exact) return Standing::counts;
  const bool near_counts = match.kind == MatchKind::near && match.by == "pdq" && !turned &&
                           policy.distance_max > 0 && match.distance <= policy.distance_max &&
                           match.graders >= kGradersForNear;
  return near_counts ? Standing::counts : Standing::suggested;
}

std::string categories_said(const std::vector<Said>& said) {
  std::vector<std::pair<std::string, int>> counts;
  for (const auto& one : said) {
    if (one.known.scheme != said.front().known.scheme) continue;
    const auto same = [&](const auto& count) { return count.first == one.known.category; };
    const auto found = std::find_if(counts.begin(), counts.end(), same);
    if (found == counts.end())
      counts.emplace_back(one.known.category, one.known.graders);
    else
      found->second += one.known.graders;
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string words;
  for (const auto& [category, people] : counts)
    words += (words.empty() ? "" : ", ") + category + " by " + std::to_string(people) +
             (people == 1 ? " person" : " people");
  return words;
}

Match match_of(const std::vector<Said>& said) {
  if (said.empty()) return {};
  const auto& best = said.front();
  const Known& known = best.known;
  Match match{best.kind,
              known.id,
              best.kind == MatchKind::exact ? "sha256"
              : best.film                   ? "vpdq"
                                            : "pdq",
              best.distance,
              known.source,
              known.ref,
              known.scheme,
              known.category,
              known.age,
              known.sex,
              known.graders,
              known.conflict,
              static_cast<int>(said.size()) - 1};
  for (const auto& one : said)
    match.conflict |= one.known.conflict ||
                      (one.known.scheme == known.scheme && one.known.category != known.category);
  return match;
}

}  // namespace hotline::matching
