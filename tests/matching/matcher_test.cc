#include "matching/matcher.h"

#include <gtest/gtest.h>

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

INSTANTIATE_TEST_SUITE_P(Engines, Matching, test::kEngines);

}  // namespace
}  // namespace hotline::matching
