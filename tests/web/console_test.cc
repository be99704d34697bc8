#include "web/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "facts/facts.h"
#include "web/console_seed.h"

namespace hotline::web::test {
namespace {

using accounts::Role;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsolePages : public ::testing::Test {
 protected:
  ConsolePages() : console_(hotline::test::sqlite_database()) {
    person("anna", Role::analyst);
    person("berta", Role::analyst);
    person("pia", Role::police);
    person("mara", Role::manager);
    person("adam", Role::admin);
  }
  void person(const std::string& name, Role role) {
    hotline::test::add_person(*console_.database, console_.tenant, name, role,
                              console_.clock.now());
  }
  Visitor visitor(const std::string& name) {
    Visitor made(console_);
    EXPECT_EQ(made.sign_in(name), 303);
    return made;
  }
  std::string grade_path(const hotline::test::SeededCase& made, std::size_t item) {
    return "/cases/" + made.id.str() + "/items/" + made.items[item].str() + "/grade";
  }
  std::size_t count_facts(std::string_view kind) {
    return console_.database
        ->read([&](db::Transaction& tx) {
          return facts::FactStore(tx).of_kind("", kind, instant(0),
                                              console_.clock.now() + std::chrono::hours(1));
        })
        ->size();
  }
  Console console_;
  const http::Fields kGradeA = fields({{"category", "A"}, {"age", "7-10"}, {"sex", "girl"}});
};

TEST_F(ConsolePages, NobodySeesAnythingWithoutSigningIn) {
  Visitor stranger(console_);
  const auto made = console_.add_case(1);
  for (const auto& route : console_.router.routes()) {
    if (route.pattern.starts_with("/sign-in") || route.pattern.starts_with("/static/") ||
        route.pattern == "/favicon.ico" || route.pattern == "/setup/{token}")
      continue;
    std::string path = hotline::replace_all(route.pattern, "{id}", made.id.str());
    path = hotline::replace_all(path, "{item}", made.items[0].str());
    path = hotline::replace_all(path, "{level}", "1");
    path = hotline::replace_all(path, "{notice}", "ntc_x");
    path = hotline::replace_all(path, "{person}", "per_x");
    const auto response = route.method == "GET" ? stranger.get(path) : stranger.post(path);
    EXPECT_EQ(response.status, 303) << route.method << " " << path;
    EXPECT_EQ(Visitor::location(response), "/sign-in") << path;
    EXPECT_EQ(route.method == "GET" ? stranger.get(path, true).status
                                    : stranger.post(path, {}, true).status,
              401)
        << path;
  }
}

TEST_F(ConsolePages, AWrongPasswordSaysSoAndGivesNoSession) {
  Visitor anna(console_);
  EXPECT_EQ(anna.sign_in("anna", "not the password"), 403);
  EXPECT_EQ(anna.get("/").status, 303);
}

TEST_F(ConsolePages, TheSessionCookieIsOutOfReachOfScriptsAndOtherSites) {
  Visitor anna(console_);
  anna.get("/sign-in");
  const auto in = anna.post(
      "/sign-in", fields({{"name", "anna"}, {"password", std::string(hotline::test::kPassword)}}));
  const auto cookie = Visitor::header(in, "Set-Cookie");
  EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
  EXPECT_THAT(cookie, HasSubstr("SameSite=Strict"));
}

TEST_F(ConsolePages, EachRoleBeginsWhereItBelongs) {
  EXPECT_EQ(visitor("anna").open("/").status, 200);
  EXPECT_EQ(Visitor::location(visitor("pia").get("/")), "/gate");
  EXPECT_EQ(visitor("adam").open("/").status, 200);
}

TEST_F(ConsolePages, PoliceAndAdministratorsSeeNoCase) {
  const auto made = console_.add_case(1);
  for (const char* name : {"pia", "adam"}) {
    auto who = visitor(name);
    for (const std::string& path : std::vector<std::string>{
             "/queue", "/cases/" + made.id.str(), "/cases/" + made.id.str() + "/timeline",
             "/previews/" + made.items[0].str() + "/1"})
      EXPECT_EQ(who.get(path).status, 403) << name << " " << path;
  }
  EXPECT_EQ(visitor("anna").get("/people").status, 403);
}

TEST_F(ConsolePages, AManagerReadsACaseButSeesNoPicture) {
  const auto made = console_.add_case(1);
  auto mara = visitor("mara");
  EXPECT_EQ(mara.get("/cases/" + made.id.str()).status, 200);
  EXPECT_EQ(mara.get("/previews/" + made.items[0].str() + "/1").status, 403);
  EXPECT_EQ(mara.post("/cases/" + made.id.str() + "/claim").status, 403);
}

TEST_F(ConsolePages, ACaseIsGradedByFormsAloneFromStartToFinishAndBack) {
  const auto made = console_.add_case(2);
  auto anna = visitor("anna");
  anna.get("/");
  const auto start = anna.post("/start");
  ASSERT_EQ(Visitor::location(start), "/cases/" + made.id.str());
  EXPECT_THAT(anna.open(Visitor::location(start)).body,
              HasSubstr("/previews/" + made.items[0].str() + "/1"));
  const auto item = anna.get("/cases/" + made.id.str() + "/items/" + made.items[0].str());
  EXPECT_THAT(item.body, HasSubstr("name=\"category\" value=\"A\""));
  auto grade = kGradeA;
  grade.add("next", made.items[1].str());
  EXPECT_EQ(Visitor::location(anna.post(grade_path(made, 0), grade)),
            "/cases/" + made.id.str() + "/items/" + made.items[1].str());
  const auto page = anna.open("/cases/" + made.id.str());
  EXPECT_THAT(page.body, HasSubstr("A, 7–10, Girl"));
  EXPECT_THAT(page.body, HasSubstr("Actionable: A, 7–10, Girl"));
  EXPECT_EQ(
      anna.post("/cases/" + made.id.str() + "/finish", fields({{"mode", "grade_all"}})).status,
      409);
  EXPECT_EQ(
      anna.post("/cases/" + made.id.str() + "/finish", fields({{"mode", "act_on_page"}})).status,
      303);
  EXPECT_EQ(count_facts("case_assessed"), 1U);
  const auto done = anna.open("/cases/" + made.id.str());
  EXPECT_THAT(done.body, HasSubstr("Undo: withdraw"));
  EXPECT_THAT(done.body, Not(HasSubstr("<img"))) << "no picture once it is decided";
  EXPECT_EQ(anna.post("/cases/" + made.id.str() + "/withdraw").status, 303);
  EXPECT_EQ(count_facts("assessment_withdrawn"), 1U);
  EXPECT_THAT(anna.open("/cases/" + made.id.str()).body, HasSubstr("You have this case open."));
}

TEST_F(ConsolePages, EachKeyIsAcknowledgedWithTheNewState) {
  const auto made = console_.add_case(2);
  auto anna = visitor("anna");
  anna.post("/cases/" + made.id.str() + "/claim");
  const auto state_of = [](const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return *parse_json(response.body);
  };
  auto state = state_of(anna.post(grade_path(made, 0), fields({{"category", "B"}}), true));
  EXPECT_EQ(state.at("counts").at("to_do").as_int64(), 2);
  EXPECT_FALSE(state.at("item").at("done").as_bool());
  state = state_of(anna.post(grade_path(made, 0),
                             fields({{"category", "B"}, {"age", "0-2"}, {"sex", "boy"}}), true));
  EXPECT_EQ(state.at("counts").at("decided").as_int64(), 1);
  EXPECT_EQ(state.at("item").at("words").as_string(), "B, 0–2, Boy");
  EXPECT_EQ(state.at("strip").as_array().size(), 1U) << "keys of one grade are one step";
  state = state_of(anna.post("/cases/" + made.id.str() + "/undo", {}, true));
  EXPECT_EQ(state.at("item").at("category").as_string(), "");
  EXPECT_TRUE(state.at("can_redo").as_bool());
  state = state_of(anna.post("/cases/" + made.id.str() + "/redo", {}, true));
  EXPECT_EQ(state.at("item").at("age").as_string(), "0-2");
  EXPECT_EQ(anna.post(grade_path(made, 0), fields({{"category", "Z"}}), true).status, 400);
  EXPECT_EQ(visitor("berta").post(grade_path(made, 0), kGradeA, true).status, 409);
}

TEST_F(ConsolePages, APictureLeavesOnlyForWhoHasTheCaseOpenAndIsRecordedFirst) {
  const auto made = console_.add_case(1);
  const std::string path = "/previews/" + made.items[0].str() + "/1";
  auto anna = visitor("anna");
  EXPECT_EQ(anna.get(path).status, 403);
  EXPECT_EQ(count_facts("evidence_opened"), 0U);
  anna.post("/cases/" + made.id.str() + "/claim");
  const auto shown = anna.get(path);
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body, "a neutral picture");
  EXPECT_EQ(Visitor::header(shown, "Cache-Control"), "no-store");
  EXPECT_EQ(count_facts("evidence_opened"), 1U);
  EXPECT_EQ(visitor("berta").get(path).status, 403);
  for (const char* level : {"0", "5", "9", "-1", "x"})
    EXPECT_EQ(anna.get("/previews/" + made.items[0].str() + "/" + level).status, 404) << level;
  console_.clock.advance(std::chrono::minutes(31));
  EXPECT_NE(anna.get(path).status, 200) << "the claim has lapsed, and the session too";
}

TEST_F(ConsolePages, BeyondTheCapNoPictureLeaves) {
  console_.parts.rules.budget.minutes_max = 2;
  const auto made = console_.add_case(1);
  const std::string path = "/previews/" + made.items[0].str() + "/1";
  auto anna = visitor("anna");
  anna.post("/cases/" + made.id.str() + "/claim");
  EXPECT_EQ(anna.get(path).status, 200);
  console_.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(anna.get(path).status, 200);
  console_.clock.advance(std::chrono::minutes(1));
  const auto refused = anna.get(path);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, Not(HasSubstr("a neutral picture")));
  EXPECT_EQ(count_facts("evidence_opened"), 2U);
  EXPECT_THAT(anna.get("/cases/" + made.id.str()).body, Not(HasSubstr("<img")));
}

