// A migrated database for a store suite: SQLite in memory, and the PostgreSQL that
// HOTLINE_TEST_PG names (scripts/test starts one) in a schema of its own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/crypto.h"
#include "base/text.h"
#include "db/db.h"

namespace hotline::test {

inline std::unique_ptr<db::Database> sqlite_database() {
  auto database = db::Database::open("sqlite::memory:");
  EXPECT_TRUE(database.has_value());
  const auto applied = db::migrate(**database, HOTLINE_SOURCE_DIR "/schema");
  EXPECT_TRUE(applied.has_value()) << applied.error().sentence;
  return std::move(*database);
}

/// Null where no PostgreSQL is offered.
inline std::unique_ptr<db::Database> postgresql_database() {
  const char* url = std::getenv("HOTLINE_TEST_PG");
  if (!url) return nullptr;
  const std::string schema = "t" + hex(crypto::random_bytes(8));
  auto admin = db::Database::open(url, 1);
  EXPECT_TRUE(admin.has_value());
  EXPECT_TRUE(
      (*admin)->transact([&](db::Transaction& tx) { return tx.run("CREATE SCHEMA " + schema); }));
  const std::string separator = std::string(url).find('?') == std::string::npos ? "?" : "&";
  auto database = db::Database::open(url + separator + "options=-csearch_path%3D" + schema);
  EXPECT_TRUE(database.has_value());
  const auto applied = db::migrate(**database, HOTLINE_SOURCE_DIR "/schema");
  EXPECT_TRUE(applied.has_value()) << applied.error().sentence;
  return std::move(*database);
}

/// Store suites derive from this and run on both engines:
///   class NoticeStore : public test::OnBothDatabases {};
///   TEST_P(NoticeStore, KeepsWhatItIsGiven) { database().transact(…); }
///   INSTANTIATE_TEST_SUITE_P(Engines, NoticeStore, test::kEngines);
class OnBothDatabases : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    database_ = std::string(GetParam()) == "sqlite" ? sqlite_database() : postgresql_database();
    if (!database_) GTEST_SKIP() << "HOTLINE_TEST_PG names no PostgreSQL";
  }
  db::Database& database() { return *database_; }

 private:
  std::unique_ptr<db::Database> database_;
};

inline const auto kEngines = ::testing::Values("sqlite", "postgresql");

}  // namespace hotline::test
