#include <algorithm>

#include "matching/index_snapshot.h"

namespace hotline::matching {

std::string_view name(MatchedBy by) {
  constexpr std::array<std::string_view, 4> names = {"sha256", "sha1", "md5", "pdq"};
  return names[static_cast<std::size_t>(by)];
}

namespace {

/// Same bytes before near; then by distance, then by id.
bool nearer(const Hit& a, const Hit& b) {
  const bool a_near = a.by == MatchedBy::pdq, b_near = b.by == MatchedBy::pdq;
  if (a_near != b_near) return b_near;
  return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

/// Whether an allowed `a` is no farther than `b`.
bool outvotes(const Hit& a, const Hit& b) {
  const bool a_near = a.by == MatchedBy::pdq, b_near = b.by == MatchedBy::pdq;
  return a_near == b_near ? a.distance <= b.distance : b_near;
}

constexpr std::array kStrongestFirst = {DigestKind::sha256, DigestKind::sha1, DigestKind::md5};
constexpr std::array kByDigest = {MatchedBy::md5, MatchedBy::sha1, MatchedBy::sha256};

class LookUp {
 public:
  LookUp(const Snapshot& snapshot, std::span<const Query> queries)
      : snapshot_(snapshot), queries_(queries) {
    for (const auto& rule : snapshot.lists) widest_ = std::max(widest_, rule.radius);
    for (std::uint32_t i = 0; i < queries.size(); ++i) take_pictures(i);
  }

  std::vector<Answer> run() {
    std::uint32_t age = 0;
    for (const auto& part : snapshot_.parts) look_in(part, age++);
    for (const auto& live : snapshot_.lives) look_in(*live.segment, age++);
    return answers();
  }

 private:
  struct Owner {
    std::uint32_t query;
    std::uint8_t picture;
  };
  struct Candidate {
    std::uint32_t query;
    std::uint32_t age;  ///< Of where it stands: of two versions of an entry the newer counts.
    std::uint32_t slot;
    Hit hit;
  };

  void take_pictures(std::uint32_t number) {
    const Query& query = queries_[number];
    const int radius = std::clamp(query.radius.value_or(widest_), 0, kRadiusMax);
    for (std::size_t i = 0; i < query.pictures.size() && i < 256; ++i) {
      if (query.pictures[i].is_zero()) continue;
      pictures_.push_back(query.pictures[i]);
      radii_.push_back(static_cast<std::uint8_t>(radius));
      owners_.push_back({number, static_cast<std::uint8_t>(i)});
    }
  }

  void take_near(const PictureHit& found, std::uint32_t age, EntryId id, ListNumber list,
                 int quality) {
    if (list >= snapshot_.lists.size()) return;
    const ListRule& rule = snapshot_.lists[list];
    const Owner owner = owners_[found.query];
    const Query& query = queries_[owner.query];
    if (found.distance > query.radius.value_or(rule.radius)) return;
    if (std::min(query.quality, quality) < rule.quality_min) return;
    candidates_.push_back(
        {owner.query, age, found.slot, {id, list, MatchedBy::pdq, owner.picture, found.distance}});
  }

  void take_exact(std::uint32_t query, std::uint32_t age, std::uint32_t slot, EntryId id,
                  ListNumber list, DigestKind by) {
    if (list >= snapshot_.lists.size()) return;
    candidates_.push_back(
        {query, age, slot, {id, list, kByDigest[static_cast<std::size_t>(by)], 0, 0}});
  }

  /// Whether query and entry both have a digest that says more than `kind`.
  static bool overruled(const Digests& query, std::uint8_t has, DigestKind kind) {
    for (const auto stronger : kStrongestFirst) {
      if (stronger == kind) return false;
      if (!digest_of(query, stronger).empty() && (has & has_flag(stronger)) != 0) return true;
    }
    return false;
  }

  void look_in(const SnapshotPart& part, std::uint32_t age) {
    hits_.clear();
    part.segment->find_pictures(pictures_, radii_, hits_);
    for (const auto& hit : hits_) {
      if (part.removed->at(hit.slot)) continue;
      const auto set = part.segment->attributes(hit.slot);
      take_near(hit, age, part.segment->id(hit.slot), set.list, set.quality);
    }
    for (const auto kind : kStrongestFirst) {
      if (part.segment->digests(kind) == 0) continue;
      for (std::uint32_t i = 0; i < queries_.size(); ++i) {
        const auto digest = digest_of(queries_[i].digests, kind);
        if (digest.empty()) continue;
        part.segment->find_digest(kind, digest, [&](std::uint32_t slot) {
          const auto set = part.segment->attributes(slot);
          if (part.removed->at(slot) || overruled(queries_[i].digests, set.has, kind)) return;
          take_exact(i, age, slot, part.segment->id(slot), set.list, kind);
        });
      }
    }
  }

  void look_in(const LiveSegment& live, std::uint32_t age) {
    if (live.entries() == 0) return;
    hits_.clear();
    live.find_pictures(pictures_, radii_, hits_);
    for (const auto& hit : hits_) {
      const Entry& entry = live.entry(hit.slot);
      if (!live.removed(hit.slot)) take_near(hit, age, entry.id, entry.list, entry.quality);
    }
    for (const auto kind : kStrongestFirst)
      for (std::uint32_t i = 0; i < queries_.size(); ++i)
        live.find_digest(kind, digest_of(queries_[i].digests, kind), [&](std::uint32_t slot) {
          const Entry& entry = live.entry(slot);
          std::uint8_t has = 0;
          for (const auto held : kDigestKinds)
            if (!digest_of(entry.digests, held).empty()) has |= has_flag(held);
          if (live.removed(slot) || overruled(queries_[i].digests, has, kind)) return;
          take_exact(i, age, slot, entry.id, entry.list, kind);
        });
  }

  std::vector<Answer> answers() {
    std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
      if (a.query != b.query) return a.query < b.query;
      if (a.hit.id != b.hit.id) return a.hit.id < b.hit.id;
      if (a.age != b.age) return a.age > b.age;
      if (a.slot != b.slot) return a.slot > b.slot;
      if (a.hit.by != b.hit.by) return a.hit.by < b.hit.by;
      return a.hit.distance != b.hit.distance ? a.hit.distance < b.hit.distance
                                              : a.hit.picture < b.hit.picture;
    });
    std::vector<Answer> answers(queries_.size());
    const Candidate* last = nullptr;
    for (const auto& candidate : candidates_) {
      if (last && last->query == candidate.query && last->hit.id == candidate.hit.id) continue;
      last = &candidate;
      Answer& answer = answers[candidate.query];
      if (!snapshot_.lists[candidate.hit.list].allow)
        answer.hits.push_back(candidate.hit);
      else if (!answer.allowed || nearer(candidate.hit, *answer.allowed))
        answer.allowed = candidate.hit;
    }
    for (auto& answer : answers) {
      if (answer.hits.empty()) continue;
      std::sort(answer.hits.begin(), answer.hits.end(), nearer);
      if (answer.allowed)
        std::erase_if(answer.hits, [&](const Hit& hit) { return outvotes(*answer.allowed, hit); });
    }
    return answers;
  }

  const Snapshot& snapshot_;
  std::span<const Query> queries_;
  int widest_ = 0;
  std::vector<Hash256> pictures_;
  std::vector<std::uint8_t> radii_;
  std::vector<Owner> owners_;
  std::vector<PictureHit> hits_;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::vector<Answer> look_up(const Snapshot& snapshot, std::span<const Query> queries) {
  return LookUp(snapshot, queries).run();
}

}  // namespace hotline::matching
