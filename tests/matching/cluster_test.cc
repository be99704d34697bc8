#include "matching/cluster.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "casework/casework_store.h"
#include "matching/clustering.h"
#include "matching/matcher.h"
#include "media/pdq.h"
#include "support/test_database.h"

namespace hotline::matching {
namespace {

const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

Hash256 any_hash(std::mt19937_64& random) {
  return {{random(), random(), random(), random()}};
}

Hash256 changed(Hash256 hash, int bits) {
  for (int i = 0; i < bits; ++i) hash.words[static_cast<std::size_t>(i) % 4] ^= 1ULL << (i / 4 * 5);
  return hash;
}

TEST(Turned, TheEightWaysAreThoseOfThePictureItself) {
  // Rings and bars off the middle: nothing symmetric.
  media::Picture picture = media::make_picture(200, 200);
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 200; ++x) {
      const int ring = (x - 60) * (x - 60) + (y - 140) * (y - 140);
      const int value = (ring / 300) % 2 * 90 + (x * y / 700 % 3) * 50 + y / 4;
      std::fill_n(picture.row(y) + 3 * x, 3, static_cast<std::uint8_t>(value));
    }
  const auto ways = media::pdq_dihedral(picture);
  const auto ours = turned(*Hash256::parse(media::text(ways.original)));
  for (const auto& way : {ways.rotate90, ways.rotate180, ways.rotate270, ways.flipx, ways.flipy,
                          ways.flipplus1, ways.flipminus1}) {
    const auto theirs = *Hash256::parse(media::text(way));
    int best = 256;
    for (const auto& one : ours) best = std::min(best, distance(one, theirs));
    EXPECT_LE(best, kClusterDistance);
  }
}

TEST(ClusterIndex, JoinsByTheExemplarOnlySoThatNoChainGrows) {
  std::mt19937_64 random(1);
  ClusterIndex index;
  EXPECT_FALSE(index.nearest(any_hash(random)));
  const Hash256 first = any_hash(random);
  index.add(first);
  const auto near = index.nearest(changed(first, kClusterDistance));
  ASSERT_TRUE(near);
  EXPECT_EQ(near->distance, kClusterDistance);
  EXPECT_FALSE(near->turned);
  // A copy of that copy, further from the exemplar, is another cluster.
  EXPECT_FALSE(index.nearest(changed(first, kClusterDistance + 1)));
}

TEST(ClusterIndex, UprightComesBeforeTurnedAndNearerBeforeFurther) {
  std::mt19937_64 random(2);
  const Hash256 picture = any_hash(random);
  ClusterIndex index;
  index.add(changed(turned(picture)[1], 2));
  EXPECT_TRUE(index.nearest(picture)->turned);
  index.add(changed(picture, 9));
  index.add(changed(picture, 5));
  const auto hit = index.nearest(picture);
  EXPECT_FALSE(hit->turned);
  EXPECT_EQ(hit->cluster, 2U);
  EXPECT_EQ(hit->distance, 5);
}

TEST(ClusterIndex, UnrelatedHashesNeverMeet) {
  std::mt19937_64 random(3);
  ClusterIndex index;
  for (int i = 0; i < 2000; ++i) {
    const Hash256 hash = any_hash(random);
    ASSERT_FALSE(index.nearest(hash)) << i;
    index.add(hash);
  }
}

class Clusters : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).add_tenant({tenant_, "Test", "GB"});
    }));
  }
  casework::Item item_of(const Hash256& hash, int quality = 80) {
    casework::Item item;
    item.id = casework::ItemId::make(kNow + microseconds(1000 * ++made_));
    item.tenant = tenant_;
    item.sha256 = hex(crypto::sha256("item " + std::to_string(made_)));
    item.md5 = item.sha256.substr(0, 32);
    item.sha1 = item.sha256.substr(0, 40);
    item.kind = "jpeg";
    item.pdq_full = hash.hex();
    item.pdq_full_quality = quality;
    return item;
  }
  std::optional<Placed> place(Clustering& clusters, const casework::Item& item) {
    const auto placed =
        database().transact([&](db::Transaction& tx) -> Result<std::optional<Placed>> {
          TRY(stored, casework::CaseworkStore(tx).find_or_add_item(item));
          return clusters.place(tx, stored, kNow);
        });
    EXPECT_TRUE(placed) << placed.error().sentence;
    return placed.value_or(std::nullopt);
  }
  void grade(const casework::Item& item, const PersonId& person, std::string category) {
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return learn(tx, {tenant_, item.id, hashes_of(item), person, "uk_abc@1", category, "", ""},
                   kNow);
    }));
  }
  std::vector<Said> said(const casework::Item& item) {
    return *database().read([&](db::Transaction& tx) { return said_of_cluster(tx, item); });
  }

  casework::TenantId tenant_ = casework::TenantId::make(kNow);
  PersonId anna_ = PersonId::make(kNow), ben_ = PersonId::make(kNow);
  std::mt19937_64 random_{7};
  int made_ = 0;
};

