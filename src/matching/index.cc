#include "matching/index.h"

#include <algorithm>

#include "matching/index_inside.h"

namespace hotline::matching {

namespace {
/// A reader of so many queries lets the writer pass in between.
constexpr std::size_t kTogether = 16384;
}  // namespace

Index::Index(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::in_memory() {
  return in_memory(Options{});
}

Result<std::unique_ptr<Index>> Index::in_memory(const Options& options) {
  return open("", options);
}

Result<std::unique_ptr<Index>> Index::open(const std::string& folder, const Options& options) {
  auto inside = std::make_unique<Inside>(folder, options);
  TRY_DONE(inside->start());
  return std::unique_ptr<Index>(new Index(std::move(inside)));
}

Result<std::unique_ptr<Index>> Index::open_file(const std::string& path) {
  TRY(segment, Segment::open(path));
  auto inside = std::make_unique<Inside>("", Options{false, true, false});
  inside->start_with(std::move(segment));
  return std::unique_ptr<Index>(new Index(std::move(inside)));
}

Done Index::set_lists(const std::vector<ListRule>& lists) {
  return inside_->set_lists(lists);
}

std::vector<ListRule> Index::lists() const {
  return inside_->look([](const Snapshot& snapshot) { return snapshot.lists; });
}

Done Index::apply(std::span<const Change> changes, std::uint64_t stamp) {
  return inside_->apply(changes, stamp);
}

std::uint64_t Index::stamp() const {
  return inside_->stamp();
}

Answer Index::answer(const Query& query) const {
  return std::move(answer_all({&query, 1}).front());
}

std::vector<Answer> Index::answer_all(std::span<const Query> queries) const {
  std::vector<Answer> answers;
  answers.reserve(queries.size());
  for (std::size_t at = 0; at < queries.size(); at += kTogether) {
    const auto some = queries.subspan(at, std::min(kTogether, queries.size() - at));
    auto part = inside_->look([&](const Snapshot& snapshot) { return look_up(snapshot, some); });
    std::move(part.begin(), part.end(), std::back_inserter(answers));
  }
  return answers;
}

std::optional<Entry> Index::find(EntryId id) const {
  return inside_->find(id);
}

void Index::each_without_picture(EntryId first,
                                 const std::function<void(const Entry&)>& use) const {
  inside_->each_without_picture(first, use);
}

IndexSize Index::size() const {
  return inside_->size();
}

Done Index::verify() const {
  return inside_->look([](const Snapshot& snapshot) -> Done {
    for (const auto& part : snapshot.parts) TRY_DONE(part.segment->verify());
    return {};
  });
}

Done Index::compact() {
  return inside_->compact();
}

}  // namespace hotline::matching
