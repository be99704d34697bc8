#include "matching/index.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace hotline::matching {

std::string_view name(MatchedBy by) {
  constexpr std::array<std::string_view, 4> names = {"sha256", "sha1", "md5", "pdq"};
  return names[static_cast<std::size_t>(by)];
}

namespace {

std::optional<MatchedBy> same_bytes(const Digests& a, const Digests& b) {
  if (a.sha256 && b.sha256)
    return a.sha256 == b.sha256 ? std::optional(MatchedBy::sha256) : std::nullopt;
  if (a.sha1 && b.sha1) return a.sha1 == b.sha1 ? std::optional(MatchedBy::sha1) : std::nullopt;
  if (a.md5 && b.md5) return a.md5 == b.md5 ? std::optional(MatchedBy::md5) : std::nullopt;
  return std::nullopt;
}

std::optional<Hit> compare(const Query& query, const Entry& entry, const ListRule& rule) {
  if (const auto by = same_bytes(query.digests, entry.digests))
    return Hit{entry.id, entry.list, *by, 0, 0};
  if (std::min(query.quality, entry.quality) < rule.quality_min || entry.picture.is_zero())
    return std::nullopt;
  std::optional<Hit> best;
  for (std::size_t i = 0; i < query.pictures.size(); ++i) {
    const int bits = distance(query.pictures[i], entry.picture);
    if (query.pictures[i].is_zero() || bits > query.radius.value_or(rule.radius)) continue;
    if (!best || bits < best->distance)
      best = Hit{entry.id, entry.list, MatchedBy::pdq, static_cast<std::uint8_t>(i),
                 static_cast<std::uint16_t>(bits)};
  }
  return best;
}

bool nearer(const Hit& a, const Hit& b) {
  if (a.by != b.by && (a.by == MatchedBy::pdq || b.by == MatchedBy::pdq))
    return b.by == MatchedBy::pdq;
  return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

/// Whether `a` is no farther than `b`: then an allowed `a` outvotes `b`.
bool outvotes(const Hit& a, const Hit& b) {
  if ((a.by == MatchedBy::pdq) != (b.by == MatchedBy::pdq)) return b.by == MatchedBy::pdq;
  return a.distance <= b.distance;
}

}  // namespace

class Index::Inside {
 public:
  mutable std::shared_mutex lock;
  std::map<EntryId, Entry> entries;
  std::vector<ListRule> lists;
  std::uint64_t stamp = 0;
};

Index::Index(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::in_memory() {
  return in_memory({});
}
Result<std::unique_ptr<Index>> Index::in_memory(const Options&) {
  return std::unique_ptr<Index>(new Index(std::make_unique<Inside>()));
}

Result<std::unique_ptr<Index>> Index::open(const std::string&, const Options&) {
  return fail(ErrorKind::unavailable, "This build keeps indexes in memory only.");
}
Result<std::unique_ptr<Index>> Index::open_file(const std::string&) {
  return fail(ErrorKind::unavailable, "This build keeps indexes in memory only.");
}

Done Index::set_lists(const std::vector<ListRule>& lists) {
  const std::unique_lock lock(inside_->lock);
  if (lists.size() < inside_->lists.size())
    return fail(ErrorKind::invalid, "A list cannot be taken away from an index.");
  inside_->lists = lists;
  return {};
}

std::vector<ListRule> Index::lists() const {
  const std::shared_lock lock(inside_->lock);
  return inside_->lists;
}

Done Index::apply(std::span<const Change> changes, std::uint64_t stamp) {
  const std::unique_lock lock(inside_->lock);
  for (const auto& change : changes)
    if (!change.remove && change.entry.list >= inside_->lists.size())
      return fail(ErrorKind::invalid, "An entry names a list that the index does not have.");
  for (const auto& change : changes) {
    if (change.remove)
      inside_->entries.erase(change.entry.id);
    else
      inside_->entries.insert_or_assign(change.entry.id, change.entry);
  }
  inside_->stamp = stamp;
  return {};
}

std::uint64_t Index::stamp() const {
  const std::shared_lock lock(inside_->lock);
  return inside_->stamp;
}

Answer Index::answer(const Query& query) const {
  const std::shared_lock lock(inside_->lock);
  Answer answer;
  for (const auto& [id, entry] : inside_->entries) {
    const auto hit = compare(query, entry, inside_->lists[entry.list]);
    if (!hit) continue;
    if (!inside_->lists[entry.list].allow)
      answer.hits.push_back(*hit);
    else if (!answer.allowed || nearer(*hit, *answer.allowed))
      answer.allowed = hit;
  }
  std::sort(answer.hits.begin(), answer.hits.end(), nearer);
  if (answer.allowed)
    std::erase_if(answer.hits, [&](const Hit& hit) { return outvotes(*answer.allowed, hit); });
  return answer;
}

std::vector<Answer> Index::answer_all(std::span<const Query> queries) const {
  std::vector<Answer> answers;
  answers.reserve(queries.size());
  for (const auto& query : queries) answers.push_back(answer(query));
  return answers;
}

std::optional<Entry> Index::find(EntryId id) const {
  const std::shared_lock lock(inside_->lock);
  const auto found = inside_->entries.find(id);
  if (found == inside_->entries.end()) return std::nullopt;
  Entry entry = found->second;
  entry.digests = {};
  return entry;
}

IndexSize Index::size() const {
  const std::shared_lock lock(inside_->lock);
  return {inside_->entries.size()};
}

Done Index::compact() {
  return {};
}

}  // namespace hotline::matching
