#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "raw_client.h"

namespace hotline::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET /hello HTTP/1.1\r\nHost: portal.example\r\n\r\n";
constexpr std::string_view kGetClose =
    "GET /hello HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n\r\n";

Router router() {
  Router routes;
  routes.on("GET", "/hello", [](const Request&) { return plain("good day"); });
  routes.on("GET", "/slow", [](const Request&) {
    std::this_thread::sleep_for(300ms);
    return plain("at last");
  });
  routes.on("GET", "/large", [](const Request&) { return plain(std::string(20'000'000, 'x')); });
  routes.on("POST", "/form", [](const Request& r) { return plain("[" + r.form.get("a") + "]"); });
  routes.on("POST", "/size", [](const Request& r) { return plain(std::to_string(r.body.size())); });
  return routes;
}

std::unique_ptr<Server> serve(ServerOptions options = {}) {
  options.common_headers = {{"Cache-Control", "no-store"}};
  auto server = Server::start(options, router());
  EXPECT_TRUE(server) << server.error().sentence;
  return *std::move(server);
}

std::string ask(const Server& server, std::string_view bytes) {
  RawClient client(server.port());
  client.send(bytes);
  return client.read_all(1000ms);
}

std::string post(std::string_view path, std::string_view body,
                 std::string_view type = "application/x-www-form-urlencoded") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: p.example\r\nConnection: close\r\nContent-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(Server, AnswersWithTheCommonHeaders) {
  const auto server = serve();
  const auto answer = ask(*server, kGetClose);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(has(answer, "Cache-Control: no-store\r\n"));
  EXPECT_TRUE(has(answer, "Content-Length: 8\r\n"));
  EXPECT_TRUE(has(answer, " GMT\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\ngood day"));
}

TEST(Server, ErrorsCarryTheCommonHeadersToo) {
  const auto server = serve();
  for (const std::string_view bytes :
       {"GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "NONSENSE\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "DELETE /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"})
    EXPECT_TRUE(has(ask(*server, bytes), "Cache-Control: no-store\r\n")) << bytes;
}

TEST(Server, HeadHasTheLengthWithoutTheBody) {
  const auto server = serve();
  const auto answer = ask(*server, "HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has(answer, "Content-Length: 8\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  const auto server = serve();
  const auto answer = ask(*server, std::string(kGet) + post("/form", "a=1"));
  const auto first = answer.find("good day");
  const auto second = answer.find("[1]");
  ASSERT_NE(first, std::string::npos) << answer;
  ASSERT_NE(second, std::string::npos) << answer;
  EXPECT_LT(first, second);
}

TEST(Server, AConnectionIsKeptForTheNextRequest) {
  const auto server = serve();
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.send(kGet);
    EXPECT_TRUE(has(client.read_all(300ms), "good day"));
    EXPECT_FALSE(client.closed());
  }
}

