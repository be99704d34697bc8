#include "matching/matcher.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "casework/casework_store.h"
#include "matching/hash_lines.h"
#include "matching/known_store.h"
#include "support/test_database.h"

namespace hotline::matching {
namespace {

const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

std::string digits(char c, std::size_t count) {
  return std::string(count, c);
}

/// A PDQ hash that differs from all zeros but the first digit in `bits` bits.
std::string picture(int bits) {
  std::string text = "f" + digits('0', 63);
  for (int i = 0; i < bits; ++i) text[static_cast<std::size_t>(8 + i)] = '1';
  return text;
}

class Matching : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    for (const auto& tenant : {tenant_, other_tenant_})
      ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
        return casework::CaseworkStore(tx).add_tenant({tenant, "Test", "GB"});
      }));
  }
  Result<KnownId> teach(const ItemId& item, const Hashes& hashes, const PersonId& person,
                        std::string category, Instant at = kNow) {
    return database().transact([&](db::Transaction& tx) {
      return learn(tx, {tenant_, item, hashes, person, "uk_abc@1", std::move(category), "7-10", ""},
                   at);
    });
  }
  Match ask(const Hashes& hashes) {
    EXPECT_TRUE(matcher_.follow(database()));
    return matcher_.match(tenant_, hashes);
  }
  Known known(const ItemId& item) {
    return **database().read(
        [&](db::Transaction& tx) { return KnownStore(tx).find(tenant_, "own", item.str()); });
  }

  TenantId tenant_ = TenantId::make(kNow), other_tenant_ = TenantId::make(kNow);
  ItemId item_ = ItemId::make(kNow), second_ = ItemId::make(kNow + microseconds(1000));
  PersonId anna_ = PersonId::make(kNow), ben_ = PersonId::make(kNow);
  Hashes whole_{digits('1', 32), digits('2', 40), digits('3', 64), picture(0), 90};
  Matcher matcher_;
};

TEST_P(Matching, NothingIsKnownAtFirst) {
  EXPECT_EQ(ask(whole_).kind, MatchKind::none);
  EXPECT_EQ(matcher_.size(tenant_), 0U);
}

TEST_P(Matching, TheSameBytesAreExactAndACopyWithin31BitsIsNear) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  const Match exact = ask(whole_);
  EXPECT_EQ(exact.kind, MatchKind::exact);
  EXPECT_EQ(exact.by, "sha256");
  EXPECT_EQ(exact.category, "B");
  EXPECT_EQ(exact.age, "7-10");
  EXPECT_EQ(exact.graders, 1);
  EXPECT_EQ(exact.ref, item_.str());
  const Match near = ask({digits('a', 32), digits('b', 40), digits('c', 64), picture(31), 50});
  EXPECT_EQ(near.kind, MatchKind::near);
  EXPECT_EQ(near.by, "pdq");
  EXPECT_EQ(near.distance, 31);
  EXPECT_EQ(ask({"", "", "", picture(32), 90}).kind, MatchKind::none);
}

TEST_P(Matching, LowQualityIsNotMatchedOnEitherSide) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  EXPECT_EQ(ask({"", "", "", picture(0), 49}).kind, MatchKind::none);
  EXPECT_EQ(ask({"", "", "", picture(0), 50}).kind, MatchKind::near);
  Hashes flat{"", "", digits('5', 64), digits('e', 64), 49};
  ASSERT_TRUE(teach(second_, flat, anna_, "B"));
  EXPECT_EQ(ask({"", "", "", digits('e', 64), 90}).kind, MatchKind::none);
  EXPECT_EQ(ask(flat).kind, MatchKind::exact) << "its exact bytes are known all the same";
}

TEST_P(Matching, TheZeroHashIsNeverMatched) {
  const Hashes empty{"", "", digits('5', 64), digits('0', 64), 100};
  ASSERT_TRUE(teach(item_, empty, anna_, "B"));
  EXPECT_EQ(ask({"", "", "", digits('0', 64), 100}).kind, MatchKind::none);
}

