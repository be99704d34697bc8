#include "http/framing.h"

#include <gtest/gtest.h>

namespace hotline::http {
namespace {

RawRequest post(std::vector<std::pair<std::string, std::string>> headers) {
  headers.emplace_back("host", "portal.example");
  return {"POST", "/", true, std::move(headers)};
}

TEST(Framing, TwoWaysToEndABodyAreRefused) {
  EXPECT_EQ(refusal_of(post({{"content-length", "3"}, {"transfer-encoding", "chunked"}})), 400);
  EXPECT_EQ(refusal_of(post({{"content-length", "3"}, {"content-length", "3"}})), 400);
  EXPECT_EQ(refusal_of(post({{"content-length", "3, 3"}})), 400);
  EXPECT_EQ(refusal_of(post({{"content-length", "+3"}})), 400);
  EXPECT_EQ(refusal_of(post({{"transfer-encoding", "gzip, chunked"}})), 400);
  EXPECT_EQ(refusal_of(post({{"transfer-encoding", "chunked"}, {"transfer-encoding", "chunked"}})),
            400);
  EXPECT_EQ(refusal_of(post({{"transfer-encoding", "chunked"}})), 0);
  EXPECT_EQ(refusal_of(post({{"content-length", "3"}})), 0);
}

TEST(Framing, ChunkedIsUnknownToHttp10) {
  auto raw = post({{"transfer-encoding", "chunked"}});
  raw.http_1_1 = false;
  EXPECT_EQ(refusal_of(raw), 400);
}

TEST(Framing, OneHostIsNeeded) {
  EXPECT_EQ(refusal_of({"GET", "/", true, {}}), 400);
  EXPECT_EQ(refusal_of({"GET", "/", false, {}}), 0);
  EXPECT_EQ(refusal_of(post({{"host", "other.example"}})), 400);
}

TEST(Framing, FilesAreRefusedBeforeTheyAreRead) {
  EXPECT_EQ(refusal_of(post({{"content-type", "multipart/form-data; boundary=x"}})), 415);
  EXPECT_EQ(refusal_of(post({{"content-type", "Multipart/Mixed"}})), 415);
  EXPECT_EQ(refusal_of(post({{"content-encoding", "gzip"}})), 415);
  EXPECT_EQ(refusal_of(post({{"content-type", "application/x-www-form-urlencoded"}})), 0);
}

TEST(Framing, ThePathIsDecodedAndTheQueryRead) {
  const auto request = request_of({"GET", "/ar/%D8%B4?code=a+b&x=1#f", true, {}}, "");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/ar/ش");
  EXPECT_EQ(request->query.get("code"), "a b");
  EXPECT_EQ(request->query.get("x"), "1");
}

TEST(Framing, PathsThatClimbOrBreakAreRefused) {
  for (const char* target : {"/../etc", "/a/%2e%2e/b", "/%00", "/%4", "/%zz", "*", "relative", ""})
    EXPECT_FALSE(request_of({"GET", target, true, {}}, "")) << target;
}

TEST(Framing, TheAbsoluteFormIsReadAsItsPath) {
  EXPECT_EQ(request_of({"GET", "http://portal.example/en/", true, {}}, "")->path, "/en/");
  EXPECT_EQ(request_of({"GET", "http://portal.example", true, {}}, "")->path, "/");
}

TEST(Framing, CookiesAreSplitAndTheFirstOfOneNameCounts) {
  const auto request = request_of({"GET", "/", true, {{"cookie", "a=1; b=2=3; a=4; broken"}}}, "");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->cookies.at("a"), "1");
  EXPECT_EQ(request->cookies.at("b"), "2=3");
  EXPECT_EQ(request->cookies.size(), 2u);
}

TEST(Framing, OnlyAFormIsReadAsAForm) {
  const auto json = request_of({"POST", "/", true, {{"content-type", "application/json"}}}, "a=1");
  EXPECT_FALSE(json->form.has("a"));
  EXPECT_EQ(json->body, "a=1");
  const auto form = request_of(
      {"POST", "/", true, {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}}},
      "a=1");
  EXPECT_EQ(form->form.get("a"), "1");
}

TEST(Framing, ALineBreakInAHeaderCannotBeginAnother) {
  auto response = plain("x");
  response.header("Location", "/a\r\nSet-Cookie: b=c");
  const auto head = head_text(response, {}, "now", "");
  EXPECT_EQ(head.find("\nSet-Cookie"), std::string::npos) << head;
  EXPECT_NE(head.find("Location: /a  Set-Cookie: b=c\r\n"), std::string::npos) << head;
}

TEST(Framing, AHandlersOwnHeaderStays) {
  auto response = plain("x");
  response.header("cache-control", "max-age=60");
  const auto head =
      head_text(response, {{"Cache-Control", "no-store"}, {"X-A", "1"}}, "now", "close");
  EXPECT_EQ(head.find("Cache-Control"), std::string::npos) << head;
  EXPECT_NE(head.find("cache-control: max-age=60\r\n"), std::string::npos) << head;
  for (const char* line : {"HTTP/1.1 200 OK\r\n", "X-A: 1\r\n", "Date: now\r\n",
                           "Content-Length: 1\r\n", "Connection: close\r\n\r\n"})
    EXPECT_NE(head.find(line), std::string::npos) << head;
}

}  // namespace
}  // namespace hotline::http