TEST_P(Clusters, CopiesJoinAlsoWhatAnotherWorkerOpenedAMomentAgo) {
  Clustering one, other;
  const Hash256 picture = any_hash(random_);
  const auto first = place(one, item_of(picture));
  ASSERT_TRUE(first && first->opened);
  const auto copy = place(other, item_of(changed(picture, 8)));
  ASSERT_TRUE(copy);
  EXPECT_FALSE(copy->opened);
  EXPECT_EQ(copy->cluster, first->cluster);
  EXPECT_EQ(copy->distance, 8);
  ASSERT_TRUE(other.follow(database()));
  ASSERT_TRUE(other.follow(database()));
  const auto mirrored = place(other, item_of(turned(picture)[1]));
  EXPECT_EQ(mirrored->cluster, first->cluster);
  EXPECT_TRUE(mirrored->turned);
  EXPECT_TRUE(place(other, item_of(any_hash(random_)))->opened);
}

TEST_P(Clusters, TheSameItemKeepsItsPlaceAndWeakHashesHaveNone) {
  Clustering clusters;
  const auto item = item_of(any_hash(random_));
  const auto first = place(clusters, item);
  const auto again = place(clusters, item);
  EXPECT_EQ(again->cluster, first->cluster);
  EXPECT_FALSE(again->opened);
  EXPECT_FALSE(place(clusters, item_of(any_hash(random_), kQualityMin - 1)));
  EXPECT_FALSE(place(clusters, item_of(Hash256{})));
}

TEST_P(Clusters, WhatWasSaidIsShownForEachCategoryAndNeverAveraged) {
  Clustering clusters;
  const Hash256 picture = any_hash(random_);
  const auto first = item_of(picture), copy = item_of(changed(picture, 6)),
             fresh = item_of(changed(picture, 3));
  for (const auto& item : {first, copy, fresh}) place(clusters, item);
  EXPECT_TRUE(said(fresh).empty());
  grade(first, anna_, "A");
  grade(first, ben_, "A");
  auto all = said(fresh);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].distance, 3);
  EXPECT_EQ(standing_of(match_of(all), false, {10}), Standing::counts);
  EXPECT_EQ(standing_of(match_of(all), true, {10}), Standing::suggested);
  EXPECT_EQ(standing_of(match_of(all), false, {2}), Standing::suggested);
  EXPECT_EQ(standing_of(match_of(all), false, {0}), Standing::suggested);
  grade(copy, ben_, "B");
  all = said(fresh);
  EXPECT_EQ(categories_said(all), "A by 2 people, B by 1 person");
  EXPECT_EQ(standing_of(match_of(all), false, {10}), Standing::disputed);
  EXPECT_EQ(match_of(said(copy)).kind, MatchKind::exact);
  EXPECT_EQ(standing_of(match_of(said(copy)), false, {10}), Standing::disputed);
}

TEST(Standing, OneGraderOfANearCopyIsNotEnough) {
  Match match;
  match.kind = MatchKind::near;
  match.by = "pdq";
  match.distance = 1;
  match.graders = 1;
  EXPECT_EQ(standing_of(match, false, {31}), Standing::suggested);
  match.graders = kGradersForNear;
  EXPECT_EQ(standing_of(match, false, {31}), Standing::counts);
  match.by = "vpdq";  // A film that is nearly the same is shown to a person, however many agreed.
  EXPECT_EQ(standing_of(match, false, {31}), Standing::suggested);
  match.kind = MatchKind::exact;
  match.graders = 1;
  EXPECT_EQ(standing_of(match, false, {0}), Standing::counts);
}

INSTANTIATE_TEST_SUITE_P(Engines, Clusters, test::kEngines);

}  // namespace
}  // namespace hotline::matching