TEST_P(Matching, AForgedWeakDigestDoesNotOutvoteTheStrongOne) {
  ASSERT_TRUE(teach(item_, {digits('1', 32), digits('2', 40), digits('3', 64), "", 0}, anna_, "B"));
  EXPECT_EQ(ask({digits('1', 32), digits('2', 40), digits('4', 64), "", 0}).kind, MatchKind::none);
  EXPECT_EQ(ask({digits('1', 32), "", "", "", 0}).by, "md5");
  EXPECT_EQ(ask({digits('1', 32), digits('2', 40), "", "", 0}).by, "sha1");
  EXPECT_EQ(ask({digits('1', 32), digits('9', 40), "", "", 0}).kind, MatchKind::none);
}

TEST_P(Matching, EachPersonCountsOnceAndTheLatestGradingStands) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  EXPECT_EQ(ask(whole_).graders, 1);
  ASSERT_TRUE(teach(item_, whole_, ben_, "B"));
  EXPECT_EQ(ask(whole_).graders, 2);
  EXPECT_FALSE(ask(whole_).conflict);
  ASSERT_TRUE(teach(item_, whole_, anna_, "C", kNow + microseconds(5)));
  EXPECT_EQ(ask(whole_).category, "C");
  EXPECT_EQ(ask(whole_).graders, 1);
  EXPECT_TRUE(ask(whole_).conflict) << "Ben still says B";
}

TEST_P(Matching, WhatIsWithdrawnDoesNotMatchAnyMoreAndMayComeBack) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  ASSERT_TRUE(teach(item_, whole_, ben_, "B"));
  ASSERT_EQ(ask(whole_).kind, MatchKind::exact);
  const auto undo = [&](const PersonId& person) {
    return database().transact(
        [&](db::Transaction& tx) { return unlearn(tx, tenant_, item_, person, kNow); });
  };
  ASSERT_TRUE(undo(ben_));
  EXPECT_EQ(ask(whole_).graders, 1);
  ASSERT_TRUE(undo(anna_));
  ASSERT_TRUE(undo(anna_));
  EXPECT_EQ(ask(whole_).kind, MatchKind::none);
  EXPECT_EQ(matcher_.size(tenant_), 0U);
  ASSERT_TRUE(teach(item_, whole_, ben_, "A"));
  EXPECT_EQ(ask(whole_).category, "A");
  ASSERT_TRUE(database().transact(
      [&](db::Transaction& tx) { return unlearn_all(tx, tenant_, item_, kNow); }));
  EXPECT_EQ(ask(whole_).kind, MatchKind::none);
}

TEST_P(Matching, KnownItemsThatDisagreeAreShownAsAConflict) {
  ASSERT_TRUE(teach(item_, {"", "", digits('3', 64), picture(0), 90}, anna_, "B"));
  ASSERT_TRUE(teach(second_, {"", "", digits('4', 64), picture(4), 90}, anna_, "C"));
  const Match match = ask({"", "", "", picture(3), 90});
  EXPECT_EQ(match.kind, MatchKind::near);
  EXPECT_EQ(match.ref, second_.str());
  EXPECT_EQ(match.distance, 1);
  EXPECT_EQ(match.others, 1);
  EXPECT_TRUE(match.conflict);
}

TEST_P(Matching, AnotherTenantsItemsAreNotAnswered) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  ASSERT_EQ(ask(whole_).kind, MatchKind::exact);
  EXPECT_EQ(matcher_.match(other_tenant_, whole_).kind, MatchKind::none);
}

TEST_P(Matching, TheSameContentAgainIsNoNewVersion) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  const auto before = known(item_).version;
  ASSERT_TRUE(teach(item_, whole_, anna_, "B", kNow + microseconds(9)));
  EXPECT_EQ(known(item_).version, before);
}

