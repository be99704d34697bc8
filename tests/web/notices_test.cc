#include "web/notices.h"

#include "notice_pages.h"

namespace hotline::web {
namespace {

class NoticesPage : public NoticePages {};

TEST_F(NoticesPage, ShowsTheLetterAndItsCountdownWithHarmlessAddresses) {
  const auto page = ask("GET", "/notices/" + abroad_.id.str(), enter(Role::analyst));
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(has(page, "Leaves in 2 min"));
  EXPECT_TRUE(has(page, "[Hotline " + takedown::reference(abroad_.id) + "]"));
  EXPECT_TRUE(has(page, "hxxp://gallery[.]example"));
  EXPECT_FALSE(has(page, "http://gallery.example"));
  EXPECT_FALSE(has(page, "<script>alert"));
  EXPECT_FALSE(has(page, takedown_->answer_token(abroad_.id)));
  EXPECT_TRUE(std::any_of(page.headers.begin(), page.headers.end(),
                          [](const auto& header) { return header.first == "Refresh"; }));
}

TEST_F(NoticesPage, ASeniorStopsItInItsCountdownAndSendsItAfterAll) {
  const auto session = enter(Role::senior);
  const std::string path = "/notices/" + abroad_.id.str();
  EXPECT_EQ(ask("POST", path + "/cancel", session).status, 400);
  EXPECT_EQ(ask("POST", path + "/cancel", session, {{"reason", "Wrong page."}}).status, 303);
  EXPECT_EQ(read(abroad_.id).state, NoticeState::withdrawn);
  EXPECT_TRUE(has(ask("GET", "/notices", session), "Cancelled in its countdown"));
  EXPECT_EQ(ask("POST", path + "/resume", session, {{"reason", "It was right."}}).status, 303);
  EXPECT_EQ(read(abroad_.id).state, NoticeState::ready);
  const auto page = ask("GET", path, session);
  EXPECT_TRUE(has(page, "Wrong page."));
  EXPECT_TRUE(has(page, "It was right."));
}

TEST_F(NoticesPage, AnotherMailboxMustBeOneMailbox) {
  const auto session = enter(Role::senior);
  const std::string path = "/notices/" + abroad_.id.str() + "/contact";
  for (const auto* wrong :
       {"", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example"})
    EXPECT_EQ(ask("POST", path, session, {{"email", wrong}, {"reason", "r"}}).status, 400) << wrong;
  EXPECT_EQ(read(abroad_.id).contact, "abuse@isp.example");
  EXPECT_EQ(
      ask("POST", path, session, {{"email", "noc@isp.example"}, {"reason", "Their page."}}).status,
      303);
  EXPECT_EQ(read(abroad_.id).contact, "noc@isp.example");
}

TEST_F(NoticesPage, OtherHotlinesNoticesAreNotThere) {
  const auto other = test::add_tenant(*database_, clock_.now());
  const auto theirs = add_notice(other, "NL", "http://gallery.example/theirs");
  const auto session = enter(Role::analyst);
  EXPECT_EQ(ask("GET", "/notices/" + theirs.id.str(), session).status, 404);
  EXPECT_FALSE(has(ask("GET", "/notices", session), takedown::reference(theirs.id)));
}

}  // namespace
}  // namespace hotline::web
