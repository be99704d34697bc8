#include "db/db.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/crypto.h"
#include "base/text.h"
#include "support/test_database.h"

namespace hotline::db {
namespace {

class Databases : public test::OnBothDatabases {};

Result<std::int64_t> count(Transaction& tx) {
  TRY(rows, tx.run("SELECT count(*) FROM tenant"));
  return rows[0].integer(0);
}

TEST_P(Databases, AValueComesBackAsItWent) {
  const std::string odd = "line\nquote ' dollar $1 colon :p2 \xd8\xb9";
  ASSERT_TRUE(database().transact([&](Transaction& tx) {
    return tx.run("INSERT INTO tenant (id, name, country) VALUES ($1, $2, $1)", {"a", odd});
  }));
  const auto rows = database().read([&](Transaction& tx) {
    return tx.run("SELECT name, country, CAST(NULL AS TEXT) FROM tenant WHERE name = $1", {odd});
  });
  ASSERT_TRUE(rows) << rows.error().sentence;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].text(0), odd);
  EXPECT_EQ((*rows)[0].text(1), "a");
  EXPECT_TRUE((*rows)[0].is_null(2));
}

TEST_P(Databases, LargeNumbersAndNullsSurvive) {
  ASSERT_TRUE(database().transact([&](Transaction& tx) -> Done {
    TRY_DONE(tx.run("INSERT INTO fact_cursor (reader, position) VALUES ($1, $2)",
                    {"r", std::int64_t{1'900'000'000'000'000}}));
    TRY_DONE(
        tx.run("INSERT INTO evidence_key (casefile, wrapped) VALUES ($1, $2)", {"c", nullptr}));
    return {};
  }));
  const auto rows = database().read([](Transaction& tx) {
    return tx.run("SELECT position, wrapped FROM fact_cursor, evidence_key");
  });
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[0].integer(0), 1'900'000'000'000'000);
  EXPECT_EQ((*rows)[0].maybe_text(1), std::nullopt);
}

TEST_P(Databases, AnErrorRollsEverythingBack) {
  const auto done = database().transact([](Transaction& tx) -> Done {
    TRY_DONE(tx.run("INSERT INTO tenant (id, name, country) VALUES ($1, $1, $1)", {"a"}));
    return fail(ErrorKind::invalid, "No.");
  });
  EXPECT_EQ(done.error().kind, ErrorKind::invalid);
  EXPECT_EQ(*database().read(count), 0);
}

TEST_P(Databases, AUniquenessRuleIsAConflictAndCannotBeCommittedOver) {
  const auto done = database().transact([](Transaction& tx) -> Done {
    TRY_DONE(tx.run("INSERT INTO tenant (id, name, country) VALUES ($1, $1, $1)", {"a"}));
    (void)tx.run("INSERT INTO tenant (id, name, country) VALUES ($1, $1, $1)", {"a"});
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::conflict);
  EXPECT_EQ(*database().read(count), 0);
}

TEST_P(Databases, ReturningGivesAllRowsOfAnUpdate) {
  const auto rows = database().transact([](Transaction& tx) -> Result<Rows> {
    for (const char* id : {"a", "b", "c"})
      TRY_DONE(tx.run("INSERT INTO tenant (id, name, country) VALUES ($1, $1, $1)", {id}));
    return tx.run("UPDATE tenant SET name = $1 WHERE id <> $2 RETURNING id", {"x", "b"});
  });
  ASSERT_TRUE(rows) << rows.error().sentence;
  EXPECT_EQ(rows->size(), 2u);
  const auto changed = database().transact(
      [](Transaction& tx) { return tx.change("UPDATE tenant SET name = $1", {"y"}); });
  EXPECT_EQ(changed.value_or(0), 3);
}

INSTANTIATE_TEST_SUITE_P(Engines, Databases, test::kEngines);

TEST(Database, WritersOfSeveralThreadsLoseNothing) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("hotline-" + hex(crypto::random_bytes(6)) + ".db");
  {
    auto database = std::move(*Database::open("sqlite:" + path));
    ASSERT_TRUE(
        database->transact([](Transaction& tx) { return tx.run("CREATE TABLE n (v BIGINT)"); }));
    ASSERT_TRUE(
        database->transact([](Transaction& tx) { return tx.run("INSERT INTO n VALUES (0)"); }));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i)
          EXPECT_TRUE(database->transact([](Transaction& tx) -> Done {
            TRY(rows, tx.run("SELECT v FROM n"));
            TRY_DONE(tx.run("UPDATE n SET v = $1", {rows[0].integer(0) + 1}));
            return {};
          }));
      });
    for (auto& thread : threads) thread.join();
    const auto rows = database->read([](Transaction& tx) { return tx.run("SELECT v FROM n"); });
    EXPECT_EQ((*rows)[0].integer(0), 100);
  }
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
}

TEST(Database, AMigrationThatChangedIsRefused) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("hotline-" + hex(crypto::random_bytes(6)));
  std::filesystem::create_directory(folder);
  const auto write = [&](const char* text) {
    FILE* file = std::fopen((folder / "0001_a.sql").c_str(), "w");
    std::fputs(text, file);
    std::fclose(file);
  };
  auto database = std::move(*Database::open("sqlite::memory:"));
  write("CREATE TABLE a (x TEXT);\n-- @postgresql\nCREATE nonsense;\n-- @both\n");
  EXPECT_EQ(migrate(*database, folder).value_or(-1), 1);
  EXPECT_EQ(migrate(*database, folder).value_or(-1), 0);
  write("CREATE TABLE b (x TEXT);\n");
  EXPECT_EQ(migrate(*database, folder).error().kind, ErrorKind::corrupt);
  std::filesystem::remove_all(folder);
}

TEST(Database, AFolderWithoutRightsIsUnavailable) {
  EXPECT_EQ(Database::open("sqlite:/nowhere/at/all.db").error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace hotline::db
