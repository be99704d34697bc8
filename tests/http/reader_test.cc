#include "http/reader.h"

#include <gtest/gtest.h>

namespace hotline::http {
namespace {

using State = RequestReader::State;

/// What becomes of these bytes when they come `step` at a time: "405" or "POST /a abc|GET /b ".
std::string read(std::string_view bytes, std::size_t step, RequestReader::Limits limits = {}) {
  RequestReader reader(limits);
  std::string requests;
  while (true) {
    const auto state = reader.advance();
    if (state == State::refused) return requests + std::to_string(reader.status());
    if (state == State::complete) {
      requests += reader.raw().method + " " + reader.raw().target + " " + reader.body() +
                  (reader.keeps() ? "|" : ".");
      reader.next();
      continue;
    }
    if (bytes.empty()) return requests + (reader.begun() ? "…" : "");
    reader.add(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
}

void expect_read(std::string_view bytes, std::string_view wanted,
                 RequestReader::Limits limits = {}) {
  for (const std::size_t step : {1u, 2u, 3u, 7u, 100u, 100000u})
    EXPECT_EQ(read(bytes, step, limits), wanted) << step << ": " << bytes.substr(0, 200);
}

TEST(Reader, RequestsFollowEachOther) {
  expect_read(
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b?c HTTP/1.1\r\nHost: x\r\n"
      "Content-Length: 3\r\n\r\nabcGET /d HTTP/1.1\r\nHost:x\r\n",
      "GET /a |POST /b?c abc|…");
}

TEST(Reader, ChunksAreJoinedAndTheirTrailersForgotten) {
  expect_read(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;a=b\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST / abc0123456789|GET / |");
}

TEST(Reader, BrokenChunksAreRefused) {
  for (const char* chunks :
       {"g\r\n", "\r\n", "3\r\nabcd", "3\nabc", "-1\r\n", "0x3\r\nabc", "3 4\r\nabc\r\n",
        "1000000000000000\r\n", "3\r\nabc\rX", "0\r\nX: y\n\n", "3;\x01\r\nabc\r\n"})
    expect_read(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks),
        "400");
  expect_read("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", "413");
}

TEST(Reader, ConnectionsEndAsTheirVersionSays) {
  expect_read("GET / HTTP/1.0\r\n\r\n", "GET / .");
  expect_read("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / |");
  expect_read("GET / HTTP/1.1\r\nHost: x\r\nConnection: te, Close\r\n\r\n", "GET / .");
}

TEST(Reader, WhatIsNoRequestIsRefused) {
  for (const char* bytes :
       {"NONSENSE\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n", "GET /\x7f HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\x02\n"})
    expect_read(bytes, "400");
  expect_read("GET / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n",
              "415");
}

TEST(Reader, EmptyLinesBeforeARequestAreLeftOut) {
  expect_read("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n\r\n", "GET / |");
}

TEST(Reader, LimitsHold) {
  const RequestReader::Limits small{64, 5, true};
  expect_read("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(64, 'a'), "431", small);
  expect_read("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(64, 'a') + "\r\n\r\n", "431", small);
  expect_read(std::string(200, '\r') + "\n\r\n", "400", {1000, 5, true});
  expect_read("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef", "413", small);
  const RequestReader::Limits clip{1000, 5, true};
  expect_read(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 9\r\n\r\nabcde",
      "POST / abcde.", clip);
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "\r\n";
  expect_read(lines, "431", small);
}

TEST(Reader, ManySmallChunksWithLongSizesStayWithinTheLimit) {
  std::string bytes = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5000; ++i) bytes += "1;" + std::string(200, 'x') + "\r\na\r\n";
  EXPECT_EQ(read(bytes + "0\r\n\r\n", 4096), "POST / " + std::string(5000, 'a') + "|");
}

TEST(Reader, WhoWaitsToBeToldToContinueIsToldOnce) {
  RequestReader reader(RequestReader::Limits{});
  reader.add("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(reader.advance(), State::more);
  EXPECT_TRUE(reader.take_continue());
  EXPECT_FALSE(reader.take_continue());
  reader.add("abc");
  EXPECT_EQ(reader.advance(), State::complete);
}

}  // namespace
}  // namespace hotline::http
