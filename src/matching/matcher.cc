#include "matching/matcher.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "matching/durable_file.h"
#include "matching/films.h"
#include "matching/index.h"
#include "matching/known_store.h"

namespace hotline::matching {

namespace {

namespace fs = std::filesystem;

constexpr int kChangesAtOnce = 5000;
constexpr char kBetween = '\x1f';  ///< Stored texts have no control characters.

/// 64 bits of the id's own 80 random ones are not at hand as bytes: its digest's are as good.
EntryId entry_id(const KnownId& id) {
  EntryId number;
  std::memcpy(&number, crypto::sha256(id.str()).data(), sizeof number);
  return number;
}
FilmNumber film_number(const KnownId& id) {
  return std::max<FilmNumber>(entry_id(id) & kFilmNumberMax, 1);
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

/// What entry_of() made, as far as an answer needs it.
std::optional<Match> match_from(std::string_view note_text, const std::string& ref_text) {
  const auto note = split(note_text, kBetween);
  const auto ref = ref_text.find(kBetween);
  if (note.size() != 7 || ref == std::string::npos) return std::nullopt;
  const auto id = KnownId::parse(std::string_view(ref_text).substr(0, ref));
  const auto graders = parse_integer(note[5]);
  if (!id || !graders) return std::nullopt;
  Match match;
  match.known = *id;
  match.source = note[0];
  match.ref = ref_text.substr(ref + 1);
  match.scheme = note[1];
  match.category = note[2];
  match.age = note[3];
  match.sex = note[4];
  match.graders = static_cast<int>(*graders);
  match.conflict = note[6] == "1";
  return match;
}

/// Nothing if it was removed meanwhile.
std::optional<Match> match_of(const Index& index, const Hit& hit) {
  const auto entry = index.find(hit.id);
  if (!entry) return std::nullopt;
  auto match = match_from(entry->note, entry->ref);
  if (!match) return std::nullopt;
  match->kind = hit.by == MatchedBy::pdq ? MatchKind::near : MatchKind::exact;
  match->by = name(hit.by);
  match->distance = hit.distance;
  return match;
}

std::optional<Match> match_of(const FilmIndex& films, const FilmHit& hit) {
  const auto film = films.find(hit.number);
  if (!film) return std::nullopt;
  auto match = match_from(film->note, film->ref);
  if (!match) return std::nullopt;
  match->kind = MatchKind::near;
  match->by = name(hit.by);
  match->distance = kNearDistance;
  match->query_percent = hit.query_percent();
  match->known_percent = hit.known_percent();
  return match;
}

bool better(const Match& a, const Match& b) {
  if (a.distance != b.distance) return a.distance < b.distance;
  if (a.query_percent != b.query_percent) return a.query_percent > b.query_percent;
  if (a.graders != b.graders) return a.graders > b.graders;
  return a.known < b.known;
}

}  // namespace

/// One tenant's known items that stand, and where they come from.
class Matcher::KnownSet {
 public:
  /// In memory where `folder` is empty.
  static Result<std::shared_ptr<KnownSet>> make(const std::string& folder) {
    auto set = std::make_shared<KnownSet>();
    set->folder_ = folder;
    if (!folder.empty()) {
      std::error_code trouble;
      fs::create_directories(folder, trouble);
      // A set made by a program that kept other notes is none.
      if (!set->read_source()) {
        fs::remove_all(folder, trouble);
        fs::create_directories(folder, trouble);
      }
    }
    const std::vector<ListRule> lists = {{"known", kNearDistance, kQualityMin, false}};
    for (const auto& [index, place] :
         {std::pair(&set->index_, "/items"), std::pair(&set->film_index_, "/films")}) {
      TRY(opened, folder.empty() ? Index::in_memory() : Index::open(folder + place, {}));
      *index = std::move(opened);
      if ((*index)->lists() != lists) TRY_DONE((*index)->set_lists(lists));
    }
    TRY(films, FilmIndex::on(*set->film_index_));
    set->films_ = std::move(films);
    set->from_disk_ = !folder.empty() && set->version() > 0;
    return set;
  }

