#include "matching/index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "matching/index_files.h"
#include "matching/kernels.h"
#include "matching/segment_writer.h"

namespace hotline::matching {
namespace {

using Random = std::mt19937_64;

Hash256 any_hash(Random& random) {
  return {{random(), random(), random(), random()}};
}

Hash256 flipped(Hash256 hash, int bits, Random& random) {
  for (int done = 0; done < bits;) {
    const auto place = random() % 256;
    // Flipping a bit twice would bring the hash nearer: each is flipped once.
    static thread_local std::array<bool, 256> used;
    if (done == 0) used.fill(false);
    if (used[place]) continue;
    used[place] = true;
    hash.words[place / 64] ^= 1ULL << (place % 64);
    ++done;
  }
  return hash;
}

template <std::size_t n>
std::array<std::uint8_t, n> bytes_of(std::uint64_t value) {
  std::array<std::uint8_t, n> bytes{};
  for (std::size_t i = 0; i < n; ++i)
    bytes[i] = static_cast<std::uint8_t>(value * 0x9E3779B97F4A7C15ULL >> (i % 8 * 8));
  return bytes;
}

/// The plain truth: a map, and a loop over all of it.
class Model {
 public:
  std::vector<ListRule> lists;
  std::map<EntryId, Entry> entries;

  void apply(const std::vector<Change>& changes) {
    for (const auto& change : changes)
      if (change.remove)
        entries.erase(change.entry.id);
      else
        entries.insert_or_assign(change.entry.id, change.entry);
  }

  [[nodiscard]] Answer answer(const Query& query) const {
    Answer answer;
    for (const auto& [id, entry] : entries) {
      const auto hit = compare(query, entry);
      if (!hit) continue;
      if (!lists[entry.list].allow)
        answer.hits.push_back(*hit);
      else if (!answer.allowed || rank(*hit) < rank(*answer.allowed))
        answer.allowed = hit;
    }
    std::ranges::sort(answer.hits, {}, rank);
    if (answer.allowed)
      std::erase_if(answer.hits, [&](const Hit& hit) {
        return std::pair(answer.allowed->by == MatchedBy::pdq, answer.allowed->distance) <=
               std::pair(hit.by == MatchedBy::pdq, hit.distance);
      });
    return answer;
  }

