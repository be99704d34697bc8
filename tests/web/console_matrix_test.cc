// Who may do what, cell by cell: every route of the staff's pages, every role, and every state in
// which a case, a session or a form can be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>

#include "accounts/approvals.h"
#include "facts/facts.h"
#include "web/console_seed.h"

namespace hotline::web::test {
namespace {

using accounts::Role;

// The roles that may enter, written from what each role is for and not from roles.cc:
// A analyst, S senior, M manager, P police, D administrator; * whoever is signed in.
const std::map<std::string, std::string> kMayEnter = {
    {"GET /", "*"},
    {"POST /start", "AS"},
    {"GET /queue", "ASM"},
    {"POST /find", "ASM"},
    {"GET /intake", "ASM"},
    {"POST /intake/call", "ASM"},
    {"POST /intake/lines", "ASM"},
    {"GET /cases/{id}", "ASM"},
    {"GET /cases/{id}/items", "ASM"},
    {"GET /cases/{id}/addresses", "ASM"},
    {"GET /cases/{id}/hosting", "ASM"},
    {"GET /cases/{id}/actions", "ASM"},
    {"GET /cases/{id}/timeline", "ASM"},
    {"GET /cases/{id}/messages", "ASM"},
    {"POST /cases/{id}/messages", "AS"},
    {"POST /cases/{id}/password", "AS"},
    {"GET /cases/{id}/items/{item}", "ASM"},
    {"POST /cases/{id}/claim", "AS"},
    {"POST /cases/{id}/put-back", "AS"},
    {"POST /cases/{id}/finish", "AS"},
    {"POST /cases/{id}/items/{item}/grade", "AS"},
    {"POST /cases/{id}/items/{item}/accept", "AS"},
    {"POST /cases/{id}/items/{item}/call", "AS"},
    {"POST /cases/{id}/items/{item}/notes", "AS"},
    {"POST /cases/{id}/decisions", "AS"},
    {"GET /cases/{id}/rest", "AS"},
    {"POST /cases/{id}/rest", "AS"},
    {"POST /cases/{id}/undo", "AS"},
    {"POST /cases/{id}/redo", "AS"},
    {"GET /cases/{id}/compare", "AS"},
    {"POST /cases/{id}/compare", "AS"},
    {"GET /cases/{id}/colleagues", "AS"},
    {"GET /consults", "AS"},
    {"GET /consults/{consult}", "AS"},
    {"POST /consults/{consult}", "AS"},
    {"GET /sample", "AS"},
    {"POST /sample/{sample}", "AS"},
    {"GET /previews/{item}/{level}", "AS"},
    {"GET /practice", "AS"},
    {"POST /practice", "AS"},
    {"GET /practice/{round}", "AS"},
    {"POST /cases/{id}/notices/{notice}/cancel", "ASM"},
    {"GET /cases/{id}/break-glass", "S"},
    {"POST /cases/{id}/break-glass", "S"},
    {"GET /accesses", "SM"},
    {"POST /accesses/{access}", "SM"},
    {"GET /board", "SM"},
    {"GET /quality", "SM"},
    {"GET /audit", "M"},
    {"GET /approvals", "SMD"},
    {"POST /approvals", "SM"},
    {"POST /approvals/{approval}", "SMD"},
    {"GET /people", "D"},
    {"POST /people", "D"},
    {"POST /people/{person}/disable", "D"},
    {"POST /people/{person}/enable", "D"},
    {"POST /people/{person}/role", "D"},
    {"GET /cases/{id}/findings", "ASM"},
    {"POST /cases/{id}/findings", "AS"},
    {"POST /cases/{id}/findings/{finding}/remove", "AS"},
    {"POST /cases/{id}/series", "AS"},
    {"GET /series", "ASM"},
    {"GET /series/{series}", "ASM"},
    {"POST /series/{series}/leave", "AS"},
    {"GET /cases/{id}/items/{item}/labels", "AS"},
    {"POST /cases/{id}/items/{item}/labels", "AS"},
    {"GET /cases/{id}/items/{item}/regions", "AS"},
    {"POST /cases/{id}/items/{item}/regions", "AS"},
    {"GET /lane", "ASM"},
    {"POST /queue/views", "ASM"},
    {"GET /rota", "ASM"},
    {"POST /rota", "SM"},
    {"GET /texts", "SM"},
    {"GET /texts/{language}", "SM"},
    {"GET /wellbeing", "*"},
    {"POST /wellbeing/limits", "*"},
    {"POST /check-in", "*"},
    {"POST /preferences", "*"},
    {"GET /passkeys", "*"},
    {"POST /passkeys", "*"},
    {"POST /passkeys/challenge", "*"},
    {"POST /passkeys/remove", "*"},
};
// Signing out ends the session that the other cells need; withdrawing is decided by whose it is.
const std::set<std::string> kElsewhere = {"POST /sign-out", "POST /sessions/end",
                                          "POST /cases/{id}/withdraw"};

class Matrix : public ::testing::Test {
 protected:
  Matrix() : console_(hotline::test::sqlite_database()) {
    for (const auto& [letter, role] : roles_)
      people_[letter] = hotline::test::add_person(*console_.database, console_.tenant,
                                                  std::string(1, static_cast<char>(letter + 32)),
                                                  role, console_.clock.now());
  }
  Visitor visitor(char letter) {
    Visitor made(console_);
    EXPECT_EQ(made.sign_in(std::string(1, static_cast<char>(letter + 32))), 303) << letter;
    return made;
  }
  /// The route of the table that the router knows under this name; parts are told apart by name.
  std::string path_of(const std::string& pattern, const hotline::test::SeededCase& made) {
    std::string path = pattern;
    for (const auto& [mark, value] : std::map<std::string, std::string>{
             {"{id}", made.id.str()},
             {"{item}", made.items[0].str()},
             {"{level}", "1"},
             {"{round}", "1"},
             {"{notice}", casework::NoticeId::make(console_.clock.now()).str()},
             {"{person}", target_.id.str()},
             {"{consult}", "con_" + make_id_body(console_.clock.now())},
             {"{sample}", "smp_" + make_id_body(console_.clock.now())},
             {"{access}", "acc_" + make_id_body(console_.clock.now())},
             {"{finding}", "fnd_" + make_id_body(console_.clock.now())},
             {"{series}", "ser_" + make_id_body(console_.clock.now())},
             {"{language}", "ar"},
             {"{approval}", "apr_" + make_id_body(console_.clock.now())}})
      path = hotline::replace_all(path, mark, value);
    return path;
  }
  static bool enters(const std::string& who, char letter) {
    return who == "*" || who.find(letter) != std::string::npos;
  }
  http::Response call(Visitor& who, const std::string& route, const std::string& path, bool json) {
    return route.starts_with("GET") ? who.get(path, json) : who.post(path, {}, json);
  }
  /// A role is refused with 403 and with this sentence; other trouble has other words.
  static bool is_refused(const http::Response& response) {
    return response.status == 403 && (response.body.find("Your role") != std::string::npos);
  }