  /// Whether what this set has seen is a part of the database's history. `epochs` are those from
  /// the one on that it saw last.
  [[nodiscard]] bool belongs_to(std::span<const KnownStore::Epoch> epochs,
                                std::int64_t version_now) const {
    const auto furthest =
        static_cast<std::int64_t>(std::max(index_->stamp(), film_index_->stamp()));
    if (furthest > version_now) return false;
    if (seen_.number > 0) {
      if (epochs.empty() || epochs[0].number != seen_.number || epochs[0].writer != seen_.writer)
        return false;
      epochs = epochs.subspan(1);
    }
    return std::ranges::all_of(epochs,
                               [&](const auto& epoch) { return epoch.from_version >= furthest; });
  }
  [[nodiscard]] std::int64_t seen_epoch() const { return seen_.number; }
  /// Before the changes that came with it: killed in between, nothing is passed over.
  Done see(const KnownStore::Epoch& epoch) {
    if (epoch.number == seen_.number) return {};
    seen_ = epoch;
    if (folder_.empty()) return {};
    return replace_file(folder_ + "/source", std::string(kLayout) + " " +
                                                 std::to_string(epoch.number) + " " + epoch.writer);
  }
  /// Nothing of it is used again after the program's end.
  void forget_folder() const {
    std::error_code trouble;
    if (!folder_.empty()) fs::remove(folder_ + "/source", trouble);
  }
  /// Once: reads every byte that lay there when it was opened. Error `corrupt`.
  Done verify() {
    if (!std::exchange(from_disk_, false)) return {};
    TRY_DONE(index_->verify());
    return film_index_->verify();
  }

  Done apply(std::span<const Known> changes) {
    constexpr std::size_t kFramesAtOnce = 100'000;
    while (!changes.empty()) {
      std::vector<Change> entries;
      std::vector<FilmChange> films;
      std::size_t frames = 0, taken = 0;
      while (taken < changes.size() && frames < kFramesAtOnce) {
        const Known& known = changes[taken++];
        const bool gone = known.withdrawn_at.has_value();
        Entry entry = entry_of(known);
        Film film{.number = film_number(known.id), .note = entry.note, .ref = entry.ref};
        if (!gone) film.frames = film_frames(known.hashes.frames);
        frames += film.frames.size();
        films.push_back({std::move(film), gone || known.hashes.frames.empty()});
        entries.push_back({std::move(entry), gone});
      }
      const auto stamp = static_cast<std::uint64_t>(changes[taken - 1].version);
      TRY_DONE(films_->apply(films, {}, stamp));
      TRY_DONE(index_->apply(entries, stamp));
      changes = changes.subspan(taken);
    }
    return {};
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
    for (std::size_t i = 0; i < asked.size(); ++i)
      if (matches[i].empty() && !asked[i].frames.empty())
        matches[i] = film_matches(asked[i].frames, radius);
    return matches;
  }

  [[nodiscard]] std::size_t size() const { return index_->size().entries; }
  /// Of the two indexes the one that was stopped earlier: the other takes the same again.
  [[nodiscard]] std::int64_t version() const {
    return static_cast<std::int64_t>(std::min(index_->stamp(), film_index_->stamp()));
  }

 private:
  /// Changes with what entry_of() writes.
  static constexpr std::string_view kLayout = "known-1";

  /// False if the folder has none, or of another layout.
  bool read_source() {
    const auto text = read_file(folder_ + "/source");
    if (!text) return false;
    const auto words = split(*text, ' ');
    const auto number = words.size() == 3 ? parse_integer(words[1]) : fail(ErrorKind::invalid, "");
    if (!number || words[0] != kLayout) return false;
    seen_.number = *number;
    seen_.writer = words[2];
    return true;
  }

  [[nodiscard]] std::vector<Match> film_matches(std::span<const media::VpdqFrame> frames,
                                                int radius) const {
    const auto asked = film_frames(frames);
    FilmQuery query{.frames = asked, .rule = {}};
    query.rule.query_percent_min = kFilmPercent;
    query.rule.radius = radius;
    query.rule.quality_min = kQualityMin;
    std::vector<Match> matches;
    for (const auto& hit : films_->answer(query).hits)
      if (auto match = match_of(*films_, hit)) matches.push_back(*std::move(match));
    return compared(std::move(matches));
  }

  /// Exact ones, or, if there are none, the near ones.
  [[nodiscard]] std::vector<Match> ranked(const Answer& answer) const {
    std::vector<Match> matches;
    for (const auto& hit : answer.hits) {
      if (hit.by == MatchedBy::pdq && answer.hits.front().by != MatchedBy::pdq) break;
      if (auto match = match_of(*index_, hit)) matches.push_back(*std::move(match));
    }
    return compared(std::move(matches));
  }