 private:
  static std::tuple<bool, int, EntryId> rank(const Hit& hit) {
    return {hit.by == MatchedBy::pdq, hit.distance, hit.id};
  }
  [[nodiscard]] std::optional<Hit> compare(const Query& query, const Entry& entry) const {
    const Digests &a = query.digests, &b = entry.digests;
    std::optional<MatchedBy> by;
    if (a.sha256 && b.sha256) {
      if (a.sha256 == b.sha256) by = MatchedBy::sha256;
    } else if (a.sha1 && b.sha1) {
      if (a.sha1 == b.sha1) by = MatchedBy::sha1;
    } else if (a.md5 && b.md5 && a.md5 == b.md5) {
      by = MatchedBy::md5;
    }
    if (by) return Hit{entry.id, entry.list, *by, 0, 0};
    const ListRule& rule = lists[entry.list];
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
};

const std::vector<ListRule> kLists = {
    {"known", 31, 50, false}, {"strict", 7, 80, false}, {"innocent", 15, 50, true}};

Entry any_entry(EntryId id, Random& random, const std::vector<Hash256>& seeds) {
  Entry entry;
  entry.id = id;
  entry.list = static_cast<ListNumber>(random() % kLists.size());
  entry.quality = static_cast<int>(40 + random() % 61);
  if (random() % 8 != 0)
    entry.picture =
        flipped(seeds[random() % seeds.size()], static_cast<int>(random() % 70), random);
  if (random() % 3 == 0) entry.digests.md5 = bytes_of<16>(random() % 50);
  if (random() % 4 == 0) entry.digests.sha1 = bytes_of<20>(random() % 50);
  if (random() % 5 == 0) entry.digests.sha256 = bytes_of<32>(random() % 50);
  entry.note = "category " + std::to_string(random() % 4);
  if (random() % 2 == 0) entry.ref = "r-" + std::to_string(id);
  return entry;
}

struct Asked {
  std::vector<Hash256> pictures;
  Query query;
};

Asked any_query(Random& random, const std::vector<Hash256>& seeds) {
  Asked asked;
  const std::size_t count = random() % 10 == 0 ? 8 : 1;
  for (std::size_t i = 0; i < count; ++i)
    asked.pictures.push_back(
        flipped(seeds[random() % seeds.size()], static_cast<int>(random() % 40), random));
  if (random() % 20 == 0) asked.pictures[0] = Hash256{};
  if (random() % 2 == 0) asked.query.radius = static_cast<int>(random() % 64);
  asked.query.quality = static_cast<int>(45 + random() % 56);
  if (random() % 3 == 0) asked.query.digests.md5 = bytes_of<16>(random() % 50);
  if (random() % 3 == 0) asked.query.digests.sha1 = bytes_of<20>(random() % 50);
  if (random() % 3 == 0) asked.query.digests.sha256 = bytes_of<32>(random() % 50);
  return asked;
}

void expect_the_same(const Index& index, const Model& model, Random& random,
                     const std::vector<Hash256>& seeds, int queries) {
  std::vector<Asked> asked;
  for (int i = 0; i < queries; ++i) asked.push_back(any_query(random, seeds));
  std::vector<Query> batch;
  for (auto& one : asked) {
    one.query.pictures = one.pictures;
    batch.push_back(one.query);
  }
  const auto answers = index.answer_all(batch);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Answer wanted = model.answer(batch[i]);
    ASSERT_EQ(answers[i].allowed, wanted.allowed) << i;
    ASSERT_EQ(answers[i].hits, wanted.hits) << i;
  }
}

class Folder {
 public:
  Folder() {
    std::string pattern = ::testing::TempDir() + "hotline-index-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Digests sha256_of(std::uint8_t byte) {
  Digests digests;
  digests.sha256.emplace().fill(byte);
  return digests;
}

Hash256 picture(std::uint64_t bits) {
  return {{bits, 0x123456789abcdefULL, 7, 9}};
}

TEST(Index, AnAllowedEntryWinsOverWhatIsNoNearer) {
  const auto index = *Index::in_memory();
  ASSERT_TRUE(index->set_lists({{"known"}, {"innocent", 31, 50, true}}));
  ASSERT_TRUE(index->apply(std::vector<Change>{
      {{1, 0, picture(0), 90, sha256_of(1), "A", "r-1"}},
      {{2, 0, picture(0xff), 90, {}, "A", "r-2"}},
      {{3, 1, picture(0xf), 90, {}, "", "wallpaper"}},
  }));
  const Hash256 asked = picture(0xf);
  const Answer answer = index->answer({.pictures = {&asked, 1}});
  ASSERT_TRUE(answer.allowed);
  EXPECT_EQ(answer.allowed->id, 3U);
  EXPECT_TRUE(answer.hits.empty());

  const Hash256 at_the_hit = picture(0);
  EXPECT_EQ(index->answer({.pictures = {&at_the_hit, 1}}).hits.size(), 1U)
      << "the entry at distance 0 is nearer than the allowed one at 4; that at 8 is not";
  EXPECT_EQ(index->answer({.pictures = {&asked, 1}, .digests = sha256_of(1)}).hits.size(), 1U)
      << "the same bytes are nearer than any picture";
}

TEST(Index, WhatBreaksTheRulesIsRefused) {
  const auto index = *Index::in_memory();
  ASSERT_TRUE(index->set_lists(kLists));
  EXPECT_EQ(index->apply(std::vector<Change>{{{1, 3, picture(1), 90}}}).error().kind,
            ErrorKind::invalid);
  EXPECT_EQ(index->apply(std::vector<Change>{{{1, 0, picture(1), 101}}}).error().kind,
            ErrorKind::invalid);
  EXPECT_EQ(index->set_lists({{"known"}}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(index->size().entries, 0U);
}

// Sizes 0, 1 and 2, all radii, before and after each becomes a segment.
TEST(Index, EmptyAndTinyIndexesAnswerEveryRadius) {
  Random random(2);
  for (std::size_t size = 0; size <= 2; ++size) {
    const auto index = *Index::in_memory({.merge_in_background = false});
    Model model{kLists, {}};
    ASSERT_TRUE(index->set_lists(kLists));
    const Hash256 seed = any_hash(random);
    std::vector<Change> changes;
    for (std::size_t i = 0; i < size; ++i)
      changes.push_back({{i, 0, flipped(seed, static_cast<int>(i) * 20, random), 90}});
    ASSERT_TRUE(index->apply(changes));
    model.apply(changes);
    for (int round = 0; round < 2; ++round) {
      for (int radius = 0; radius <= 63; ++radius) {
        const Hash256 asked = flipped(seed, radius, random);
        const Query query{.pictures = {&asked, 1}, .radius = radius};
        ASSERT_EQ(index->answer(query).hits, model.answer(query).hits) << size << ' ' << radius;
      }
      ASSERT_TRUE(index->compact());
      EXPECT_EQ(index->size().segments, size == 0 ? 0U : 1U);
    }
  }
}

// The planted neighbours sit at every distance from 0 to 70, so that each radius has hits just
// inside and just outside of it, in a segment that has tables and in one that is live.
TEST(Index, EveryRadiusGivesWhatReadingAllGives) {
  Random random(3);
  const auto index = *Index::in_memory({.merge_in_background = false});
  Model model{kLists, {}};
  ASSERT_TRUE(index->set_lists(kLists));
  std::vector<Hash256> queries;
  std::vector<Change> changes;
  for (int i = 0; i < 3; ++i) {
    queries.push_back(any_hash(random));
    for (int bits = 0; bits <= 70; ++bits)
      changes.push_back({{random(), 0, flipped(queries.back(), bits, random), 90}});
  }
  for (int i = 0; i < 8000; ++i) changes.push_back({{random(), 0, any_hash(random), 90}});
  ASSERT_TRUE(index->apply(changes));
  model.apply(changes);
  for (int round = 0; round < 2; ++round) {
    for (const auto& asked : queries)
      for (int radius = 0; radius <= 63; ++radius) {
        const Query query{.pictures = {&asked, 1}, .radius = radius};
        const Answer answer = index->answer(query);
        ASSERT_EQ(answer.hits, model.answer(query).hits) << round << ' ' << radius;
        ASSERT_GE(answer.hits.size(), static_cast<std::size_t>(radius) + 1);
      }
    ASSERT_TRUE(index->compact());
  }
}

TEST(Index, DuplicatesAreAllGiven) {
  Random random(6);
  const auto index = *Index::in_memory({.merge_in_background = false});
  ASSERT_TRUE(index->set_lists(kLists));
  const Hash256 one = any_hash(random);
  std::vector<Change> changes;
  for (EntryId id = 0; id < 20000; ++id) changes.push_back({{id, 0, one, 90}});
  ASSERT_TRUE(index->apply(changes));
  for (const int bits : {0, 31, 32}) {
    const Hash256 asked = flipped(one, bits, random);
    EXPECT_EQ(index->answer({.pictures = {&asked, 1}}).hits.size(), bits <= 31 ? 20000U : 0U);
  }
}

/// Adds, replaces and removes at random; what index and model say must agree after every round.
void churn(Index& index, Model& model, Random& random, const std::vector<Hash256>& seeds,
           int rounds, std::size_t changes_max, EntryId ids) {
  for (int round = 0; round < rounds; ++round) {
    std::vector<Change> changes;
    const std::size_t count = 1 + random() % changes_max;
    for (std::size_t i = 0; i < count; ++i) {
      const EntryId id = random() % ids;
      changes.push_back({any_entry(id, random, seeds), random() % 4 == 0});
    }
    ASSERT_TRUE(index.apply(changes, static_cast<std::uint64_t>(round) + 1));
    model.apply(changes);
    ASSERT_EQ(index.size().entries, model.entries.size()) << round;
    expect_the_same(index, model, random, seeds, 12);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

std::vector<Hash256> seeds_of(Random& random, int count) {
  std::vector<Hash256> seeds;
  for (int i = 0; i < count; ++i) seeds.push_back(any_hash(random));
  return seeds;
}

TEST(Index, ChangesAreSeenAtOnceWhateverHasBecomeASegment) {
  Random random(7);
  const auto seeds = seeds_of(random, 300);
  const auto index = *Index::in_memory({.merge_in_background = false});
  Model model{kLists, {}};
  ASSERT_TRUE(index->set_lists(kLists));
  for (int round = 0; round < 4; ++round) {
    churn(*index, model, random, seeds, 5, 900, 6000);
    if (HasFatalFailure()) return;
    ASSERT_TRUE(index->compact());
    EXPECT_EQ(index->size().removed, 0U);
  }
}

// Enough to fill live segments again and again: merges run beside all of this.
TEST(Index, AnswersAreExactWhileSegmentsAreMerged) {
  Random random(8);
  const auto seeds = seeds_of(random, 3000);
  const auto index = *Index::in_memory();
  Model model{kLists, {}};
  ASSERT_TRUE(index->set_lists(kLists));
  churn(*index, model, random, seeds, 12, 14000, 60000);
  if (HasFatalFailure()) return;
  churn(*index, model, random, seeds, 1, 30000, 90000);
  EXPECT_GE(index->size().segments, 1U);
}

// Whatever happens beside it, a reader never misses an entry that stands all the time, and never
// sees one twice.
TEST(Index, ReadersMissNothingWhileEntriesAreReplaced) {
  Random random(9);
  const auto index = *Index::in_memory();
  ASSERT_TRUE(index->set_lists(kLists));
  std::vector<Hash256> hashes;
  std::vector<Change> changes;
  for (EntryId id = 0; id < 5000; ++id) {
    hashes.push_back(any_hash(random));
    changes.push_back({{id, 0, hashes.back(), 90}});
  }
  ASSERT_TRUE(index->apply(changes));
  std::atomic<bool> done{false};
  std::atomic<int> looked{0}, wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&, i] {
      Random own(static_cast<std::uint64_t>(i) + 10);
      while (!done) {
        const EntryId id = own() % hashes.size();
        const auto hits = index->answer({.pictures = {&hashes[id], 1}}).hits;
        if (hits.size() != 1 || hits[0].id != id) ++wrong;
        ++looked;
      }
    });
  for (int round = 0; round < 150; ++round) {
    changes.clear();
    for (int i = 0; i < 600; ++i) {
      const EntryId id = random() % hashes.size();
      changes.push_back({{id,
                          static_cast<ListNumber>(0),
                          hashes[id],
                          static_cast<int>(60 + random() % 40),
                          {},
                          "note"}});
    }
    ASSERT_TRUE(index->apply(changes));
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_GT(looked.load(), 0);
  EXPECT_EQ(wrong.load(), 0);
}

TEST(Index, AFolderOpensAsItWasLeft) {
  Random random(11);
  const auto seeds = seeds_of(random, 300);
  const Folder folder;
  Model model{kLists, {}};
  for (int round = 0; round < 6; ++round) {
    const auto index = Index::open(folder.path(), {.merge_in_background = round % 2 == 0});
    ASSERT_TRUE(index) << index.error().sentence;
    if (round == 0) {
      ASSERT_TRUE((*index)->set_lists(kLists));
    }
    EXPECT_EQ((*index)->lists(), kLists);
    EXPECT_EQ((*index)->stamp(), round == 0 ? 0U : 3U);
    expect_the_same(**index, model, random, seeds, 30);
    churn(**index, model, random, seeds, 3, round == 2 ? 40000 : 900, 9000);
    if (HasFatalFailure()) return;
    if (round == 3) {
      ASSERT_TRUE((*index)->compact());
    }
    EXPECT_EQ(Index::open(folder.path(), {}).error().kind, ErrorKind::conflict);
    const auto reader = Index::open(folder.path(), {.read_only = true});
    ASSERT_TRUE(reader) << reader.error().sentence;
    expect_the_same(**reader, model, random, seeds, 10);
    EXPECT_EQ((*reader)->apply({}).error().kind, ErrorKind::forbidden);
  }
}

TEST(Index, AnEntryIsGivenBackWithWhatCameWithIt) {
  const auto index = *Index::in_memory({.merge_in_background = false});
  ASSERT_TRUE(index->set_lists(kLists));
  const Entry whole{77, 1, picture(5), 93, {}, "category A", "r-77"};
  ASSERT_TRUE(index->apply(std::vector<Change>{{whole}, {{78, 0, {}, 0, sha256_of(4)}}}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(index->find(77), whole);
    EXPECT_EQ(index->find(79), std::nullopt);
    ASSERT_TRUE(index->compact());
  }
}

TEST(Index, AnyDamagedByteIsFoundByVerify) {
  Random random(12);
  const Folder folder;
  const std::string path = folder.path() + "/list.hmi";
  std::vector<Entry> entries;
  const auto seeds = seeds_of(random, 50);
  for (EntryId id = 0; id < 5000; ++id) entries.push_back(any_entry(id, random, seeds));
  std::vector<const Entry*> rows;
  for (const auto& entry : entries) rows.push_back(&entry);
  ASSERT_TRUE(write_segment_file(path, EntryRows(rows, kLists), kLists));
  ASSERT_TRUE((*Segment::open(path))->verify());
  const std::string good = *read_file(path);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = good;
    const std::size_t at = round < 20 ? random() % 4096 : random() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
    ASSERT_TRUE(replace_file(path, bytes));
    const auto segment = Segment::open(path);
    if (!segment) {
      EXPECT_EQ(segment.error().kind, ErrorKind::corrupt);
      continue;
    }
    // The padding between sections belongs to nobody.
    if (const Done verified = (*segment)->verify(); verified) {
      const auto* head = reinterpret_cast<const hmi::Header*>(bytes.data());
      for (std::uint32_t i = 0; i < head->sections; ++i)
        EXPECT_FALSE(at >= head->table[i].offset &&
                     at < head->table[i].offset + head->table[i].length)
            << "section " << head->table[i].kind;
    }
    // Whatever it says: it must not crash.
    std::vector<PictureHit> hits;
    const std::vector<std::uint8_t> radii(seeds.size(), 31);
    (*segment)->find_pictures(seeds, radii, hits);
  }
}

TEST(Kernels, AllFormsGiveTheSameAnswers) {
  Random random(13);
  const auto forms = runnable_kernels();
  std::vector<std::uint16_t> words(5000);
  for (auto& word : words) word = static_cast<std::uint16_t>(random() & random() & random());
  std::vector<matching::Run> runs;
  std::vector<std::int8_t> limits;
  for (std::uint32_t at = 0; at < 4800;) {
    const auto length = static_cast<std::uint32_t>(random() % 70);
    runs.push_back({at, at + length});
    limits.push_back(static_cast<std::int8_t>(random() % 9) - 1);
    at += length;
  }
  std::vector<Hash256> hashes;
  for (int i = 0; i < 501; ++i) hashes.push_back(any_hash(random));
  std::vector<std::uint64_t> bits(40);
  for (auto& word : bits) word = random() & random();
  const auto as_pairs = [](const std::vector<Found>& found, std::size_t count) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (std::size_t i = 0; i < count; ++i) pairs.emplace_back(found[i].place, found[i].run);
    return pairs;
  };
  for (const Kernels* form : forms) {
    std::vector<Found> a(6000), b(6000);
    const auto wanted = static_cast<std::uint16_t>(random() & random());
    const auto found =
        form->scan(words.data(), runs.data(), limits.data(), runs.size(), wanted, a.data());
    const auto plain =
        forms.back()->scan(words.data(), runs.data(), limits.data(), runs.size(), wanted, b.data());
    EXPECT_EQ(as_pairs(a, found), as_pairs(b, plain)) << form->name;
    for (const int radius : {0, 31, 100, 128, 256}) {
      std::vector<NearHash> near, expected;
      form->read_all(hashes.data(), hashes.size(), hashes[7], radius, near);
      for (std::uint32_t i = 0; i < hashes.size(); ++i)
        if (distance(hashes[i], hashes[7]) <= radius)
          expected.push_back({i, static_cast<std::uint16_t>(distance(hashes[i], hashes[7]))});
      ASSERT_EQ(near.size(), expected.size()) << form->name << ' ' << radius;
      for (std::size_t i = 0; i < near.size(); ++i) {
        EXPECT_EQ(near[i].place, expected[i].place);
        EXPECT_EQ(near[i].distance, expected[i].distance);
      }
    }
    for (std::uint64_t begin = 0; begin < 200; begin += 7)
      for (const std::uint32_t k : {0U, 1U, 5U, 63U, 300U, 5000U})
        EXPECT_EQ(form->high(bits.data(), bits.size(), begin, k),
                  forms.back()->high(bits.data(), bits.size(), begin, k));
  }
}

std::vector<std::string> lines(const std::string& name) {
  std::ifstream file(std::string(HOTLINE_SOURCE_DIR) + "/tests/matching/vectors/" + name);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

class IndexVectors : public ::testing::TestWithParam<int> {};

TEST_P(IndexVectors, AreAnsweredLineForLine) {
  const int radius = GetParam();
  std::vector<Change> changes;
  for (const auto& file : {"hashes_random.txt", "hashes_pdqlike.txt"})
    for (const auto& line : lines(file))
      changes.push_back({{changes.size(), 0, *Hash256::parse(line), 90}});
  ASSERT_EQ(changes.size(), 4000U);
  // Unrelated hashes behind, so that the tables answer and not only the plain loop.
  for (const std::size_t extra : {std::size_t{0}, std::size_t{60000}}) {
    Random random(8);
    const auto index = *Index::in_memory();
    ASSERT_TRUE(index->set_lists(kLists));
    auto all = changes;
    for (std::size_t i = 0; i < extra; ++i) all.push_back({{4000 + i, 0, any_hash(random), 90}});
    ASSERT_TRUE(index->apply(all));
    std::vector<std::string> found;
    int number = 0;
    for (const auto& line : lines("queries.txt")) {
      const Hash256 asked = *Hash256::parse(line.substr(0, 64));
      auto hits = index->answer({.pictures = {&asked, 1}, .radius = radius}).hits;
      std::ranges::sort(hits, {}, &Hit::id);
      for (const auto& hit : hits)
        found.push_back(std::to_string(number) + "," + std::to_string(hit.id) + "," +
                        std::to_string(hit.distance));
      ++number;
    }
    EXPECT_EQ(found, lines("matches_" + std::to_string(radius) + ".txt")) << extra;
  }
}
INSTANTIATE_TEST_SUITE_P(Hamming, IndexVectors, ::testing::Values(31, 63));

}  // namespace
}  // namespace hotline::matching
