#include "web/dashboard.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "facts/facts.h"
#include "support/seed.h"
#include "support/test_database.h"

namespace hotline::web {
namespace {

using namespace std::chrono_literals;

class Dashboard : public ::testing::Test {
 protected:
  void SetUp() override {
    tenant_ = test::add_tenant(*database_, now_);
    for (const auto role :
         {accounts::Role::analyst, accounts::Role::manager, accounts::Role::police})
      test::add_person(*database_, tenant_, std::string(accounts::name(role)), role, now_);
    add_dashboard_routes(router_, parts_, reader_);
  }
  std::string enter(accounts::Role role) {
    const auto in = accounts::sign_in(
        *database_, {std::string(accounts::name(role)), std::string(test::kPassword), ""}, key_,
        now_);
    EXPECT_TRUE(in) << in.error().sentence;
    return in ? in->token : "";
  }
  http::Response get(const std::string& target, const std::string& token) {
    http::Request request;
    request.method = "GET";
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != target.npos) request.query = http::parse_form(target.substr(question + 1));
    if (!token.empty()) request.cookies[std::string(kSessionCookie)] = token;
    return router_.answer(std::move(request));
  }
  void happened(std::string kind, std::string casefile, json::object details) {
    ASSERT_TRUE(database_->transact([&](db::Transaction& tx) -> Done {
      facts::FactStore store(tx);
      TRY_DONE(store.append({tenant_.str(), std::move(kind), "system", std::move(casefile), "",
                             std::move(details), now_}));
      TRY_DONE(store.seal());
      return {};
    }));
  }

  std::unique_ptr<db::Database> database_ = test::sqlite_database();
  FakeClock clock_{test::start_of_tests()};
  Instant now_ = test::start_of_tests();
  Settings settings_ = *Settings::defaults();
  Pages pages_ = *Pages::load(HOTLINE_SOURCE_DIR "/web");
  crypto::Key key_{std::string(32, 'k')};
  StaffParts parts_{*database_, clock_, settings_, pages_, key_};
  statistics::Reader reader_;
  http::Router router_;
  casework::TenantId tenant_;
};

TEST_F(Dashboard, IsForStaffWhoMaySeeIt) {
  EXPECT_EQ(get("/dashboard", "").status, 303);
  EXPECT_EQ(get("/dashboard", enter(accounts::Role::manager)).status, 200);
  EXPECT_EQ(get("/dashboard", enter(accounts::Role::police)).status, 403);
  EXPECT_EQ(get("/dashboard/figures/months.csv", enter(accounts::Role::police)).status, 403);
}

TEST_F(Dashboard, ShowsWhatHasHappenedUpToNow) {
  const std::string token = enter(accounts::Role::manager);
  happened("report_received", "c1", {{"duplicate", false}});
  EXPECT_NE(get("/dashboard/figures/numbers.csv", token).body.find("reports received,1,0,,"),
            std::string::npos);
  happened("report_received", "c1", {{"duplicate", true}});
  EXPECT_NE(get("/dashboard/figures/numbers.csv", token).body.find("reports received,2,0,,"),
            std::string::npos);
  const std::string page = get("/dashboard", token).body;
  EXPECT_NE(page.find("The period in numbers"), std::string::npos);
  EXPECT_NE(page.find("<td class=\"number\">2</td>"), std::string::npos);
  EXPECT_EQ(page.find("style="), std::string::npos)
      << "the policy of the pages forbids inline styles";
  EXPECT_EQ(page.find("{{"), std::string::npos);
}

TEST_F(Dashboard, EachFigureIsCsvAndJsonForThePeriodOfTheAddress) {
  const std::string token = enter(accounts::Role::manager);
  for (const auto* id :
       {"numbers", "times", "months", "verdicts", "categories", "countries", "hosts"}) {
    const std::string path = std::string("/dashboard/figures/") + id;
    const auto csv = get(path + ".csv?from=2030-01-01&to=2030-03-31", token);
    EXPECT_EQ(csv.status, 200) << id;
    const auto json = get(path + ".json?from=2030-01-01&to=2030-03-31", token);
    const auto value = parse_json(json.body);
    ASSERT_TRUE(value) << id;
    EXPECT_EQ(text_at(*value, "from"), "2030-01-01");
    EXPECT_EQ(text_at(*value, "to"), "2030-04-01");
  }
  EXPECT_EQ(get("/dashboard/figures/nothing.csv", token).status, 404);
  EXPECT_EQ(get("/dashboard/figures/months.exe", token).status, 404);
  EXPECT_EQ(get("/dashboard/figures/months", token).status, 404);
}

TEST_F(Dashboard, APeriodThatCannotBeIsRefused) {
  const std::string token = enter(accounts::Role::manager);
  for (const auto* query : {"from=2030-02-01&to=2030-01-01", "from=nonsense", "to=2030-13-01",
                            "from=1900-01-01&to=2030-01-01"})
    EXPECT_EQ(get(std::string("/dashboard?") + query, token).status, 400) << query;
  EXPECT_EQ(get("/dashboard?from=2030-01-01&to=2030-01-01", token).status, 200)
      << "one day is a period";
}

}  // namespace
}  // namespace hotline::web
