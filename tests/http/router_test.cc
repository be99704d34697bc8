#include <gtest/gtest.h>

#include <stdexcept>

#include "http/http.h"

namespace hotline::http {
namespace {

Request request(std::string method, std::string path) {
  Request made;
  made.method = std::move(method);
  made.path = std::move(path);
  return made;
}

Router router() {
  Router routes;
  routes.on("GET", "/", [](const Request&) { return plain("home"); });
  routes.on("GET", "/cases/{id}/items",
            [](const Request& r) { return plain("items of " + r.path_values.at("id")); });
  routes.on("POST", "/cases/{id}/items", [](const Request&) { return plain("posted"); });
  routes.on("GET", "/broken",
            [](const Request&) -> Response { throw std::runtime_error("a bug"); });
  return routes;
}

TEST(Router, ASegmentInBracesTakesOneSegment) {
  EXPECT_EQ(router().answer(request("GET", "/cases/c1/items")).body, "items of c1");
  EXPECT_EQ(router().answer(request("GET", "/cases//items")).status, 404);
  EXPECT_EQ(router().answer(request("GET", "/cases/a/b/items")).status, 404);
}

TEST(Router, HeadIsAnsweredFromGet) {
  EXPECT_EQ(router().answer(request("HEAD", "/")).body, "home");
}

TEST(Router, AnotherMethodIs405AndNamesTheRightOnes) {
  const auto response = router().answer(request("DELETE", "/cases/c1/items"));
  EXPECT_EQ(response.status, 405);
  bool named = false;
  for (const auto& [name, value] : response.headers)
    if (name == "Allow") named = value == "GET, HEAD, POST";
  EXPECT_TRUE(named);
}

TEST(Router, AnExceptionBecomes500WithoutItsText) {
  const auto response = router().answer(request("GET", "/broken"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("a bug"), std::string::npos);
}

TEST(Router, APageOfOurOwnMayStandForRefusals) {
  auto routes = router();
  routes.otherwise([](const Request& r, int status) { return html(r.path, status); });
  EXPECT_EQ(routes.answer(request("GET", "/none")).body, "/none");
  EXPECT_EQ(routes.answer(request("PUT", "/")).status, 405);
  EXPECT_EQ(routes.answer(request("GET", "/broken")).body, "/broken");
}

}  // namespace
}  // namespace hotline::http
