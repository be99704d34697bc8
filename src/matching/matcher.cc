#include "matching/matcher.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/text.h"
#include "casework/casework_store.h"
#include "matching/hamming_index.h"
#include "matching/known_store.h"

namespace hotline::matching {

namespace {

constexpr int kChangesAtOnce = 5000;

/// Where the known items with one digest stand, by the first 8 bytes of the digest: the rest is
/// compared in the row itself.
class Digests {
 public:
  void add(const std::string& digest, std::uint32_t row) {
    if (!digest.empty()) rows_.emplace(key(digest), row);
  }
  void remove(const std::string& digest, std::uint32_t row) {
    if (digest.empty()) return;
    const auto [begin, end] = rows_.equal_range(key(digest));
    for (auto it = begin; it != end; ++it)
      if (it->second == row) {
        rows_.erase(it);
        return;
      }
  }
  template <class Use>
  void each(const std::string& digest, Use&& use) const {
    if (digest.empty()) return;
    const auto [begin, end] = rows_.equal_range(key(digest));
    for (auto it = begin; it != end; ++it) use(it->second);
  }

 private:
  static std::uint64_t key(std::string_view digest) {
    std::uint64_t value = 0;
    for (const char c : digest.substr(0, 16))
      value = value << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    return value;
  }
  std::unordered_multimap<std::uint64_t, std::uint32_t> rows_;
};

/// The strongest digest that both have decides; empty if they have none in common.
std::string_view same_bytes(const Hashes& a, const Hashes& b) {
  if (!a.sha256.empty() && !b.sha256.empty()) return a.sha256 == b.sha256 ? "sha256" : "";
  if (!a.sha1.empty() && !b.sha1.empty()) return a.sha1 == b.sha1 ? "sha1" : "";
  if (!a.md5.empty() && !b.md5.empty()) return a.md5 == b.md5 ? "md5" : "";
  return "";
}

}  // namespace

/// One tenant's known items that stand.
class Matcher::KnownSet {
 public:
  void apply(const std::vector<Known>& changes);
  [[nodiscard]] Match match(const Hashes& hashes) const;
  [[nodiscard]] std::vector<Match> all(const Hashes& hashes, int radius) const;
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }
  [[nodiscard]] std::int64_t version() const { return version_; }

 private:
  struct Candidate {
    std::uint32_t row;
    int distance;
    std::string_view by;
  };
  void forget(const KnownId& id);
  void add(const Known& known, std::vector<std::pair<std::uint32_t, Hash256>>& pictures);
  [[nodiscard]] std::vector<Candidate> exact(const Hashes& hashes) const;
  [[nodiscard]] std::vector<Candidate> near(const Hashes& hashes, int radius) const;
  [[nodiscard]] bool better(const Candidate& a, const Candidate& b) const;
  [[nodiscard]] Match match_of(MatchKind kind, const Candidate& candidate) const;
  [[nodiscard]] Match best(MatchKind kind, std::vector<Candidate> candidates) const;

  std::vector<Known> rows_;
  std::vector<std::uint32_t> free_rows_;
  std::unordered_map<std::string, std::uint32_t> by_id_;
  Digests sha256_, sha1_, md5_;
  HammingIndex pictures_;
  std::vector<std::uint32_t> row_of_slot_;
  std::unordered_map<std::uint32_t, HammingIndex::Slot> slot_of_row_;
  std::int64_t version_ = 0;
};

void Matcher::KnownSet::forget(const KnownId& id) {
  const auto found = by_id_.find(id.str());
  if (found == by_id_.end()) return;
  const std::uint32_t row = found->second;
  const Hashes& hashes = rows_[row].hashes;
  sha256_.remove(hashes.sha256, row);
  sha1_.remove(hashes.sha1, row);
  md5_.remove(hashes.md5, row);
  if (const auto slot = slot_of_row_.find(row); slot != slot_of_row_.end()) {
    pictures_.remove(slot->second);
    slot_of_row_.erase(slot);
  }
  rows_[row] = Known{};
  free_rows_.push_back(row);
  by_id_.erase(found);
}

void Matcher::KnownSet::add(const Known& known,
                            std::vector<std::pair<std::uint32_t, Hash256>>& pictures) {
  std::uint32_t row = static_cast<std::uint32_t>(rows_.size());
  if (free_rows_.empty()) {
    rows_.push_back(known);
  } else {
    row = free_rows_.back();
    free_rows_.pop_back();
    rows_[row] = known;
  }
  by_id_[known.id.str()] = row;
  sha256_.add(known.hashes.sha256, row);
  sha1_.add(known.hashes.sha1, row);
  md5_.add(known.hashes.md5, row);
  if (known.hashes.pdq_quality < kQualityMin) return;
  const auto picture = Hash256::parse(known.hashes.pdq);
  if (picture && !picture->is_zero()) pictures.emplace_back(row, *picture);
}

void Matcher::KnownSet::apply(const std::vector<Known>& changes) {
  std::vector<std::pair<std::uint32_t, Hash256>> pictures;
  for (const auto& known : changes) {
    forget(known.id);
    if (!known.withdrawn_at) add(known, pictures);
    version_ = known.version;
  }
  std::vector<Hash256> hashes;
  for (const auto& [row, hash] : pictures) hashes.push_back(hash);
  const auto slots = pictures_.add_all(hashes);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (row_of_slot_.size() <= slots[i]) row_of_slot_.resize(slots[i] + 1);
    row_of_slot_[slots[i]] = pictures[i].first;
    slot_of_row_[pictures[i].first] = slots[i];
  }
}

