#include "matching/matcher.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/crypto.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "matching/index.h"
#include "matching/known_store.h"

namespace hotline::matching {

namespace {

constexpr int kChangesAtOnce = 5000;
constexpr char kBetween = '\x1f';  ///< Stored texts have no control characters.

/// 64 bits of the id's own 80 random ones are not at hand as bytes: its digest's are as good.
EntryId entry_id(const KnownId& id) {
  EntryId number;
  std::memcpy(&number, crypto::sha256(id.str()).data(), sizeof number);
  return number;
}

template <std::size_t n>
void set_digest(const std::string& hex, std::optional<std::array<std::uint8_t, n>>& digest) {
  const auto bytes = unhex(hex);
  if (bytes && bytes->size() == n)
    std::copy(bytes->begin(), bytes->end(), digest.emplace().begin());
}

Digests digests_of(const Hashes& hashes) {
  Digests digests;
  set_digest(hashes.md5, digests.md5);
  set_digest(hashes.sha1, digests.sha1);
  set_digest(hashes.sha256, digests.sha256);
  return digests;
}

/// What many known items share: the index stores it once.
std::string note_of(const Known& known) {
  return join({known.source, known.scheme, known.category, known.age, known.sex,
               std::to_string(known.graders), known.conflict ? "1" : "0"},
              std::string_view(&kBetween, 1));
}

Entry entry_of(const Known& known) {
  Entry entry;
  entry.id = entry_id(known.id);
  entry.picture = Hash256::parse(known.hashes.pdq).value_or(Hash256{});
  entry.quality = known.hashes.pdq_quality;
  entry.digests = digests_of(known.hashes);
  entry.note = note_of(known);
  entry.ref = known.id.str() + kBetween + known.ref;
  return entry;
}

/// What entry_of() made, as far as an answer needs it. Nothing if it was removed meanwhile.
std::optional<Match> match_of(const Index& index, const Hit& hit) {
  const auto entry = index.find(hit.id);
  if (!entry) return std::nullopt;
  const auto note = split(entry->note, kBetween);
  const auto ref = entry->ref.find(kBetween);
  if (note.size() != 7 || ref == std::string::npos) return std::nullopt;
  const auto id = KnownId::parse(std::string_view(entry->ref).substr(0, ref));
  const auto graders = parse_integer(note[5]);
  if (!id || !graders) return std::nullopt;
  Match match;
  match.kind = hit.by == MatchedBy::pdq ? MatchKind::near : MatchKind::exact;
  match.known = *id;
  match.by = name(hit.by);
  match.distance = hit.distance;
  match.source = note[0];
  match.ref = entry->ref.substr(ref + 1);
  match.scheme = note[1];
  match.category = note[2];
  match.age = note[3];
  match.sex = note[4];
  match.graders = static_cast<int>(*graders);
  match.conflict = note[6] == "1";
  return match;
}

bool better(const Match& a, const Match& b) {
  if (a.distance != b.distance) return a.distance < b.distance;
  if (a.graders != b.graders) return a.graders > b.graders;
  return a.known < b.known;
}

}  // namespace

/// One tenant's known items that stand.
class Matcher::KnownSet {
 public:
  static Result<std::unique_ptr<KnownSet>> make() {
    auto set = std::make_unique<KnownSet>();
    TRY(index, Index::in_memory());
    TRY_DONE(index->set_lists({{"known", kNearDistance, kQualityMin, false}}));
    set->index_ = std::move(index);
    return set;
  }

  Done apply(const std::vector<Known>& changes) {
    std::vector<Change> entries;
    entries.reserve(changes.size());
    for (const auto& known : changes)
      entries.push_back({entry_of(known), known.withdrawn_at.has_value()});
    return index_->apply(entries, static_cast<std::uint64_t>(changes.back().version));
  }