TEST_P(Matching, LearningNeedsAHashAndACategory) {
  EXPECT_EQ(teach(item_, {}, anna_, "B").error().kind, ErrorKind::invalid);
  EXPECT_EQ(teach(item_, {"xyz", "", "", "", 0}, anna_, "B").error().kind, ErrorKind::invalid);
  EXPECT_EQ(teach(item_, whole_, anna_, "").error().kind, ErrorKind::invalid);
}

TEST_P(Matching, WhatMatchedIsRememberedOnce) {
  ASSERT_TRUE(teach(item_, whole_, anna_, "B"));
  casework::Item item{second_, tenant_, digits('6', 32), digits('7', 40), digits('8', 64), "jpeg"};
  const Match match = ask(whole_);
  const auto stored =
      database().transact([&](db::Transaction& tx) -> Result<std::vector<KnownStore::ItemMatch>> {
        TRY_DONE(casework::CaseworkStore(tx).find_or_add_item(item));
        TRY_DONE(remember_match(tx, item.id, Match{}, kNow));
        TRY_DONE(remember_match(tx, item.id, match, kNow));
        TRY_DONE(remember_match(tx, item.id, match, kNow));
        return KnownStore(tx).matches_of_item(item.id);
      });
  ASSERT_TRUE(stored) << stored.error().sentence;
  ASSERT_EQ(stored->size(), 1U);
  EXPECT_EQ((*stored)[0].known, match.known);
  EXPECT_EQ((*stored)[0].kind, MatchKind::exact);
}

TEST_P(Matching, AFileOfHashesIsImportedWholeOrNotAtAll) {
  const std::string good = R"({"ref":"1","sha256":")" + digits('3', 64) +
                           R"(","category":"A","graders":3})" + "\n\n" + R"({"ref":"2","pdq":")" +
                           picture(0) + R"(","pdq_quality":80,"category":"B"})" + "\n";
  const auto first = import_hash_lines(database(), tenant_, good, "partner", kNow);
  ASSERT_TRUE(first) << first.error().sentence;
  EXPECT_EQ(first->added, 2);
  EXPECT_EQ(import_hash_lines(database(), tenant_, good, "partner", kNow)->same, 2);
  EXPECT_EQ(ask({"", "", digits('3', 64), "", 0}).graders, 3);
  EXPECT_EQ(ask({"", "", digits('3', 64), "", 0}).source, "partner");

  const auto broken = import_hash_lines(database(), tenant_,
                                        R"({"ref":"1","withdrawn":true})"
                                        "\n"
                                        R"({"ref":"3","md5":"12"})",
                                        "partner", kNow);
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().sentence.starts_with("Line 2: md5")) << broken.error().sentence;
  EXPECT_EQ(ask({"", "", digits('3', 64), "", 0}).kind, MatchKind::exact);

  const auto gone =
      import_hash_lines(database(), tenant_, R"({"ref":"1","withdrawn":true})", "partner", kNow);
  EXPECT_EQ(gone->withdrawn, 1);
  EXPECT_EQ(ask({"", "", digits('3', 64), "", 0}).kind, MatchKind::none);
}

TEST(HashLines, AreReadAsTheyAreWritten) {
  const std::string line = R"({"source":"partner","ref":"r-1","sha256":")" + digits('3', 64) +
                           R"(","scheme":"uk_abc@1","category":"A","age":"7-10","graders":2})";
  const auto parsed = parse_hash_line(line, "");
  ASSERT_TRUE(parsed) << parsed.error().sentence;
  EXPECT_EQ(hash_line(parsed->known), line);
}

