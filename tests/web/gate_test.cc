#include "web/gate.h"

#include "notice_pages.h"

namespace hotline::web {
namespace {

class Gate : public NoticePages {};

TEST_F(Gate, ShowsThePoliceWhatWaitsAtHomeAndNothingElse) {
  const auto page = ask("GET", "/gate", enter(Role::police));
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(has(page, takedown::reference(home_.id)));
  EXPECT_FALSE(has(page, takedown::reference(abroad_.id)));
  EXPECT_TRUE(has(page, "hxxp://gallery[.]example/home"));
  EXPECT_FALSE(has(page, "http://gallery.example"));
  EXPECT_EQ(ask("GET", "/notices", enter(Role::police)).status, 403);
}

TEST_F(Gate, IsClosedToStrangersAndAdministrators) {
  EXPECT_EQ(ask("GET", "/gate").status, 303);
  EXPECT_EQ(ask("GET", "/gate", enter(Role::admin)).status, 403);
  for (const auto role : {Role::analyst, Role::manager, Role::admin}) {
    ask("POST", "/gate/" + home_.id.str() + "/release", enter(role), {{"reason", "x"}});
    EXPECT_EQ(read(home_.id).state, NoticeState::held) << name(role);
  }
}

TEST_F(Gate, APoliceOfficerReleasesWithAReason) {
  const auto session = enter(Role::police);
  const std::string path = "/gate/" + home_.id.str();
  EXPECT_EQ(ask("POST", path + "/release", session, {{"reason", " "}}).status, 400);
  EXPECT_EQ(read(home_.id).state, NoticeState::held);
  EXPECT_EQ(ask("POST", path + "/release", session, {{"reason", "No case."}}).status, 303);
  EXPECT_EQ(read(home_.id).state, NoticeState::ready);
  // Still in its countdown: it can be stopped again.
  EXPECT_TRUE(has(ask("GET", "/gate", session), "About to leave"));
  EXPECT_EQ(ask("POST", path + "/hold", session, {{"reason", "<i>Wait</i>"}}).status, 303);
  EXPECT_EQ(read(home_.id).state, NoticeState::held);
  const auto page = ask("GET", "/gate", session);
  EXPECT_TRUE(has(page, "&lt;i&gt;Wait"));
  EXPECT_FALSE(has(page, "<i>Wait"));
}

TEST_F(Gate, AForeignFormAndAnotherHotlinesNoticeAreRefused) {
  const auto session = enter(Role::police);
  http::Request request;
  request.method = "POST";
  request.path = "/gate/" + home_.id.str() + "/release";
  request.cookies[std::string(kSessionCookie)] = session;
  request.form.add("reason", "x");
  EXPECT_EQ(router_.answer(request).status, 403);
  const auto other = test::add_tenant(*database_, clock_.now());
  const auto theirs = add_notice(other, "GB", "http://gallery.example/theirs");
  EXPECT_EQ(ask("POST", "/gate/" + theirs.id.str() + "/release", session, {{"reason", "x"}}).status,
            404);
  EXPECT_EQ(ask("POST", "/gate/nonsense/release", session, {{"reason", "x"}}).status, 400);
  EXPECT_EQ(read(theirs.id).state, NoticeState::held);
  EXPECT_FALSE(has(ask("GET", "/gate", session), takedown::reference(theirs.id)));
}

}  // namespace
}  // namespace hotline::web