TEST_F(ConsolePages, HostileTextIsShownEscapedAndDefanged) {
  const std::string hostile = "http://gallery.example/<script>alert(1)</script>\"'>";
  const auto made = console_.add_case(1, hostile);
  auto anna = visitor("anna");
  for (const std::string& path : std::vector<std::string>{
           "/queue", "/cases/" + made.id.str(), "/cases/" + made.id.str() + "/addresses"}) {
    const auto page = anna.get(path);
    EXPECT_EQ(page.status, 200);
    EXPECT_THAT(page.body, Not(HasSubstr("<script>alert"))) << path;
    EXPECT_THAT(page.body, Not(HasSubstr("http://gallery.example"))) << path;
  }
  EXPECT_THAT(anna.get("/cases/" + made.id.str() + "/addresses").body,
              HasSubstr("hxxp://gallery[.]example"));
}

TEST_F(ConsolePages, AnotherTenantsCaseItemAndPeopleAreNotThere) {
  const auto made = console_.add_case(1);
  const auto other = hotline::test::add_tenant(*console_.database, console_.clock.now());
  hotline::test::add_person(*console_.database, other, "stranger", Role::senior,
                            console_.clock.now());
  hotline::test::add_person(*console_.database, other, "chief", Role::admin, console_.clock.now());
  auto stranger = visitor("stranger");
  const std::string base = "/cases/" + made.id.str();
  for (const std::string& path : std::vector<std::string>{
           base, base + "/addresses", base + "/hosting", base + "/actions", base + "/timeline",
           base + "/items/" + made.items[0].str(), "/previews/" + made.items[0].str() + "/1"})
    EXPECT_EQ(stranger.get(path).status, 404) << path;
  for (const std::string& path : std::vector<std::string>{base + "/claim", base + "/withdraw",
                                                          base + "/undo", base + "/finish"})
    EXPECT_GE(stranger.post(path, fields({{"mode", "grade_all"}})).status, 400) << path;
  EXPECT_THAT(stranger.get("/queue").body, Not(HasSubstr(made.id.str())));
  auto chief = visitor("chief");
  EXPECT_THAT(chief.get("/people").body, Not(HasSubstr("anna")));
}