TEST(HashLines, WhatTheFormatDoesNotHaveIsRefused) {
  const std::string sha = R"("sha256":")" + digits('3', 64) + "\"";
  for (const auto& line : {
           std::string("nonsense"),
           std::string("[]"),
           std::string("{}"),
           R"({"ref":"1",)" + sha + "}",                               // no category
           R"({"category":"A",)" + sha + "}",                          // no ref
           std::string(R"({"ref":"1","category":"A"})"),               // no hash
           R"({"ref":"1","category":"A","picture":"x",)" + sha + "}",  // unknown field
           R"({"ref":"1","category":"A","graders":-1,)" + sha + "}",
           R"({"ref":"1","category":"A","source":"own",)" + sha + "}",
           R"({"ref":1,"category":"A",)" + sha + "}",
           R"({"ref":"1","category":"A","pdq":"12",)" + sha + "}",
           R"({"ref":"1","withdrawn":"yes"})" + std::string(),
       })
    EXPECT_EQ(parse_hash_line(line, "partner").error().kind, ErrorKind::invalid) << line;
  EXPECT_TRUE(parse_hash_line(R"({"ref":"1","category":"A",)" + sha + "}", "partner"));
  EXPECT_EQ(parse_hash_line(R"({"ref":"1","category":"A",)" + sha + "}", "").error().kind,
            ErrorKind::invalid)
      << "somebody must say whose list it is";
}

/// A film of `count` frames that have nothing to do with those of another `kind`.
std::vector<media::VpdqFrame> film(std::uint64_t kind, int count) {
  std::vector<media::VpdqFrame> frames;
  for (int i = 0; i < count; ++i) {
    media::VpdqFrame frame{i, 90, {}, i * 1.0};
    std::uint64_t state = kind * 1000 + static_cast<std::uint64_t>(i);
    for (auto& word : frame.bits.words) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      word = state ^ state >> 29;
    }
    frames.push_back(frame);
  }
  return frames;
}

TEST_P(Matching, APieceOfAKnownFilmIsNearByItsFrames) {
  Hashes known = whole_;
  known.pdq.clear();
  known.frames = film(1, 50);
  ASSERT_TRUE(teach(item_, known, anna_, "B"));
  Hashes asked;
  asked.md5 = digits('9', 32);
  asked.frames = film(1, 20);
  const Match match = ask(asked);
  EXPECT_EQ(match.kind, MatchKind::near);
  EXPECT_EQ(match.by, "vpdq");
  EXPECT_EQ(match.distance, kNearDistance);
  EXPECT_EQ(match.query_percent, 100);
  EXPECT_EQ(match.known_percent, 40);
  EXPECT_EQ(match.category, "B");
  EXPECT_EQ(match.ref, item_.str());
  // Four frames of five are enough, three are not.
  const auto other = film(2, 5);
  asked.frames = film(1, 4);
  asked.frames.push_back(other[0]);
  EXPECT_EQ(ask(asked).query_percent, 80);
  asked.frames = film(1, 3);
  asked.frames.insert(asked.frames.end(), other.begin(), other.begin() + 2);
  EXPECT_EQ(ask(asked).kind, MatchKind::none);
  // A still of it is not the film.
  EXPECT_EQ(ask({"", "", "", media::text(film(1, 1)[0].bits), 90, {}}).kind, MatchKind::none);
  // Somebody grades it with its digests alone: its frames stay.
  known.frames.clear();
  ASSERT_TRUE(teach(item_, known, ben_, "B"));
  asked.frames = film(1, 20);
  EXPECT_EQ(ask(asked).graders, 2);
  ASSERT_TRUE(database().transact(
      [&](db::Transaction& tx) { return unlearn_all(tx, tenant_, item_, kNow); }));
  EXPECT_EQ(ask(asked).kind, MatchKind::none);
}