std::vector<Matcher::KnownSet::Candidate> Matcher::KnownSet::exact(const Hashes& hashes) const {
  std::vector<Candidate> all;
  const auto take = [&](std::uint32_t row) {
    const auto by = same_bytes(hashes, rows_[row].hashes);
    const bool there =
        std::any_of(all.begin(), all.end(), [&](const auto& c) { return c.row == row; });
    if (!by.empty() && !there) all.push_back({row, 0, by});
  };
  sha256_.each(hashes.sha256, take);
  sha1_.each(hashes.sha1, take);
  md5_.each(hashes.md5, take);
  return all;
}

std::vector<Matcher::KnownSet::Candidate> Matcher::KnownSet::near(const Hashes& hashes,
                                                                  int radius) const {
  std::vector<Candidate> all;
  const auto picture = Hash256::parse(hashes.pdq);
  if (!picture || hashes.pdq_quality < kQualityMin) return all;
  for (const auto& hit : pictures_.find(*picture, radius))
    all.push_back({row_of_slot_[hit.slot], hit.distance, "pdq"});
  return all;
}

bool Matcher::KnownSet::better(const Candidate& a, const Candidate& b) const {
  const Known &x = rows_[a.row], &y = rows_[b.row];
  if (a.distance != b.distance) return a.distance < b.distance;
  if (x.graders != y.graders) return x.graders > y.graders;
  return x.id < y.id;
}

Match Matcher::KnownSet::match_of(MatchKind kind, const Candidate& candidate) const {
  const Known& known = rows_[candidate.row];
  return {kind,
          known.id,
          std::string(candidate.by),
          candidate.distance,
          known.source,
          known.ref,
          known.scheme,
          known.category,
          known.age,
          known.sex,
          known.graders,
          known.conflict};
}

Match Matcher::KnownSet::best(MatchKind kind, std::vector<Candidate> candidates) const {
  const auto top =
      *std::min_element(candidates.begin(), candidates.end(),
                        [&](const Candidate& a, const Candidate& b) { return better(a, b); });
  Match match = match_of(kind, top);
  match.others = static_cast<int>(candidates.size()) - 1;
  // Categories of two schemes cannot be compared by their words: only one scheme's can disagree.
  for (const auto& other : candidates) {
    const Known& row = rows_[other.row];
    match.conflict |=
        row.conflict || (row.scheme == match.scheme && row.category != match.category);
  }
  return match;
}

Match Matcher::KnownSet::match(const Hashes& hashes) const {
  if (auto candidates = exact(hashes); !candidates.empty())
    return best(MatchKind::exact, std::move(candidates));
  if (auto candidates = near(hashes, kNearDistance); !candidates.empty())
    return best(MatchKind::near, std::move(candidates));
  return {};
}

std::vector<Match> Matcher::KnownSet::all(const Hashes& hashes, int radius) const {
  auto candidates = exact(hashes);
  const MatchKind kind = candidates.empty() ? MatchKind::near : MatchKind::exact;
  if (candidates.empty()) candidates = near(hashes, radius);
  std::vector<Match> matches;
  if (candidates.empty()) return matches;
  std::sort(candidates.begin(), candidates.end(),
            [&](const Candidate& a, const Candidate& b) { return better(a, b); });
  const Match whole = best(kind, candidates);
  for (const auto& candidate : candidates) {
    matches.push_back(match_of(kind, candidate));
    matches.back().others = whole.others;
    matches.back().conflict = whole.conflict;
  }
  return matches;
}

Matcher::Matcher() = default;
Matcher::~Matcher() = default;

Done Matcher::follow(db::Database& database) {
  TRY(tenants,
      database.read([](db::Transaction& tx) { return casework::CaseworkStore(tx).tenants(); }));
  for (const auto& tenant : tenants) {
    for (bool more = true; more;) {
      TRY(changes, database.read([&](db::Transaction& tx) {
        return KnownStore(tx).changes(tenant.id, version(tenant.id), kChangesAtOnce);
      }));
      more = changes.size() == kChangesAtOnce;
      if (changes.empty()) continue;
      const std::unique_lock lock(lock_);
      auto& set = sets_[tenant.id];
      if (!set) set = std::make_unique<KnownSet>();
      // Two threads may have read the same changes: applying them twice gives the same set.
      if (changes.back().version > set->version()) set->apply(changes);
    }
  }
  return {};
}

Match Matcher::match(const TenantId& tenant, const Hashes& hashes) const {
  const std::shared_lock lock(lock_);
  const auto set = sets_.find(tenant);
  return set == sets_.end() ? Match{} : set->second->match(hashes);
}

std::vector<Match> Matcher::all(const TenantId& tenant, const Hashes& hashes, int radius) const {
  const std::shared_lock lock(lock_);
  const auto set = sets_.find(tenant);
  return set == sets_.end() ? std::vector<Match>{} : set->second->all(hashes, radius);
}

std::vector<Match> Matcher::match_all(const TenantId& tenant,
                                      const std::vector<Hashes>& hashes) const {
  const std::shared_lock lock(lock_);
  std::vector<Match> matches(hashes.size());
  const auto set = sets_.find(tenant);
  if (set == sets_.end()) return matches;
  for (std::size_t i = 0; i < hashes.size(); ++i) matches[i] = set->second->match(hashes[i]);
  return matches;
}

std::size_t Matcher::size(const TenantId& tenant) const {
  const std::shared_lock lock(lock_);
  const auto set = sets_.find(tenant);
  return set == sets_.end() ? 0 : set->second->size();
}

std::int64_t Matcher::version(const TenantId& tenant) const {
  const std::shared_lock lock(lock_);
  const auto set = sets_.find(tenant);
  return set == sets_.end() ? 0 : set->second->version();
}

}  // namespace hotline::matching
