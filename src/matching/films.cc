#include "matching/films.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/text.h"
#include "matching/hmi_format.h"

namespace hotline::matching {

namespace {

constexpr EntryId kFilmFlag = EntryId{1} << 63;
/// The last places of a film's 65,536 are no frames.
enum Part : std::uint64_t {
  kFramesEnd = 65000,
  kWhole = 0xFFFD,
  kAverage = 0xFFFE,
  kName = 0xFFFF
};
constexpr double kRounding = 1e-4;  ///< Of a cosine of floats: what is nearer is scored.

EntryId part_id(FilmNumber number, std::uint64_t part) {
  return kFilmFlag | number << 16 | part;
}
std::uint64_t part_of(EntryId id) {
  return id & 0xFFFF;
}

struct HashOfHash {
  std::size_t operator()(const Hash256& hash) const {
    return static_cast<std::size_t>(
        (hash.words[0] ^ hash.words[1] * 31 ^ hash.words[2] * 961 ^ hash.words[3] * 29791) *
        0x9E3779B97F4A7C15ULL);
  }
};

/// Distinct frames of sufficient quality, each with how often it comes, in order of appearance.
struct Bag {
  std::vector<Hash256> pictures;
  std::vector<int> times, qualities;
  int frames = 0;
  Bag(std::span<const FilmFrame> all, int quality_min) {
    std::unordered_map<Hash256, std::size_t, HashOfHash> places;
    for (const auto& frame : all) {
      if (frame.quality < quality_min) continue;
      ++frames;
      const auto [place, first] = places.try_emplace(frame.picture, pictures.size());
      if (first) {
        pictures.push_back(frame.picture);
        times.push_back(0);
        qualities.push_back(frame.quality);
      }
      ++times[place->second];
      qualities[place->second] = std::max(qualities[place->second], frame.quality);
    }
  }
};

/// What is kept of a film beside the caller's ref: how many frames it has, and how many entries.
struct Name {
  int frames = 0;
  std::uint64_t entries = 0;
  std::string ref;
};
constexpr char kBetween = '\x1f';

std::string text_of(const Name& name) {
  return std::to_string(name.frames) + kBetween + std::to_string(name.entries) + kBetween +
         name.ref;
}
std::optional<Name> name_of(std::string_view text) {
  const auto first = text.find(kBetween);
  const auto second = first == text.npos ? first : text.find(kBetween, first + 1);
  if (second == text.npos) return std::nullopt;
  const auto frames = parse_integer(text.substr(0, first));
  const auto entries = parse_integer(text.substr(first + 1, second - first - 1));
  if (!frames || !entries || *frames < 0 || *frames > 100'000'000 || *entries < 0 ||
      *entries > static_cast<std::int64_t>(kFramesEnd))
    return std::nullopt;
  return Name{static_cast<int>(*frames), static_cast<std::uint64_t>(*entries),
              std::string(text.substr(second + 1))};
}

std::optional<std::array<float, media::kTmkSize>> unit_of(
    const std::array<float, media::kTmkSize>& average) {
  double squares = 0;
  for (const float value : average) squares += double{value} * value;
  const double length = std::sqrt(squares);
  if (!(length > 0) || !std::isfinite(length)) return std::nullopt;
  std::array<float, media::kTmkSize> unit;
  for (std::size_t i = 0; i < unit.size(); ++i) unit[i] = static_cast<float>(average[i] / length);
  return unit;
}

double percent(int part, int whole) {
  return whole == 0 ? 0 : 100.0 * part / whole;
}

}  // namespace

std::string_view name(FilmMatchedBy by) {
  return by == FilmMatchedBy::vpdq ? "vpdq" : "tmk";
}

bool is_film_entry(EntryId id) {
  return (id & kFilmFlag) != 0;
}
FilmNumber film_of(EntryId id) {
  return (id & ~kFilmFlag) >> 16;
}

double FilmHit::query_percent() const {
  return percent(query_matched, query_frames);
}
double FilmHit::known_percent() const {
  return percent(known_matched, known_frames);
}

// The words of a PDQ stand from the last to the first in print, and so in Hash256.
Hash256 hash_of(const media::PdqBits& bits) {
  return {{bits.words[3], bits.words[2], bits.words[1], bits.words[0]}};
}

std::vector<FilmFrame> film_frames(std::span<const media::VpdqFrame> frames) {
  std::vector<FilmFrame> all;
  all.reserve(frames.size());
  for (const auto& frame : frames) all.push_back({hash_of(frame.bits), frame.quality});
  return all;
}

Result<std::vector<Entry>> film_entries(const Film& film, const ListRule& rule) {
  if (film.number == 0 || film.number > kFilmNumberMax)
    return fail(ErrorKind::invalid, "A film's number is 1 to 2^47 - 1.");
  const Bag bag(film.frames, rule.quality_min);
  if (bag.pictures.size() > kFramesEnd)
    return fail(ErrorKind::invalid, "A film has too many different frames: sample it.");
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < bag.pictures.size(); ++i) {
    if (bag.pictures[i].is_zero()) continue;  // Counted, never matched.
    Entry entry{part_id(film.number, i), film.list, bag.pictures[i], bag.qualities[i], {}, "", ""};
    if (bag.times[i] > 1) entry.note = std::to_string(bag.times[i]);
    entries.push_back(std::move(entry));
  }
  if (!film.tmk.empty()) {
    TRY(tmk, media::parse_tmk(film.tmk));
    const auto unit = unit_of(tmk.average);
    if (!unit) return fail(ErrorKind::invalid, "The TMK vector of a film has no average.");
    entries.push_back({part_id(film.number, kWhole), film.list, {}, 0, {}, "", film.tmk});
    entries.push_back({part_id(film.number, kAverage),
                       film.list,
                       {},
                       0,
                       {},
                       "",
                       std::string(reinterpret_cast<const char*>(unit->data()), sizeof *unit)});
  }
  const Name name{bag.frames, bag.pictures.size(), film.ref};
  entries.push_back({part_id(film.number, kName), film.list, {}, 0, {}, film.note, text_of(name)});
  return entries;
}