/// A folder of a matcher, and a database that is put back to what it was.
class MatcherFolder : public Matching {
 protected:
  void SetUp() override {
    Matching::SetUp();
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    Matching::TearDown();
  }
  /// One known picture more, as another start of the program does it.
  void put(const std::string& writer, const std::string& ref, int bits) {
    Known known;
    known.tenant = tenant_;
    known.source = "list";
    known.ref = ref;
    known.hashes = {"", "", "", picture(bits), 90, {}};
    known.scheme = "uk_abc";
    known.category = "B";
    known.graders = 1;
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
      TRY_DONE(KnownStore(tx, writer).put(known, kNow));
      return {};
    }));
  }
  /// What a backup taken at `version` would bring back.
  void restore(std::int64_t version, std::int64_t epoch, const std::string& writer) {
    const auto forget = [&](db::Transaction& tx) -> Done {
      TRY_DONE(tx.run("DELETE FROM known_hash WHERE tenant = $1 AND version > $2",
                      {tenant_.str(), version}));
      TRY_DONE(tx.run("DELETE FROM known_epoch WHERE tenant = $1 AND number > $2",
                      {tenant_.str(), epoch}));
      TRY_DONE(tx.run("UPDATE known_version SET version = $1, writer = $2 WHERE tenant = $3",
                      {version, writer, tenant_.str()}));
      return {};
    };
    ASSERT_TRUE(database().transact(forget));
  }
  std::size_t known_in_folder() {
    Matcher matcher(folder_);
    EXPECT_TRUE(matcher.follow(database()));
    return matcher.size(tenant_);
  }

  std::string folder_ = testing::TempDir() + "matcher_folder_test";
};

TEST_P(MatcherFolder, GoesOnWhereItWas) {
  put("first", "a", 0);
  EXPECT_EQ(known_in_folder(), 1U);
  put("first", "b", 5);
  put("second", "c", 9);
  EXPECT_EQ(known_in_folder(), 3U);
  Matcher matcher(folder_);
  ASSERT_TRUE(matcher.follow(database()));
  EXPECT_EQ(matcher.all(tenant_, {"", "", "", picture(0), 90, {}}, 31).size(), 3U);
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/" + tenant_.str() + "/items/manifest"));
  // A second one beside it has to do with memory, and answers the same.
  Matcher beside(folder_);
  ASSERT_TRUE(beside.follow(database()));
  EXPECT_EQ(beside.size(tenant_), 3U);
}

TEST_P(MatcherFolder, ADatabaseThatWasPutBackIsSeenAndTheSetMadeAnew) {
  put("first", "a", 0);
  put("first", "b", 5);
  put("first", "c", 9);
  EXPECT_EQ(known_in_folder(), 3U);
  restore(1, 1, "first");
  EXPECT_EQ(known_in_folder(), 1U);  // Older than the folder.
  put("second", "d", 12);
  put("second", "e", 15);
  put("second", "f", 18);
  put("second", "g", 21);
  EXPECT_EQ(known_in_folder(), 5U);
  // Put back again and changed until it is further than the folder: only its epochs say so.
  restore(2, 2, "second");
  for (const std::string ref : {"h", "i", "j", "k", "l"}) put("third", ref, 25);
  EXPECT_EQ(known_in_folder(), 7U);
}

TEST_P(MatcherFolder, WhatAnswersGoesOnAnsweringWhenTheDatabaseIsPutBackUnderIt) {
  put("first", "a", 0);
  put("first", "b", 5);
  Matcher matcher(folder_);
  ASSERT_TRUE(matcher.follow(database()));
  restore(1, 1, "first");
  for (const std::string ref : {"c", "d", "e"}) put("second", ref, 9);
  ASSERT_TRUE(matcher.follow(database()));
  EXPECT_EQ(matcher.size(tenant_), 4U);
  EXPECT_EQ(matcher.all(tenant_, {"", "", "", picture(5), 90, {}}, 0).size(), 0U);
}

TEST_P(MatcherFolder, ADamagedFolderIsMadeAnew) {
  put("first", "a", 0);
  EXPECT_EQ(known_in_folder(), 1U);
  std::ofstream(folder_ + "/" + tenant_.str() + "/items/manifest") << "nonsense";
  EXPECT_EQ(known_in_folder(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Engines, Matching, test::kEngines);
INSTANTIATE_TEST_SUITE_P(Engines, MatcherFolder, test::kEngines);

}  // namespace
}  // namespace hotline::matching
