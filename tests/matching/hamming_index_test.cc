#include "matching/hamming_index.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <set>

#include "base/text.h"
#include "matching/check_scan.h"

namespace hotline::matching {
namespace {

using Random = std::mt19937_64;

Hash256 any_hash(Random& random) {
  return {{random(), random(), random(), random()}};
}

Hash256 flipped(Hash256 hash, int bits, Random& random) {
  std::set<std::uint64_t> places;
  while (places.size() < static_cast<std::size_t>(bits)) places.insert(random() % 256);
  for (const auto place : places) hash.words[place / 64] ^= 1ULL << (place % 64);
  return hash;
}

std::vector<std::string> lines(const std::string& name) {
  std::ifstream file(std::string(HOTLINE_SOURCE_DIR) + "/tests/matching/vectors/" + name);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

HammingIndex built(const std::vector<Hash256>& hashes) {
  HammingIndex index;
  index.add_all(hashes);
  index.build();
  return index;
}

TEST(Hash256, IsReadAndWrittenAsTheReferenceDoes) {
  const std::string text = "7fe302573b8d5427442f75d8c60c6fc3c003140a16a29e9ca082b0ca96a212e2";
  const auto hash = Hash256::parse(text);
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->hex(), text);
  EXPECT_EQ(Hash256::parse("7FE3" + text.substr(4))->hex(), text);
  EXPECT_FALSE(Hash256::parse(text.substr(1)));
  EXPECT_FALSE(Hash256::parse("g" + text.substr(1)));
  EXPECT_EQ(Hash256::parse(std::string(63, '0') + "1")->chunk(12), 1);
}

TEST(CheckScan, TheFastestFormKeepsWhatThePlainFormKeeps) {
  Random random(1);
  for (std::size_t count = 0; count <= kCheckBatch; ++count) {
    std::vector<std::uint16_t> words(count + 16);
    for (auto& word : words) word = static_cast<std::uint16_t>(random() & random() & random());
    std::array<std::uint16_t, kCheckBatch> fast{}, plain{};
    for (int limit = 0; limit <= 7; ++limit) {
      const auto a = best_check_scan()(words.data(), count, 0, limit, fast.data());
      const auto b = check_scan_plain(words.data(), count, 0, limit, plain.data());
      ASSERT_EQ(std::vector(fast.begin(), fast.begin() + static_cast<long>(a)),
                std::vector(plain.begin(), plain.begin() + static_cast<long>(b)));
    }
  }
}

TEST(HammingIndex, EmptyAndTinyIndexesAnswerLikeReadingAll) {
  Random random(2);
  for (std::size_t size = 0; size <= 2; ++size) {
    std::vector<Hash256> hashes;
    for (std::size_t i = 0; i < size; ++i) hashes.push_back(any_hash(random));
    const HammingIndex index = built(hashes);
    for (int radius = 0; radius <= 256; ++radius) {
      const auto query = size == 0 ? any_hash(random) : flipped(hashes[0], radius % 200, random);
      EXPECT_EQ(index.find(query, radius), index.find_by_reading_all(query, radius));
    }
    if (size > 0) {
      EXPECT_EQ(index.find(hashes[0], 0).size(), 1U);
    }
  }
}

TEST(HammingIndex, TheZeroHashIsNeitherIndexedNorFound) {
  HammingIndex index;
  EXPECT_EQ(index.add(Hash256{}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(index.size(), 0U);
  const auto slot = index.add({{1, 0, 0, 0}});
  ASSERT_TRUE(slot);
  EXPECT_TRUE(index.find(Hash256{}, 31).empty());
  index.remove(*slot);
  EXPECT_TRUE(index.find({{3, 0, 0, 0}}, 31).empty()) << "a removed hash must not answer as zero";
}

// The planted neighbours sit at every distance from 0 to 70, so that each radius has hits just
// inside and just outside of it, and the index is large enough for its tables at radii to 31.
TEST(HammingIndex, EveryRadiusGivesWhatReadingAllGives) {
  Random random(3);
  std::vector<Hash256> hashes, queries;
  for (int i = 0; i < 12000; ++i) hashes.push_back(any_hash(random));
  for (int i = 0; i < 12; ++i) {
    queries.push_back(any_hash(random));
    for (int bits = 0; bits <= 70; ++bits) hashes.push_back(flipped(queries.back(), bits, random));
  }
  const HammingIndex index = built(hashes);
  for (const auto& query : queries)
    for (int radius = 0; radius <= 70; ++radius) {
      const auto hits = index.find(query, radius);
      ASSERT_EQ(hits, index.find_by_reading_all(query, radius)) << radius;
      ASSERT_GE(hits.size(), static_cast<std::size_t>(radius) + 1);
    }
}

// 32 to 63 use the tables only when there are many hashes.
TEST(HammingIndex, WideRadiiAreExactWhereTheTablesAnswerThem) {
  Random random(4);
  std::vector<Hash256> hashes, queries;
  for (int i = 0; i < 150000; ++i) hashes.push_back(any_hash(random));
  for (int i = 0; i < 3; ++i) {
    queries.push_back(any_hash(random));
    for (int bits = 0; bits <= 70; ++bits) hashes.push_back(flipped(queries.back(), bits, random));
  }
  const HammingIndex index = built(hashes);
  for (const auto& query : queries)
    for (const int radius : {0, 7, 15, 16, 23, 24, 31, 32, 39, 40, 47, 48, 55, 56, 63, 64})
      ASSERT_EQ(index.find(query, radius), index.find_by_reading_all(query, radius)) << radius;
}

// Bits crowded into few chunks are the hard case of the pigeonhole.
TEST(HammingIndex, CrowdedDifferencesAreFound) {
  Random random(5);
  std::vector<Hash256> hashes;
  for (int i = 0; i < 9000; ++i) hashes.push_back(any_hash(random));
  const Hash256 query = any_hash(random);
  for (int first = 0; first < 16; ++first) {
    Hash256 near = query;  // Two in fifteen chunks, one in the last: 31.
    for (int chunk = 0; chunk < 16; ++chunk) {
      const int shift = 16 * (chunk & 3);
      near.words[static_cast<std::size_t>(chunk) / 4] ^= (chunk == first ? 1ULL : 3ULL) << shift;
    }
    ASSERT_EQ(distance(query, near), 31);
    hashes.push_back(near);
    Hash256 heap = query;  // Sixteen in one chunk, fifteen in the next.
    for (const auto& [chunk, bits] : {std::pair{first, 0xFFFFULL}, {(first + 1) % 16, 0x7FFFULL}})
      heap.words[static_cast<std::size_t>(chunk) / 4] ^= bits << (16 * (chunk & 3));
    hashes.push_back(heap);
  }
  const HammingIndex index = built(hashes);
  EXPECT_EQ(index.find(query, 31).size(), 32U);
  EXPECT_EQ(index.find(query, 30).size(), 0U);
}

TEST(HammingIndex, DuplicatesAreAllGiven) {
  Random random(6);
  const Hash256 one = any_hash(random);
  std::vector<Hash256> hashes(7000, one);
  const HammingIndex index = built(hashes);
  EXPECT_EQ(index.find(flipped(one, 31, random), 31).size(), 7000U);
  EXPECT_EQ(index.find(flipped(one, 32, random), 31).size(), 0U);
}

TEST(HammingIndex, ChangesAreSeenAtOnceAndSlotsStayTrue) {
  Random random(7);
  HammingIndex index;
  std::map<HammingIndex::Slot, Hash256> model;
  std::vector<HammingIndex::Slot> order;
  for (int step = 0; step < 40000; ++step) {
    if (model.size() > 200 && random() % 3 == 0) {
      const std::size_t at = random() % order.size();
      index.remove(order[at]);
      model.erase(order[at]);
      order[at] = order.back();
      order.pop_back();
    } else {
      const Hash256 hash = order.empty() || random() % 4 != 0
                               ? any_hash(random)
                               : flipped(model[order[random() % order.size()]],
                                         static_cast<int>(random() % 40), random);
      const auto slot = index.add(hash);
      ASSERT_TRUE(slot);
      ASSERT_TRUE(model.emplace(*slot, hash).second) << "a slot in use was given again";
      order.push_back(*slot);
    }
    if (step % 200 != 0) continue;
    const Hash256 query =
        flipped(model[order[random() % order.size()]], static_cast<int>(random() % 35), random);
    std::vector<HammingIndex::Hit> expected;
    for (const auto& [slot, hash] : model)
      if (distance(hash, query) <= 31) expected.push_back({slot, distance(hash, query)});
    ASSERT_EQ(index.find(query, 31), expected) << step;
    ASSERT_EQ(index.size(), model.size());
  }
}

class Vectors : public ::testing::TestWithParam<int> {};

TEST_P(Vectors, AreAnsweredLineForLine) {
  const int radius = GetParam();
  std::vector<Hash256> hashes;
  for (const auto& name : {"hashes_random.txt", "hashes_pdqlike.txt"})
    for (const auto& line : lines(name)) hashes.push_back(*Hash256::parse(line));
  ASSERT_EQ(hashes.size(), 4000U);
  // Unrelated hashes in front, so that the tables answer and not only the plain loop.
  for (const std::size_t extra : {std::size_t{0}, std::size_t{60000}}) {
    Random random(8);
    HammingIndex index;
    for (std::size_t i = 0; i < extra; ++i) ASSERT_TRUE(index.add(any_hash(random)));
    index.add_all(hashes);
    index.build();
    std::vector<std::string> found;
    int query_id = 0;
    for (const auto& line : lines("queries.txt")) {
      for (const auto& hit : index.find(*Hash256::parse(line.substr(0, 64)), radius))
        found.push_back(std::to_string(query_id) + "," + std::to_string(hit.slot - extra) + "," +
                        std::to_string(hit.distance));
      ++query_id;
    }
    const auto wanted = lines("matches_" + std::to_string(radius) + ".txt");
    ASSERT_GT(wanted.size(), 200U);
    EXPECT_EQ(found, wanted) << extra;
  }
}
INSTANTIATE_TEST_SUITE_P(Hamming, Vectors, ::testing::Values(31, 63));

}  // namespace
}  // namespace hotline::matching