Result<std::unique_ptr<FilmIndex>> FilmIndex::on(Index& index) {
  std::unique_ptr<FilmIndex> films(new FilmIndex(index));
  auto averages = std::make_shared<Averages>();
  index.each_without_picture(kFilmFlag, [&](const Entry& entry) {
    if (part_of(entry.id) != kAverage) return;
    Average average{film_of(entry.id), {}};
    if (entry.ref.size() != sizeof average.unit) return;  // Only a damaged file says so.
    std::memcpy(average.unit.data(), entry.ref.data(), sizeof average.unit);
    averages->push_back(average);
  });
  films->averages_ = std::move(averages);
  return films;
}

std::shared_ptr<const FilmIndex::Averages> FilmIndex::averages() const {
  const std::shared_lock lock(lock_);
  return averages_;
}

Done FilmIndex::apply(std::span<const FilmChange> films, std::vector<Change> others,
                      std::uint64_t stamp) {
  const std::lock_guard changing(change_lock_);
  const auto lists = index_.lists();
  std::map<FilmNumber, std::optional<Average>> averages;
  for (const auto& change : films) {
    const Film& film = change.film;
    if (film.number == 0 || film.number > kFilmNumberMax)
      return fail(ErrorKind::invalid, "A film's number is 1 to 2^47 - 1.");
    // What stands and is not put again goes away in the same step: of two changes of one entry
    // the later counts.
    if (const auto old = index_.find(part_id(film.number, kName))) {
      const auto name = name_of(old->ref).value_or(Name{});
      for (std::uint64_t i = 0; i < name.entries; ++i)
        others.push_back({{part_id(film.number, i)}, true});
      for (const auto part : {kWhole, kAverage, kName})
        others.push_back({{part_id(film.number, part)}, true});
    }
    averages[film.number].reset();
    if (change.remove) continue;
    if (film.list >= lists.size())
      return fail(ErrorKind::invalid, "A film names a list that the index does not have.");
    TRY(entries, film_entries(film, lists[film.list]));
    for (auto& entry : entries) {
      if (part_of(entry.id) == kAverage) {
        auto& average = averages[film.number].emplace(Average{film.number, {}});
        std::memcpy(average.unit.data(), entry.ref.data(), sizeof average.unit);
      }
      others.push_back({std::move(entry), false});
    }
  }
  TRY_DONE(index_.apply(others, stamp));
  auto next = std::make_shared<Averages>();
  for (const auto& one : *averages_)
    if (!averages.contains(one.number)) next->push_back(one);
  for (const auto& [number, one] : averages)
    if (one) next->push_back(*one);
  const std::unique_lock lock(lock_);
  averages_ = std::move(next);
  return {};
}

std::optional<Film> find_film(const Index& index, FilmNumber number) {
  const auto entry = index.find(part_id(number, kName));
  if (!entry) return std::nullopt;
  const auto name = name_of(entry->ref);
  if (!name) return std::nullopt;
  return Film{number, entry->list, {}, "", entry->note, name->ref};
}

