#include "web/report_api.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "accounts/members.h"
#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "support/test_database.h"
#include "web/feeds.h"

namespace hotline::web {
namespace {

namespace files = std::filesystem;
const Instant kNow = *parse_rfc3339("2030-03-04T09:41Z");

class ReportApi : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = files::temp_directory_path() / ("report_api_" + std::to_string(::getpid()));
    files::remove_all(folder_);
    open(0);
    const auto key = database_->transact([&](db::Transaction& tx) -> Result<std::string> {
      TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant_, "Main", "GB"}));
      TRY(member, accounts::add_member(tx, tenant_, "Provider", "isp", "system", kNow));
      return accounts::add_key(tx, member, "test", "system", kNow);
    });
    ASSERT_TRUE(key) << key.error().sentence;
    key_ = *key;
  }
  void TearDown() override { files::remove_all(folder_); }
  void open(std::int64_t reserve) {
    drop_ = *intake::Drop::open(folder_.string(), keys_.public_key, reserve);
    router_ = http::Router();
    add_feeds_routes(router_,
                     {*database_, clock_, settings_, matcher_, feed_, ring_, count_, drop_.get()});
  }
  http::Response post(const std::string& body, const std::string& idempotency = "k1",
                      const std::string& key = "") {
    http::Request request;
    request.method = "POST";
    request.path = "/api/v1/reports";
    request.headers["authorization"] = "Bearer " + (key.empty() ? key_ : key);
    if (!idempotency.empty()) request.headers["idempotency-key"] = idempotency;
    request.body = body;
    EXPECT_TRUE(ring_.follow(*database_, clock_.now()));
    return router_.answer(std::move(request));
  }
  std::size_t dropped() {
    std::size_t count = 0;
    const auto reader = *intake::DropReader::open(folder_.string(), keys_);
    const auto batches = *reader.waiting(1000);
    for (const auto& batch : batches) count += reader.read(batch)->size();
    return count;
  }

  files::path folder_;
  std::unique_ptr<db::Database> database_ = test::sqlite_database();
  FakeClock clock_{kNow};
  Settings settings_ = *Settings::defaults();
  matching::Matcher matcher_;
  lists::Feed feed_;
  KeyRing ring_;
  LookupCount count_;
  crypto::KeyPair keys_ = crypto::make_box_keys();
  casework::TenantId tenant_ = casework::TenantId::make(kNow);
  std::unique_ptr<intake::Drop> drop_;
  std::string key_;
  http::Router router_;
};

constexpr const char* kTwo =
    R"({"reports":[{"address":"http://gallery.example/a","reference":"t-1"},{"address":"no address"}]})";

TEST_F(ReportApi, EachReportHasItsOwnAnswer) {
  const auto response = post(kTwo);
  EXPECT_EQ(response.status, 202) << response.body;
  const auto body = *parse_json(response.body);
  const auto& results = body.at("results").as_array();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(text_at(results[0], "result"), "taken");
  EXPECT_EQ(text_at(results[0], "yours"), "t-1");
  EXPECT_EQ(text_at(results[0], "reference")->size(), 16u);
  EXPECT_EQ(text_at(results[1], "result"), "refused");
  EXPECT_NE(text_at(results[1], "sentence"), "");
  EXPECT_EQ(response.body.find("gallery"), std::string::npos);
  EXPECT_EQ(dropped(), 1u);
}

TEST_F(ReportApi, TheSameKeyIsTheSameReportsEvenWithoutTheFirstAnswer) {
  const auto first = post(kTwo);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(post(kTwo).body, first.body);
  EXPECT_EQ(dropped(), 1u);
  EXPECT_EQ(post(R"({"reports":[{"address":"http://gallery.example/b"}]})").status, 422);
  post(kTwo, "k2");
  EXPECT_EQ(dropped(), 2u);
}

TEST_F(ReportApi, WithoutAKeyOfEitherKindNothingIsTaken) {
  EXPECT_EQ(post(kTwo, "").status, 400);
  EXPECT_EQ(post(kTwo, "k1", "hl_live_nonsense").status, 401);
  EXPECT_EQ(post("{\"reports\":3}").status, 400);
  EXPECT_EQ(dropped(), 0u);
}

TEST_F(ReportApi, AFullDiskIsNeverThanked) {
  open(std::int64_t{1} << 60);
  EXPECT_EQ(post(kTwo).status, 503);
  open(0);
  EXPECT_EQ(post(kTwo).status, 202);
  EXPECT_EQ(dropped(), 1u);
}

TEST_F(ReportApi, TheDescriptionNamesIt) {
  http::Request request;
  request.method = "GET";
  request.path = "/api/v1/openapi.json";
  EXPECT_NE(router_.answer(request).body.find("/api/v1/reports"), std::string::npos);
}

}  // namespace
}  // namespace hotline::web