TEST(Server, AnOversizedBodyIsRefusedAndTheConnectionCloses) {
  const auto server = serve();
  RawClient client(server->port());
  client.send("POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
  EXPECT_TRUE(has(client.read_all(), " 413 "));
  EXPECT_TRUE(client.closed());
  const auto chunked =
      ask(*server, "POST /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" +
                       std::string(0x20000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(has(chunked, " 413 ")) << chunked.substr(0, 80);
}

TEST(Server, AHugeFormIsReadToTheLimitAndAnsweredWhereTheListenerWantsIt) {
  ServerOptions options;
  options.clip_large_forms = true;
  const auto server = serve(options);
  const auto answer = ask(*server, post("/form", "a=kept&b=" + std::string(10'000'000, 'x')));
  EXPECT_TRUE(has(answer, "[kept]")) << answer.substr(0, 80);
  const auto other = ask(*server, post("/size", std::string(200'000, 'x'), "text/plain"));
  EXPECT_TRUE(has(other, " 413 ")) << other.substr(0, 80);
}

TEST(Server, ALengthBeyondAllMeasureCostsNothing) {
  const auto server = serve();
  const auto answer =
      ask(*server, "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999\r\n\r\n");
  EXPECT_TRUE(has(answer, " 413 ")) << answer.substr(0, 80);
}

TEST(Server, AnOversizedHeaderIsRefused) {
  const auto server = serve();
  const auto answer =
      ask(*server, "GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(has(answer, " 431 ")) << answer.substr(0, 80);
}

TEST(Server, AFileIsRefusedBeforeItsBytesAreSent) {
  const auto server = serve();
  RawClient client(server->port());
  client.send(
      "POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
      "boundary=b\r\nContent-Length: 500\r\n\r\n");
  EXPECT_TRUE(has(client.read_all(), " 415 "));
  EXPECT_TRUE(client.closed());
}

TEST(Server, AmbiguousFramingIsRefused) {
  const auto server = serve();
  for (const std::string_view headers :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: xchunked\r\n",
        "Content-Length: -1\r\n", "Content-Length: 0x3\r\n", "Host: b\r\n"}) {
    const auto answer =
        ask(*server, "POST /size HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\nabc");
    EXPECT_TRUE(has(answer, "HTTP/1.1 400 ")) << headers << answer.substr(0, 60);
    EXPECT_FALSE(has(answer, " 200 ")) << headers;
  }
}

TEST(Server, AChunkedBodyIsRead) {
  const auto server = serve();
  const auto answer = ask(
      *server,
      "POST /size HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\n5")) << answer;
}

TEST(Server, AClientThatAsksFirstIsToldToContinue) {
  const auto server = serve();
  RawClient client(server->port());
  client.send(
      "POST /size HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_TRUE(has(client.read_all(300ms), "100 Continue"));
  client.send("abc");
  EXPECT_TRUE(has(client.read_all(300ms), " 200 "));
}

TEST(Server, ATricklingHeaderIsCutAtItsTotalDeadline) {
  ServerOptions options;
  options.request_deadline = 1s;
  const auto server = serve(options);
  RawClient client(server->port());
  const auto start = std::chrono::steady_clock::now();
  client.send("GET /hello HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 40 && client.send("X: y\r\n"); ++i) std::this_thread::sleep_for(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST(Server, AnIdleConnectionIsClosed) {
  ServerOptions options;
  options.idle_deadline = 1s;
  const auto server = serve(options);
  RawClient client(server->port());
  client.read_all(3000ms);
  EXPECT_TRUE(client.closed());
}

TEST(Server, AReaderThatStopsIsCutOff) {
  ServerOptions options;
  options.response_deadline = 1s;
  const auto server = serve(options);
  RawClient client(server->port());
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(2s);
  EXPECT_LT(client.read_all(500ms).size(), 20'000'000u);
  EXPECT_TRUE(client.closed());
}

TEST(Server, SlowClientsDoNotKeepOthersOut) {
  ServerOptions options;
  options.connections_max = 20;
  const auto server = serve(options);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(std::make_unique<RawClient>(server->port()));
    slow.back()->send("GET /hello HTTP/1.1\r\nHost");
  }
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(has(ask(*server, kGetClose), "good day"));
}

TEST(Server, StoppingWaitsForTheRunningAnswer) {
  auto server = serve();
  RawClient client(server->port());
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(100ms);
  server->stop(2s);
  EXPECT_TRUE(has(client.read_all(), "at last"));
  EXPECT_TRUE(client.closed());
  RawClient late(server->port());
  EXPECT_FALSE(late.connected());
}

TEST(Server, StoppingDoesNotWaitForIdleClients) {
  auto server = serve();
  RawClient client(server->port());
  client.send(kGet);
  EXPECT_TRUE(has(client.read_all(200ms), "good day"));
  const auto start = std::chrono::steady_clock::now();
  server->stop(5s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(Server, ATakenPortIsUnavailable) {
  const auto server = serve();
  ServerOptions same;
  same.port = server->port();
  const auto second = Server::start(same, router());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
}

TEST(Server, ManyClientsAtOnceAllGetTheirAnswer) {
  const auto server = serve();
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        if (has(ask(*server, kGetClose), "good day")) ++good;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
}

}  // namespace
}  // namespace hotline::http