  const std::map<char, Role> roles_ = {{'A', Role::analyst},
                                       {'S', Role::senior},
                                       {'M', Role::manager},
                                       {'P', Role::police},
                                       {'D', Role::admin}};
  Console console_;
  std::map<char, accounts::Person> people_;
  /// Whom the administrator's pages change: none of those who ask.
  accounts::Person target_ = hotline::test::add_colleague(
      *console_.database, console_.tenant, "target", Role::analyst, console_.clock.now());
};

TEST_F(Matrix, EveryRouteIsInTheTable) {
  for (const auto& route : console_.router.routes()) {
    const std::string name = route.method + " " + route.pattern;
    if (route.pattern.starts_with("/static/") || route.pattern.starts_with("/sign-in") ||
        route.pattern.starts_with("/setup/") || route.pattern == "/favicon.ico" ||
        kElsewhere.contains(name))
      continue;
    EXPECT_TRUE(kMayEnter.contains(name)) << name << " is in no row: who may enter?";
  }
}

TEST_F(Matrix, EveryRoleEntersWhereItMayAndNowhereElse) {
  int cells = 0;
  // What may not be left behind for the next cell: each role gets cases of its own, one a state.
  for (const auto& [letter, role] : roles_) {
    auto who = visitor(letter);
    std::vector<hotline::test::SeededCase> cases;
    for (int state = 0; state < 4; ++state)
      cases.push_back(console_.add_case(
          2, "http://gallery.example/" + std::string(1, letter) + std::to_string(state)));
    const bool grades = letter == 'A' || letter == 'S';
    auto other = visitor(letter == 'A' ? 'S' : 'A');
    other.post("/cases/" + cases[2].id.str() + "/claim");
    if (grades) who.post("/cases/" + cases[1].id.str() + "/claim");
    other.post("/cases/" + cases[3].id.str() + "/claim");
    for (const auto& item : cases[3].items)
      other.post("/cases/" + cases[3].id.str() + "/items/" + item.str() + "/grade",
                 fields({{"category", "not_actionable"}}));
    EXPECT_EQ(other.post("/cases/" + cases[3].id.str() + "/finish", fields({{"mode", "grade_all"}}))
                  .status,
              303);
    for (const auto& [route, may] : kMayEnter) {
      const std::string pattern = route.substr(route.find(' ') + 1);
      const bool about_a_case = pattern.find("{id}") != std::string::npos;
      for (std::size_t state = 0; state < (about_a_case ? cases.size() : 1); ++state)
        for (const bool json : {false, true}) {
          const auto response = call(who, route, path_of(pattern, cases[state]), json);
          EXPECT_EQ(is_refused(response), !enters(may, letter))
              << letter << " " << route << " state " << state << " gives " << response.status
              << response.body.substr(0, 200);
          EXPECT_NE(response.status, 500) << route;
          EXPECT_NE(response.status, 401) << route;
          ++cells;
        }
    }
  }
  RecordProperty("cells", cells);
  std::printf("cells of roles, routes and states: %d\n", cells);
}

TEST_F(Matrix, WithoutASessionOrAfterItsEndNobodyEnters) {
  const auto made = console_.add_case(1);
  int cells = 0;
  const auto all_closed = [&](Visitor& who, const char* why) {
    for (const auto& [route, may] : kMayEnter) {
      const std::string path = path_of(route.substr(route.find(' ') + 1), made);
      EXPECT_EQ(call(who, route, path, false).status, 303) << why << " " << route;
      EXPECT_EQ(call(who, route, path, true).status, 401) << why << " " << route;
      cells += 2;
    }
  };
  Visitor stranger(console_);
  all_closed(stranger, "nobody");
  for (const auto& [letter, role] : roles_) {
    auto gone = visitor(letter);
    gone.post("/sessions/end");
    all_closed(gone, "ended");
  }
  auto idle = visitor('S');
  console_.clock.advance(std::chrono::minutes(31));
  all_closed(idle, "idle");
  auto disabled = visitor('A');
  ASSERT_TRUE(accounts::disable_person(*console_.database, people_['A'].id, "system",
                                       console_.clock.now()));
  all_closed(disabled, "disabled");
  std::printf("cells without a session: %d\n", cells);
}

TEST_F(Matrix, AnotherTenantsCaseIsNotThere) {
  const auto made = console_.add_case(1, "http://canary.example/zebra");
  const auto elsewhere = hotline::test::add_tenant(*console_.database, console_.clock.now());
  for (const auto& [letter, role] : roles_) {
    const std::string name = std::string("x") + static_cast<char>(letter + 32);
    hotline::test::add_person(*console_.database, elsewhere, name, role, console_.clock.now());
    Visitor who(console_);
    ASSERT_EQ(who.sign_in(name), 303);
    for (const auto& [route, may] : kMayEnter) {
      const std::string pattern = route.substr(route.find(' ') + 1);
      for (const bool json : {false, true}) {
        const auto response = call(who, route, path_of(pattern, made), json);
        EXPECT_EQ(response.body.find("canary"), std::string::npos) << letter << " " << route;
        if (pattern.find("{id}") == std::string::npos) continue;
        // A form may be refused as unreadable before anybody looks for the case.
        EXPECT_TRUE(response.status == 404 || response.status == 403 || response.status == 400 ||
                    route == "GET /cases/{id}/colleagues" || route == "GET /cases/{id}/items")
            << letter << " " << route << " gives " << response.status;
      }
    }
  }
}

TEST_F(Matrix, ARoleThatIsTakenAwayCountsFromTheNextRequest) {
  auto who = visitor('S');
  EXPECT_EQ(who.get("/board").status, 200);
  ASSERT_TRUE(accounts::set_role(*console_.database, people_['S'].id, Role::analyst, "system",
                                 console_.clock.now()));
  EXPECT_EQ(who.get("/board").status, 403);
}

TEST_F(Matrix, ARoleIsGrantedByTwoPeopleOnlyAndTakesEffectWithTheSecond) {
  auto adam = visitor('D');
  auto mara = visitor('M');
  const std::string path = "/people/" + people_['A'].id.str() + "/role";
  EXPECT_EQ(adam.post(path, fields({{"role", "senior"}})).status, 303);
  const auto role = [&] {
    return console_.database
        ->read([&](db::Transaction& tx) { return accounts::person(tx, people_['A'].id); })
        ->role;
  };
  EXPECT_EQ(role(), Role::analyst) << "asked is not granted";
  const auto open = *console_.database->read([&](db::Transaction& tx) {
    return accounts::approvals(tx, console_.tenant, 9, console_.clock.now());
  });
  const std::string decide = "/approvals/" + open.at(0).id.str();
  EXPECT_EQ(adam.post(decide, fields({{"do", "approve"}})).status, 403);
  EXPECT_EQ(role(), Role::analyst);
  EXPECT_EQ(mara.post(decide, fields({{"do", "approve"}})).status, 303);
  EXPECT_EQ(role(), Role::senior);
  EXPECT_EQ(mara.post(decide, fields({{"do", "approve"}})).status, 409);
}

TEST_F(Matrix, AnAccountThatWasMadeSignsInOnlyAfterAnotherAgreed) {
  auto adam = visitor('D');
  ASSERT_EQ(adam.post("/people", fields({{"name", "nora"},
                                         {"role", "analyst"},
                                         {"password", std::string(hotline::test::kPassword)}}))
                .status,
            303);
  Visitor nora(console_);
  EXPECT_EQ(nora.sign_in("nora"), 403);
  const auto open = *console_.database->read([&](db::Transaction& tx) {
    return accounts::approvals(tx, console_.tenant, 9, console_.clock.now());
  });
  // Enabling on the page of people is no way round.
  EXPECT_EQ(adam.post("/people/" + open.at(0).subject.str() + "/enable").status, 303);
  EXPECT_EQ(nora.sign_in("nora"), 403);
  auto mara = visitor('M');
  EXPECT_EQ(mara.post("/approvals/" + open.at(0).id.str(), fields({{"do", "approve"}})).status,
            303);
  EXPECT_EQ(nora.sign_in("nora"), 303);
}

}  // namespace
}  // namespace hotline::web::test