  /// Best first; each knows whether all agree.
  static std::vector<Match> compared(std::vector<Match> matches) {
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

  std::string folder_;
  KnownStore::Epoch seen_;
  bool from_disk_ = false;
  std::unique_ptr<Index> index_, film_index_;
  std::unique_ptr<FilmIndex> films_;
};

Matcher::Matcher() = default;
Matcher::Matcher(std::string folder) : folder_(std::move(folder)) {}
Matcher::~Matcher() = default;

std::shared_ptr<Matcher::KnownSet> Matcher::set_of(const TenantId& tenant) const {
  const std::shared_lock lock(lock_);
  const auto set = sets_.find(tenant);
  return set == sets_.end() ? nullptr : set->second;
}

void Matcher::put_set(const TenantId& tenant, std::shared_ptr<KnownSet> set) {
  const std::unique_lock lock(lock_);
  sets_[tenant] = std::move(set);
}

Done Matcher::follow(db::Database& database) {
  const std::lock_guard following(follow_lock_);
  TRY(tenants,
      database.read([](db::Transaction& tx) { return casework::CaseworkStore(tx).tenants(); }));
  for (const auto& tenant : tenants) TRY_DONE(follow_one(database, tenant.id));
  return {};
}

Done Matcher::follow_one(db::Database& database, const TenantId& tenant) {
  struct News {
    std::vector<KnownStore::Epoch> epochs;
    std::int64_t version = 0;
    std::vector<Known> changes;
  };
  auto set = set_of(tenant);
  const bool answers = set != nullptr;
  const std::string folder = folder_.empty() ? "" : folder_ + "/" + tenant.str();
  const auto open_set = [&]() -> Result<std::shared_ptr<KnownSet>> {
    auto opened = KnownSet::make(folder);
    if (opened || folder.empty()) return opened;
    log::trouble("known_set_cannot_be_opened", opened.error());
    std::error_code trouble;
    if (opened.error().kind == ErrorKind::corrupt) fs::remove_all(folder, trouble);
    // Another process may have it: then, and in any other trouble, memory has to do.
    return KnownSet::make(opened.error().kind == ErrorKind::corrupt ? folder : "");
  };
  if (!set) {
    TRY(opened, open_set());
    set = std::move(opened);
  } else if (const Done good = set->verify(); !good) {
    log::trouble("known_set_damaged", good.error());
    set->forget_folder();
    TRY(made, KnownSet::make(""));
    set = std::move(made);
  }
  for (bool more = true; more;) {
    TRY(news, database.read([&](db::Transaction& tx) -> Result<News> {
      KnownStore store(tx);
      News now;
      TRY(epochs, store.epochs(tenant, std::max<std::int64_t>(set->seen_epoch() - 1, 0)));
      TRY(version, store.version(tenant));
      TRY(changes, store.changes(tenant, set->version(), kChangesAtOnce));
      return News{std::move(epochs), version, std::move(changes)};
    }));
    if (!set->belongs_to(news.epochs, news.version)) {
      // Its history is another one's. What answers goes on answering until the new one is whole.
      log::note("known_set_made_anew", {{"tenant", tenant.str()}});
      set->forget_folder();
      set.reset();
      TRY(made, answers ? KnownSet::make("") : open_set());
      set = std::move(made);
      continue;
    }
    if (!news.epochs.empty()) TRY_DONE(set->see(news.epochs.back()));
    more = news.changes.size() == kChangesAtOnce;
    if (!news.changes.empty()) TRY_DONE(set->apply(news.changes));
  }
  if (set != set_of(tenant)) put_set(tenant, std::move(set));
  return {};
}

Match Matcher::match(const TenantId& tenant, const Hashes& hashes) const {
  return std::move(match_all(tenant, {hashes}).front());
}

std::vector<Match> Matcher::all(const TenantId& tenant, const Hashes& hashes, int radius) const {
  const auto set = set_of(tenant);
  if (!set) return {};
  return std::move(set->all({&hashes, 1}, radius).front());
}

std::vector<Match> Matcher::match_all(const TenantId& tenant,
                                      const std::vector<Hashes>& hashes) const {
  std::vector<Match> best(hashes.size());
  const auto set = set_of(tenant);
  if (!set) return best;
  auto all = set->all(hashes, kNearDistance);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!all[i].empty()) best[i] = std::move(all[i].front());
  return best;
}

std::size_t Matcher::size(const TenantId& tenant) const {
  const auto set = set_of(tenant);
  return set ? set->size() : 0;
}

std::int64_t Matcher::version(const TenantId& tenant) const {
  const auto set = set_of(tenant);
  return set ? set->version() : 0;
}

}  // namespace hotline::matching
