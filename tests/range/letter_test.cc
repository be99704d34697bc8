#include "range/letter.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "range/answer.h"

namespace hotline::range {
namespace {

std::string notice(const std::string& body, const std::string& twin) {
  return "From: notices@hotline.example\r\nTo: abuse@host.example\r\nSubject: Notice\r\n"
         "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=XX\r\n\r\n"
         "--XX\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
         "base64\r\n\r\n" +
         base64(body) +
         "\r\n--XX\r\nContent-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         base64(twin) + "\r\n--XX--\r\n";
}

TEST(Letter, TheHostAndTheLinkAreFoundInAnEncodedMessage) {
  const auto letter = read_letter(notice(
      "Please look at hxxp://known[.]example/album\nAnswer: http://127.0.0.1:8082/n/abcDEF\n",
      "{}"));
  ASSERT_TRUE(letter);
  EXPECT_TRUE(names_host(*letter, "known.example"));
  EXPECT_FALSE(names_host(*letter, "new.example"));
  EXPECT_EQ(letter->answer_link, "http://127.0.0.1:8082/n/abcDEF");
}

TEST(Letter, TheTwinAloneNamesTheHost) {
  const auto letter =
      read_letter(notice("See the attachment.", R"({"url":"http://known.example/album"})"));
  ASSERT_TRUE(letter);
  EXPECT_TRUE(names_host(*letter, "known.example"));
  EXPECT_EQ(letter->answer_link, "");
}

TEST(Letter, ALetterWithoutALinkToAnswerIsStillALetter) {
  const auto letter = read_letter("Subject: Hello\r\n\r\nhttp://known.example/album\r\n");
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->subject, "Hello");
  EXPECT_EQ(letter->answer_link, "");
}

constexpr std::string_view kPage = R"(<!doctype html><form action="/search"><input name="q"></form>
<form method="post" action="/n/abc"><input type="hidden" name="form_key" value="k1">
<input type="radio" name="answer" value="removed"><input type="radio" name="answer" value="not_ours">
<input type="checkbox" name="copy" value="1"><textarea name="words"></textarea>
<button type="submit">Send</button></form>)";

TEST(Answer, TheFormIsFilledInAsAPersonWould) {
  const auto form = find_form(kPage, "not_ours");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->action, "/n/abc");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"form_key", "k1"}, {"answer", "not_ours"}, {"words", ""}};
  EXPECT_EQ(form->fields, expected);
}

TEST(Answer, ButtonsAndListsAreChosenToo) {
  const auto button =
      find_form(R"(<form><button name="a" value="removed">R</button></form>)", "removed");
  ASSERT_TRUE(button);
  EXPECT_EQ(button->fields.size(), 1U);
  const auto list = find_form(
      R"(<form><select name="a"><option value="x">X<option value="dispute">D</select></form>)",
      "dispute");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->fields.front().second, "dispute");
}

TEST(Answer, AnAnswerThatIsNotOfferedIsNotGiven) {
  EXPECT_FALSE(find_form(kPage, "dispute"));
  EXPECT_FALSE(find_form("", "removed"));
}

}  // namespace
}  // namespace hotline::range