TEST_F(ConsolePages, AFormWithoutItsTokenChangesNothing) {
  const auto made = console_.add_case(1);
  auto anna = visitor("anna");
  for (const std::string token : {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    anna.forge_form_token(token);
    for (const auto& route : console_.router.routes()) {
      if (route.method != "POST" || route.pattern.starts_with("/sign-in") ||
          route.pattern.starts_with("/setup"))
        continue;
      std::string path = hotline::replace_all(route.pattern, "{id}", made.id.str());
      path = hotline::replace_all(path, "{item}", made.items[0].str());
      EXPECT_EQ(anna.post(path, kGradeA).status, 403) << path;
      anna.forge_form_token(token);
    }
  }
  EXPECT_EQ(count_facts("case_claimed"), 0U);
}

TEST_F(ConsolePages, TheSecondLookSeesNothingOfTheFirst) {
  console_.parts.rules.second_look_categories = {"A"};
  const auto made = console_.add_case(1);
  const std::string base = "/cases/" + made.id.str();
  auto anna = visitor("anna");
  anna.post(base + "/claim");
  anna.post(grade_path(made, 0), kGradeA);
  anna.post(base + "/finish", fields({{"mode", "grade_all"}}));
  auto berta = visitor("berta");
  berta.post(base + "/claim");
  for (const std::string& path :
       std::vector<std::string>{base, base + "/timeline", base + "/items/" + made.items[0].str()}) {
    const auto page = berta.get(path);
    EXPECT_THAT(page.body, Not(HasSubstr("7–10, Girl"))) << path;
    EXPECT_THAT(page.body, Not(HasSubstr("7-10 girl"))) << path;
  }
  EXPECT_THAT(anna.get(base + "/timeline").body, HasSubstr("7-10 girl"))
      << "one's own stays visible";
}

TEST_F(ConsolePages, FirstRunMakesTheFirstAdministratorByItsLink) {
  Console fresh(hotline::test::sqlite_database());
  const auto token = fresh.database->transact(
      [&](db::Transaction& tx) { return accounts::make_setup_token(tx, fresh.clock.now()); });
  ASSERT_TRUE(token.has_value());
  Visitor first(fresh);
  const auto given = fields(
      {{"name", "first"}, {"password", "a long enough one"}, {"again", "a long enough one"}});
  EXPECT_EQ(first.get("/setup/" + std::string(43, 'x')).status, 403);
  EXPECT_EQ(first.get("/setup/" + *token).status, 200);
  EXPECT_EQ(
      first
          .post(
              "/setup/" + *token,
              fields({{"name", "first"}, {"password", "a long enough one"}, {"again", "another"}}))
          .status,
      400);
  EXPECT_EQ(first.post("/setup/" + *token, given).status, 303);
  EXPECT_EQ(first.get("/setup/" + *token).status, 403);
  EXPECT_EQ(first.sign_in("first", "a long enough one"), 303);
  EXPECT_EQ(first.get("/people").status, 200);
  EXPECT_EQ(
      first
          .post("/people",
                fields({{"name", "anna"}, {"role", "analyst"}, {"password", "a long enough one"}}))
          .status,
      303);
  EXPECT_THAT(first.get("/people").body, HasSubstr("anna"));
}

TEST_F(ConsolePages, AnAdministratorDisablesAColleagueAtOnceButNotOneself) {
  auto anna = visitor("anna");
  auto adam = visitor("adam");
  const auto people = *console_.database->read(
      [&](db::Transaction& tx) { return accounts::people(tx, console_.tenant); });
  for (const auto& one : people) {
    if (one.name == "anna") {
      EXPECT_EQ(adam.post("/people/" + one.id.str() + "/disable").status, 303);
    }
    if (one.name == "adam") {
      EXPECT_EQ(adam.post("/people/" + one.id.str() + "/disable").status, 409);
    }
  }
  EXPECT_EQ(anna.get("/").status, 303);
}

TEST_F(ConsolePages, ACaseIsFoundByItsAddressHoweverItIsWritten) {
  const auto made = console_.add_case(1);
  auto anna = visitor("anna");
  for (const char* text :
       {"http://gallery.example/a", "hxxp://gallery[.]example/a", " gallery.example/a "})
    EXPECT_EQ(Visitor::location(anna.post("/find", fields({{"q", text}}))),
              "/cases/" + made.id.str())
        << text;
  EXPECT_EQ(Visitor::location(anna.post("/find", fields({{"q", made.id.str()}}))),
            "/cases/" + made.id.str());
  EXPECT_EQ(anna.post("/find", fields({{"q", "<script>"}})).status, 404);
}

TEST_F(ConsolePages, ThePolicyAllowsNothingOfAnybodyElse) {
  for (const auto& [name, value] : staff_headers())
    if (name == "Content-Security-Policy") {
      EXPECT_THAT(value, HasSubstr("default-src 'none'"));
      EXPECT_THAT(value, Not(HasSubstr("unsafe")));
      EXPECT_THAT(value, HasSubstr("frame-ancestors 'none'"));
    }
  auto anna = visitor("anna");
  EXPECT_THAT(anna.get("/").body, Not(HasSubstr("style=\"")));
  const auto script = anna.get("/static/console.js");
  EXPECT_EQ(Visitor::header(script, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_LT(script.body.size(), 150U * 1024);
}

}  // namespace
}  // namespace hotline::web::test
