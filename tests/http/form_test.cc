#include <gtest/gtest.h>

#include "http/http.h"

namespace hotline::http {
namespace {

TEST(Form, FieldsKeepTheirOrderAndMayRepeat) {
  const auto form = parse_form("a=1&b=two+words&a=3");
  EXPECT_EQ(form.get("a"), "1");
  EXPECT_EQ(form.get("b"), "two words");
  EXPECT_EQ(form.all("a"), (std::vector<std::string>{"1", "3"}));
  EXPECT_FALSE(form.has("c"));
  EXPECT_EQ(form.get("c"), "");
}

TEST(Form, BrokenEscapesStandAsTheyCame) {
  EXPECT_EQ(parse_form("a=100%").get("a"), "100%");
  EXPECT_EQ(parse_form("a=%zz%4").get("a"), "%zz%4");
  EXPECT_EQ(parse_form("a=%D9%86%D8%B9%D9%85").get("a"), "نعم");
  EXPECT_EQ(parse_form("a=%00b").get("a"), std::string("\0b", 2));
}

TEST(Form, EqualsSignsAfterTheFirstBelongToTheValue) {
  EXPECT_EQ(parse_form("u=http://gallery.example/?x=1").get("u"), "http://gallery.example/?x=1");
  EXPECT_TRUE(parse_form("alone").has("alone"));
  EXPECT_TRUE(parse_form("&&&").list().empty());
}

TEST(Form, AFloodOfFieldsEnds) {
  std::string body;
  for (int i = 0; i < 30000; ++i) body += "a&";
  EXPECT_EQ(parse_form(body).list().size(), 2000u);
}

TEST(Problem, EachErrorKindHasItsStatus) {
  EXPECT_EQ(problem({ErrorKind::invalid, "x"}).status, 400);
  EXPECT_EQ(problem({ErrorKind::not_found, "x"}).status, 404);
  EXPECT_EQ(problem({ErrorKind::conflict, "x"}).status, 409);
  EXPECT_EQ(problem({ErrorKind::forbidden, "x"}).status, 403);
  EXPECT_EQ(problem({ErrorKind::unavailable, "x"}).status, 503);
  EXPECT_EQ(problem({ErrorKind::corrupt, "x"}).status, 500);
}

TEST(Problem, TheSentenceIsEscapedJson) {
  const auto response = problem({ErrorKind::invalid, "a \"quoted\" word"});
  EXPECT_NE(response.body.find("a \\\"quoted\\\" word"), std::string::npos);
  EXPECT_EQ(response.headers.at(0).second, "application/problem+json");
}

}  // namespace
}  // namespace hotline::http
