#include "evidence/evidence.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "support/test_database.h"

namespace hotline::evidence {
namespace {

namespace fs = std::filesystem;
const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

class SealedStore : public ::testing::Test {
 protected:
  SealedStore()
      : folder_(fs::temp_directory_path() / ("hotline-evd-" + hex(crypto::random_bytes(6)))) {
    fs::create_directories(folder_);
    evidence_ = std::move(*Evidence::open(folder_ / "evidence", folder_ / "root.key"));
    EXPECT_TRUE(database_->transact([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).add_tenant({tenant_, "Test", "GB"});
    }));
  }
  ~SealedStore() override { fs::remove_all(folder_); }

  Result<EvidenceId> put(ObjectKind kind, std::string_view bytes) {
    return database_->transact(
        [&](db::Transaction& tx) { return evidence_->put(tx, tenant_, case_, kind, bytes, kNow); });
  }
  Result<std::string> read(const EvidenceId& id) {
    return database_->read([&](db::Transaction& tx) { return evidence_->read(tx, id); });
  }

  fs::path folder_;
  std::unique_ptr<db::Database> database_ = test::sqlite_database();
  std::unique_ptr<Evidence> evidence_;
  TenantId tenant_ = TenantId::make(kNow);
  CaseId case_ = CaseId::make(kNow);
  casework::PersonId anna_ = casework::PersonId::make(kNow);
};

TEST_F(SealedStore, GivesBackWhatItWasGivenAndKeepsOneCopy) {
  const std::string bytes = crypto::random_bytes(100'000);
  const auto id = put(ObjectKind::media, bytes);
  ASSERT_TRUE(id);
  EXPECT_EQ(*put(ObjectKind::media, bytes), *id);
  EXPECT_NE(*put(ObjectKind::page, bytes), *id);
  EXPECT_EQ(*read(*id), bytes);
}

TEST_F(SealedStore, NothingOnDiskShowsTheContent) {
  const std::string canary = "CANARY-CANARY-CANARY";
  ASSERT_TRUE(put(ObjectKind::page, canary));
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(bytes.find("CANARY"), std::string::npos);
  }
  EXPECT_EQ(files, 2) << "the object and the root key";
}

TEST_F(SealedStore, AFlippedBitIsNoticed) {
  const auto id = put(ObjectKind::media, "picture");
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "evidence")) {
    if (!entry.is_regular_file()) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(15);
    file.put('\x7f');
  }
  EXPECT_EQ(read(*id).error().kind, ErrorKind::corrupt);
}

TEST_F(SealedStore, APersonOpensPreviewsOnlyAndEachOpeningIsAFact) {
  const auto preview = put(ObjectKind::preview, "small"),
             original = put(ObjectKind::media, "original");
  EXPECT_EQ(evidence_->open_for(*database_, *original, anna_, "grading", kNow).error().kind,
            ErrorKind::forbidden);
  EXPECT_EQ(*evidence_->open_for(*database_, *preview, anna_, "grading", kNow), "small");
  const auto facts = database_->read(
      [&](db::Transaction& tx) { return facts::FactStore(tx).of_case(case_.str()); });
  ASSERT_EQ(facts->size(), 1u);
  EXPECT_EQ((*facts)[0].kind, "evidence_opened");
  EXPECT_EQ((*facts)[0].actor, anna_.str());
}

TEST_F(SealedStore, AnErasedCaseNeverOpensAgain) {
  const auto id = put(ObjectKind::preview, "small");
  ASSERT_TRUE(database_->transact([&](db::Transaction& tx) {
    return evidence_->erase_case(tx, tenant_, case_, "system", kNow);
  }));
  EXPECT_EQ(read(*id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(put(ObjectKind::preview, "new").error().kind, ErrorKind::not_found);
}

TEST_F(SealedStore, AnotherRootKeyOpensNothing) {
  const auto id = put(ObjectKind::preview, "small");
  const auto stranger = std::move(*Evidence::open(folder_ / "evidence", folder_ / "other.key"));
  EXPECT_EQ(
      database_->read([&](db::Transaction& tx) { return stranger->read(tx, *id); }).error().kind,
      ErrorKind::corrupt);
}

}  // namespace
}  // namespace hotline::evidence