  /// Best first, for each of the questions.
  [[nodiscard]] std::vector<std::vector<Match>> all(std::span<const Hashes> asked,
                                                    int radius) const {
    std::vector<Hash256> pictures;
    for (const auto& hashes : asked)
      pictures.push_back(Hash256::parse(hashes.pdq).value_or(Hash256{}));
    std::vector<Query> queries;
    for (std::size_t i = 0; i < asked.size(); ++i)
      queries.push_back({.pictures = {&pictures[i], 1},
                         .quality = asked[i].pdq_quality,
                         .radius = radius,
                         .digests = digests_of(asked[i])});
    std::vector<std::vector<Match>> matches;
    for (const auto& answer : index_->answer_all(queries)) matches.push_back(ranked(answer));
    return matches;
  }

  [[nodiscard]] std::size_t size() const { return index_->size().entries; }
  [[nodiscard]] std::int64_t version() const { return static_cast<std::int64_t>(index_->stamp()); }

 private:
  /// Exact ones, or, if there are none, the near ones.
  [[nodiscard]] std::vector<Match> ranked(const Answer& answer) const {
    std::vector<Match> matches;
    for (const auto& hit : answer.hits) {
      if (hit.by == MatchedBy::pdq && answer.hits.front().by != MatchedBy::pdq) break;
      if (auto match = match_of(*index_, hit)) matches.push_back(*std::move(match));
    }
    if (matches.empty()) return matches;
    std::sort(matches.begin(), matches.end(), better);
    // Categories of two schemes cannot be compared by their words: only one scheme's can disagree.
    const Match& top = matches.front();
    const bool conflict = std::any_of(matches.begin(), matches.end(), [&](const Match& other) {
      return other.conflict || (other.scheme == top.scheme && other.category != top.category);
    });
    for (auto& match : matches) {
      match.conflict = conflict;
      match.others = static_cast<int>(matches.size()) - 1;
    }
    return matches;
  }

  std::unique_ptr<Index> index_;
};

Matcher::Matcher() = default;
Matcher::~Matcher() = default;

const Matcher::KnownSet* Matcher::set_of(const TenantId& tenant) const {
  const std::shared_lock lock(lock_);
  const auto set = sets_.find(tenant);
  return set == sets_.end() ? nullptr : set->second.get();
}

Done Matcher::follow(db::Database& database) {
  const std::lock_guard following(follow_lock_);
  TRY(tenants,
      database.read([](db::Transaction& tx) { return casework::CaseworkStore(tx).tenants(); }));
  for (const auto& tenant : tenants) {
    for (bool more = true; more;) {
      TRY(changes, database.read([&](db::Transaction& tx) {
        return KnownStore(tx).changes(tenant.id, version(tenant.id), kChangesAtOnce);
      }));
      more = changes.size() == kChangesAtOnce;
      if (changes.empty()) continue;
      if (!set_of(tenant.id)) {
        TRY(set, KnownSet::make());
        const std::unique_lock lock(lock_);
        sets_[tenant.id] = std::move(set);
      }
      TRY_DONE(sets_.at(tenant.id)->apply(changes));
    }
  }
  return {};
}

Match Matcher::match(const TenantId& tenant, const Hashes& hashes) const {
  return std::move(match_all(tenant, {hashes}).front());
}

std::vector<Match> Matcher::all(const TenantId& tenant, const Hashes& hashes, int radius) const {
  const KnownSet* set = set_of(tenant);
  if (!set) return {};
  return std::move(set->all({&hashes, 1}, radius).front());
}

std::vector<Match> Matcher::match_all(const TenantId& tenant,
                                      const std::vector<Hashes>& hashes) const {
  std::vector<Match> best(hashes.size());
  const KnownSet* set = set_of(tenant);
  if (!set) return best;
  auto all = set->all(hashes, kNearDistance);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].empty()) best[i] = std::move(all[i].front());
  return best;
}

std::size_t Matcher::size(const TenantId& tenant) const {
  const KnownSet* set = set_of(tenant);
  return set ? set->size() : 0;
}

std::int64_t Matcher::version(const TenantId& tenant) const {
  const KnownSet* set = set_of(tenant);
  return set ? set->version() : 0;
}

}  // namespace hotline::matching
