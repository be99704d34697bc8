#include "web/answer.h"

#include "notice_pages.h"

namespace hotline::web {
namespace {

class AnswerPage : public NoticePages {
 protected:
  std::string path() { return "/n/" + takedown_->answer_token(abroad_.id); }
  std::size_t answers() {
    return database_
        ->read([&](db::Transaction& tx) { return takedown::NoticeStore(tx).answers(abroad_.id); })
        ->size();
  }
};

TEST_F(AnswerPage, OpensByItsLinkAloneAndIsEscaped) {
  const auto page = ask("GET", path());
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(has(page, takedown::reference(abroad_.id)));
  EXPECT_TRUE(has(page, "hxxp://gallery[.]example/"));
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_TRUE(has(page, "Hotline &lt;b&gt;&amp;"));
  EXPECT_FALSE(has(page, "http://gallery.example"));
  for (const auto answer : takedown::kAnswers)
    EXPECT_TRUE(has(page, "value=\"" + std::string(name(answer)) + "\"")) << name(answer);
}

TEST_F(AnswerPage, TakesEachAnswerOnce) {
  std::size_t count = 0;
  for (const auto answer : takedown::kAnswers) {
    const std::vector<std::pair<std::string, std::string>> form = {
        {"answer", std::string(name(answer))}, {"words", "<b>done</b>"}};
    const auto first = ask("POST", path(), "", form);
    EXPECT_EQ(first.status, 303);
    EXPECT_EQ(ask("POST", path(), "", form).status, 303);  // A reload says nothing new.
    EXPECT_EQ(answers(), ++count);
  }
  EXPECT_TRUE(has(ask("GET", path() + "?said=1"), "We have your answer"));
  const auto staff = ask("GET", "/notices/" + abroad_.id.str(), enter(Role::analyst));
  EXPECT_TRUE(has(staff, "&lt;b&gt;done"));
  EXPECT_FALSE(has(staff, "<b>done"));
}

TEST_F(AnswerPage, UnknownMistypedAndExpiredLinksLookTheSame) {
  const auto unknown = ask("GET", "/n/" + std::string(27, 'A'));
  EXPECT_EQ(unknown.status, 404);
  for (const std::string& other : {std::string("x"), std::string(500, 'y'), std::string("%00")})
    EXPECT_EQ(ask("GET", "/n/" + other).body, unknown.body);
  EXPECT_EQ(ask("POST", "/n/" + std::string(27, 'A'), "", {{"answer", "nonsense"}}).body,
            unknown.body);
  clock_.advance(24h * 100);
  EXPECT_EQ(ask("GET", path()).body, unknown.body);
  EXPECT_EQ(ask("POST", path(), "", {{"answer", "removed"}}).body, unknown.body);
  EXPECT_EQ(answers(), 0u);
}

TEST_F(AnswerPage, AWrongAnswerIsRefusedAndChangesNothing) {
  EXPECT_EQ(ask("POST", path()).status, 400);
  EXPECT_EQ(ask("POST", path(), "", {{"answer", "escalated"}}).status, 400);
  EXPECT_EQ(answers(), 0u);
}

TEST_F(AnswerPage, AFloodOfAnswersFillsNoDisk) {
  for (int i = 0; i < 60; ++i)
    ask("POST", path(), "",
        {{"answer", "received"}, {"words", std::to_string(i) + std::string(9000, 'x')}});
  EXPECT_LE(answers(), 50u);
}

}  // namespace
}  // namespace hotline::web
