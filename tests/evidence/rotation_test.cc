// The key tree's rotation and erasure, on both databases and in both places for objects.
#include "evidence/rotation.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "casework/casework_store.h"
#include "evidence/evidence.h"
#include "facts/facts.h"
#include "support/test_database.h"

namespace hotline::evidence {
namespace {

namespace fs = std::filesystem;
const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

/// Null where the bucket is not offered (tests/s3/run.sh offers it).
std::unique_ptr<Objects> place(const std::string& kind, const fs::path& folder) {
  if (kind == "folder") return *open_folder(folder / "evidence");
  const char* url = std::getenv("HOTLINE_TEST_S3");
  if (url == nullptr) return nullptr;
  std::ofstream(folder / "s3") << "S3RVER S3RVER\n";
  return *open_bucket({.url = url, .region = "us-east-1", .credentials = folder / "s3"});
}

std::string all_bytes(const fs::path& folder) {
  std::string bytes;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  return bytes;
}

struct Sealed {
  CaseId casefile;
  EvidenceId id;
  std::string bytes;
};

class KeysOfEvidence : public ::testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("hotline-keys-" + hex(crypto::random_bytes(6)));
    fs::create_directories(folder_);
    const auto& [engine, kind] = GetParam();
    auto objects = place(kind, folder_);
    database_ =
        std::string(engine) == "sqlite" ? test::sqlite_database() : test::postgresql_database();
    if (!objects || !database_) GTEST_SKIP() << "no PostgreSQL or no S3 server is offered";
    evidence_ = std::move(*Evidence::open(std::move(objects), key_path()));
    for (const auto& [tenant, country] : {std::pair(tenant_, "GB"), {other_, "FR"}})
      ASSERT_TRUE(database_->transact([&, who = tenant, where = country](db::Transaction& tx) {
        return casework::CaseworkStore(tx).add_tenant({who, "Test", where});
      }));
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string key_path() const { return folder_ / "root.key"; }
  Sealed seal(const TenantId& tenant, const CaseId& casefile) {
    Sealed made{casefile, {}, crypto::random_bytes(1000)};
    const auto id = database_->transact([&](db::Transaction& tx) {
      return evidence_->put(tx, tenant, casefile, ObjectKind::media, made.bytes, kNow);
    });
    EXPECT_TRUE(id) << id.error().sentence;
    made.id = *id;
    return made;
  }
  Result<std::string> read(const Evidence& evidence, const EvidenceId& id) {
    return database_->read([&](db::Transaction& tx) { return evidence.read(tx, id); });
  }
  std::unique_ptr<Evidence> another_program() {
    auto opened = Evidence::open(place(std::get<1>(GetParam()), folder_), key_path());
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  Done erase(const CaseId& casefile) {
    return database_->transact([&](db::Transaction& tx) {
      return evidence_->erase_case(tx, tenant_, casefile, "system", kNow);
    });
  }
  Result<ErasureProof> prove(const CaseId& casefile) {
    return database_->read(
        [&](db::Transaction& tx) { return evidence_->prove_erased(tx, casefile); });
  }

  fs::path folder_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<Evidence> evidence_;
  TenantId tenant_ = TenantId::make(kNow), other_ = TenantId::make(kNow);
  CaseId case_ = CaseId::make(kNow);
};

TEST_P(KeysOfEvidence, AfterARotationEverythingOpensWithTheNewRootAndNothingWithTheOld) {
  std::vector<Sealed> sealed;
  for (int i = 0; i < 6; ++i) sealed.push_back(seal(i % 2 ? other_ : tenant_, CaseId::make(kNow)));
  fs::copy_file(key_path(), folder_ / "stolen.key");

  const auto rotated = rotate(*database_, key_path(), kNow);
  ASSERT_TRUE(rotated) << rotated.error().sentence;
  EXPECT_EQ(rotated->tenants, 2);
  EXPECT_EQ(rotated->cases, 6);
  EXPECT_FALSE(rotated->resumed);
  EXPECT_FALSE(fs::exists(key_path() + ".next"));

  const auto thief =
      std::move(*Evidence::open(place(std::get<1>(GetParam()), folder_), folder_ / "stolen.key"));
  const auto fresh = another_program();
  for (const auto& one : sealed) {
    EXPECT_EQ(read(*thief, one.id).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(*read(*fresh, one.id), one.bytes);
    EXPECT_EQ(*read(*evidence_, one.id), one.bytes) << "a program that ran all the time";
  }
  // The same bytes are still found to be the same.
  EXPECT_EQ(database_->transact([&](db::Transaction& tx) {
    return evidence_->put(tx, tenant_, sealed[0].casefile, ObjectKind::media, sealed[0].bytes,
                          kNow);
  }),
            sealed[0].id);
  const auto later = seal(tenant_, CaseId::make(kNow));
  EXPECT_EQ(*read(*fresh, later.id), later.bytes);
  ASSERT_TRUE(rotate(*database_, key_path(), kNow)) << "and again";
  EXPECT_EQ(*read(*evidence_, sealed[0].id), sealed[0].bytes);
}

TEST_P(KeysOfEvidence, AnotherTenantsCaseTakesAndGivesNothing) {
  const auto mine = seal(tenant_, case_);
  EXPECT_EQ(database_
                ->transact([&](db::Transaction& tx) {
                  return evidence_->put(tx, other_, case_, ObjectKind::media, "theirs", kNow);
                })
                .error()
                .kind,
            ErrorKind::forbidden);
  EXPECT_EQ(database_
                ->transact([&](db::Transaction& tx) {
                  return evidence_->erase_case(tx, other_, case_, "system", kNow);
                })
                .error()
                .kind,
            ErrorKind::not_found);
  EXPECT_EQ(*read(*evidence_, mine.id), mine.bytes);
}

TEST_P(KeysOfEvidence, AWrongRootTakesOverNothing) {
  const auto mine = seal(tenant_, case_);
  std::ofstream(folder_ / "wrong.key") << std::string(32, 'w');
  const auto rotated = rotate(*database_, folder_ / "wrong.key", kNow);
  EXPECT_EQ(rotated.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(rotate(*database_, folder_ / "none.key", kNow).error().kind, ErrorKind::not_found);
  EXPECT_EQ(*read(*evidence_, mine.id), mine.bytes);
  EXPECT_TRUE(rotate(*database_, key_path(), kNow));
}

TEST_P(KeysOfEvidence, ErasureIsProvenAndARotationClosesTheBackups) {
  const auto erased = seal(tenant_, case_), kept = seal(tenant_, CaseId::make(kNow));
  EXPECT_EQ(prove(case_).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(erase(case_));
  EXPECT_EQ(erase(case_).error().kind, ErrorKind::conflict) << "once";
  auto proof = prove(case_);
  ASSERT_TRUE(proof) << proof.error().sentence;
  EXPECT_EQ(proof->erased_at, kNow);
  EXPECT_EQ(proof->objects, 1);
  EXPECT_EQ(proof->lying, 1);
  EXPECT_FALSE(proof->backups_closed);
  ASSERT_TRUE(rotate(*database_, key_path(), kNow + std::chrono::hours(1)));
  EXPECT_TRUE(prove(case_)->backups_closed);
  const auto check = evidence_->check(*database_);
  EXPECT_EQ(check->objects, 2);
  EXPECT_EQ(check->opened, 1);
  EXPECT_EQ(check->erased, 1);
  EXPECT_EQ(evidence_->clear_noise(*database_, case_), 1);
  EXPECT_EQ(prove(case_)->lying, 0);
  EXPECT_EQ(read(*evidence_, erased.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(*read(*evidence_, kept.id), kept.bytes);
  EXPECT_EQ(evidence_->clear_noise(*database_, kept.casefile).error().kind, ErrorKind::conflict);
}

INSTANTIATE_TEST_SUITE_P(Everywhere, KeysOfEvidence,
                         ::testing::Combine(::testing::Values("sqlite", "postgresql"),
                                            ::testing::Values("folder", "bucket")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_" +
                                  std::get<1>(info.param);
                         });

/// A file of a database, which several processes open one after the other.
class KilledRotation : public ::testing::Test {
 protected:
  KilledRotation() { fs::create_directories(folder_); }
  ~KilledRotation() override { fs::remove_all(folder_); }

  [[nodiscard]] std::unique_ptr<db::Database> open() const {
    auto database = db::Database::open("sqlite:" + (folder_ / "db").string());
    EXPECT_TRUE(database);
    EXPECT_TRUE(db::migrate(**database, HOTLINE_SOURCE_DIR "/schema"));
    return std::move(*database);
  }
  [[nodiscard]] std::string key_path() const { return folder_ / "root.key"; }
  /// 1,200 cases, each with one object, in a child, so that nothing stays open here.
  void fill() {
    in_a_child([&] {
      const auto database = open();
      const auto evidence = std::move(*Evidence::open(folder_ / "evidence", key_path()));
      const TenantId tenant = TenantId::make(kNow);
      const auto done = database->transact([&](db::Transaction& tx) -> Done {
        TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant, "Test", "GB"}));
        std::ofstream ids(folder_ / "ids");
        for (int i = 0; i < 1200; ++i) {
          TRY(id, evidence->put(tx, tenant, CaseId::make(kNow), ObjectKind::media,
                                "object " + std::to_string(i), kNow));
          ids << id.str() << "\n";
        }
        return {};
      });
      return done ? 0 : 1;
    });
  }
  /// How many of every twelfth open, with a root from the file as it is now.
  int readable() {
    return in_a_child([&] {
      const auto database = open();
      const auto evidence = std::move(*Evidence::open(folder_ / "evidence", key_path()));
      std::ifstream ids(folder_ / "ids");
      std::string id;
      int good = 0;
      const Done read = database->read([&](db::Transaction& tx) -> Done {
        for (int i = 0; ids >> id; ++i)
          if (i % 12 == 0)
            good += evidence->read(tx, *EvidenceId::parse(id)) == "object " + std::to_string(i);
        return {};
      });
      return read ? good : 255;
    });
  }
  template <class Work>
  static int in_a_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  fs::path folder_ = fs::temp_directory_path() / ("hotline-rot-" + hex(crypto::random_bytes(6)));
};

TEST_F(KilledRotation, KilledAfterAnyStepEverythingOpensAndTheNextCallFinishes) {
  fill();
  ASSERT_EQ(readable(), 100);
  for (int steps = 1, ended = 0; ended == 0; ++steps) {
    ASSERT_LT(steps, 50);
    const int killed = in_a_child([&] {
      int left = steps;
      const auto rotated = rotate(*open(), key_path(), kNow, [&](std::int64_t) {
        if (--left == 0) ::raise(SIGKILL);
      });
      return rotated ? 0 : 1;
    });
    ASSERT_NE(killed, 1);
    ASSERT_EQ(readable(), 100) << "killed after step " << steps;
    const bool half = fs::exists(key_path() + ".next");
    ASSERT_EQ(in_a_child([&] {
                const auto rotated = rotate(*open(), key_path(), kNow);
                return rotated && rotated->resumed == half ? 0 : 1;
              }),
              0);
    ASSERT_FALSE(fs::exists(key_path() + ".next"));
    ASSERT_EQ(readable(), 100) << "finished after step " << steps;
    if (killed == 0) ended = steps;
  }
}

TEST_F(KilledRotation, KilledAtRandomMomentsItIsTakenUpAgain) {
  fill();
  int killed = 0, finished = 0;
  for (int round = 0; round < 12; ++round) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(rotate(*open(), key_path(), kNow) ? 0 : 1);
    ::usleep(static_cast<useconds_t>(2000 + (round * 7919) % 90'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      ++finished;
    } else {
      ++killed;
    }
    ASSERT_EQ(readable(), 100) << "round " << round;
  }
  EXPECT_GT(killed, 1);
  EXPECT_EQ(in_a_child([&] { return rotate(*open(), key_path(), kNow) ? 0 : 1; }), 0);
  EXPECT_EQ(readable(), 100);
  RecordProperty("killed", killed);
  RecordProperty("finished", finished);
}

TEST_F(KilledRotation, AnErasedKeyStandsInNoFileAndABackupOfYesterdayOpensNothing) {
  const TenantId tenant = TenantId::make(kNow);
  const CaseId casefile = CaseId::make(kNow);
  EvidenceId id;
  std::string wrapped;
  {
    const auto database = open();
    const auto evidence = std::move(*Evidence::open(folder_ / "evidence", key_path()));
    ASSERT_TRUE(database->transact([&](db::Transaction& tx) -> Done {
      TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant, "Test", "GB"}));
      TRY(made, evidence->put(tx, tenant, casefile, ObjectKind::media, "secret", kNow));
      id = made;
      TRY(rows, tx.run("SELECT wrapped FROM evidence_key"));
      wrapped = rows[0].text(0);
      return {};
    }));
  }
  fs::copy(folder_, folder_.string() + "-backup", fs::copy_options::recursive);
  const fs::path backup = folder_.string() + "-backup";
  EXPECT_NE(all_bytes(folder_).find(wrapped), std::string::npos);
  {
    const auto database = open();
    const auto evidence = std::move(*Evidence::open(folder_ / "evidence", key_path()));
    ASSERT_TRUE(database->transact([&](db::Transaction& tx) {
      return evidence->erase_case(tx, tenant, casefile, "system", kNow);
    }));
  }
  EXPECT_EQ(all_bytes(folder_).find(wrapped), std::string::npos);
  ASSERT_TRUE(rotate(*open(), key_path(), kNow));
  // Yesterday's database with today's keys.
  const auto old = std::move(*db::Database::open("sqlite:" + (backup / "db").string()));
  const auto restored = std::move(*Evidence::open(backup / "evidence", key_path()));
  EXPECT_EQ(old->read([&](db::Transaction& tx) { return restored->read(tx, id); }).error().kind,
            ErrorKind::corrupt);
  fs::remove_all(backup);
}

// What lies in installations from before tenants had keys.
TEST_F(KilledRotation, EvidenceFromBeforeTheKeyTreeOpensAndMovesIntoIt) {
  const fs::path before = folder_ / "before";
  fs::create_directories(before);
  for (const auto& entry : fs::directory_iterator(HOTLINE_SOURCE_DIR "/schema"))
    if (entry.path().filename() != "0006_evidence_keys.sql")
      fs::copy_file(entry.path(), before / entry.path().filename());
  const TenantId tenant = TenantId::make(kNow);
  const CaseId casefile = CaseId::make(kNow), gone = CaseId::make(kNow);
  const EvidenceId id = EvidenceId::make(kNow);
  const crypto::Key root = *crypto::key_file(key_path());
  const crypto::Key case_key(crypto::random_bytes(32)), key(crypto::random_bytes(32));
  {
    const auto database = std::move(*db::Database::open("sqlite:" + (folder_ / "db").string()));
    ASSERT_TRUE(db::migrate(*database, before));
    const auto objects = std::move(*open_folder(folder_ / "evidence"));
    ASSERT_TRUE(objects->put(id.str(), crypto::seal(key, "old", "object " + id.str())));
    ASSERT_TRUE(database->transact([&](db::Transaction& tx) -> Done {
      TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant, "Test", "GB"}));
      TRY_DONE(tx.run("INSERT INTO evidence_key (casefile, wrapped) VALUES ($1, $2), ($3, NULL)",
                      {casefile.str(),
                       base64(crypto::seal(root, case_key.reveal(), "case key " + casefile.str())),
                       gone.str()}));
      TRY_DONE(tx.run(
          "INSERT INTO evidence (id, tenant, casefile, kind, digest, wrapped, size, at) VALUES "
          "($1, $2, $3, 'media', 'd', $4, 3, 0)",
          {id.str(), tenant.str(), casefile.str(),
           base64(crypto::seal(case_key, key.reveal(), "object key " + id.str()))}));
      return {};
    }));
  }
  const auto database = open();
  const auto evidence = std::move(*Evidence::open(folder_ / "evidence", key_path()));
  const auto reads = [&] {
    return database->read([&](db::Transaction& tx) { return evidence->read(tx, id); });
  };
  EXPECT_EQ(reads(), "old");
  EXPECT_TRUE(database->transact([&](db::Transaction& tx) {
    return evidence->put(tx, tenant, casefile, ObjectKind::page, "new", kNow);
  }));
  const auto rotated = rotate(*database, key_path(), kNow);
  ASSERT_TRUE(rotated) << rotated.error().sentence;
  EXPECT_EQ(rotated->cases, 1);
  EXPECT_EQ(reads(), "old");
  EXPECT_FALSE(crypto::key_file(key_path())->reveal() == root.reveal());
}

}  // namespace
}  // namespace hotline::evidence