void FilmIndex::answer_by_frames(const FilmQuery& query, FilmAnswer& answer) const {
  const Bag bag(query.frames, query.rule.quality_min);
  answer.query_frames = bag.frames;
  std::vector<Query> queries;
  for (std::size_t i = 0; i < bag.pictures.size(); ++i)
    queries.push_back({.pictures = {&bag.pictures[i], 1},
                       .quality = bag.qualities[i],
                       .radius = query.rule.radius,
                       .digests = {}});
  struct Tally {
    FilmHit hit;
    std::size_t last = static_cast<std::size_t>(-1);  ///< The frame that was counted last.
    std::vector<EntryId> parts;
  };
  std::unordered_map<FilmNumber, Tally> tallies;
  const auto answers = index_.answer_all(queries);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].allowed && answers[i].hits.empty()) answer.innocent_frames += bag.times[i];
    for (const auto& hit : answers[i].hits) {
      if (!is_film_entry(hit.id)) continue;
      Tally& tally = tallies[film_of(hit.id)];
      if (tally.last != i) tally.hit.query_matched += bag.times[i];
      tally.last = i;
      tally.parts.push_back(hit.id);
    }
  }
  for (auto& [number, tally] : tallies) {
    FilmHit hit = tally.hit;
    hit.number = number;
    hit.query_frames = bag.frames;
    if (hit.query_percent() < query.rule.query_percent_min) continue;
    const auto name = index_.find(part_id(number, kName));
    const auto about = name ? name_of(name->ref) : std::nullopt;
    if (!about) continue;  // Removed meanwhile.
    hit.list = name->list;
    hit.known_frames = about->frames;
    std::sort(tally.parts.begin(), tally.parts.end());
    tally.parts.erase(std::unique(tally.parts.begin(), tally.parts.end()), tally.parts.end());
    for (const auto part : tally.parts)
      if (const auto frame = index_.find(part))
        hit.known_matched +=
            frame->note.empty() ? 1 : static_cast<int>(parse_integer(frame->note).value_or(1));
    if (hit.known_percent() >= query.rule.known_percent_min) answer.hits.push_back(hit);
  }
}

void FilmIndex::answer_by_tmk(const FilmQuery& query, FilmAnswer& answer) const {
  const auto unit = unit_of(query.tmk->average);
  if (!unit) return;
  const auto lists = index_.lists();
  double innocent = -1;  // The best score of an allow-list's film: it wins over what is no nearer.
  std::vector<FilmHit> found;
  const auto all = averages();
  for (const auto& one : *all) {
    float cosine = 0;
    for (std::size_t i = 0; i < unit->size(); ++i) cosine += (*unit)[i] * one.unit[i];
    if (cosine < query.rule.level1_min - kRounding) continue;
    const auto whole = index_.find(part_id(one.number, kWhole));
    if (!whole || whole->list >= lists.size()) continue;
    const auto tmk = media::parse_tmk(whole->ref);
    if (!tmk) continue;
    const auto score = media::tmk_score(*query.tmk, *tmk);
    if (!score || score->level1 < query.rule.level1_min || score->level2 < query.rule.level2_min)
      continue;
    if (lists[whole->list].allow) {
      innocent = std::max(innocent, score->level2);
      continue;
    }
    FilmHit hit{one.number, whole->list, FilmMatchedBy::tmk};
    hit.level1 = score->level1;
    hit.level2 = score->level2;
    found.push_back(hit);
  }
  for (const auto& hit : found) {
    if (hit.level2 <= innocent) continue;
    const auto same = std::ranges::find(answer.hits, hit.number, &FilmHit::number);
    if (same == answer.hits.end()) {
      answer.hits.push_back(hit);
      continue;
    }
    same->level1 = hit.level1;
    same->level2 = hit.level2;
  }
}

FilmAnswer FilmIndex::answer(const FilmQuery& query) const {
  FilmAnswer answer;
  answer_by_frames(query, answer);
  if (query.tmk) answer_by_tmk(query, answer);
  std::sort(answer.hits.begin(), answer.hits.end(), [](const FilmHit& a, const FilmHit& b) {
    if (a.query_percent() != b.query_percent()) return a.query_percent() > b.query_percent();
    return a.level2 != b.level2 ? a.level2 > b.level2 : a.number < b.number;
  });
  return answer;
}

}  // namespace hotline::matching
