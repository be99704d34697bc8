#include "web/feeds.h"

#include "base/json.h"
#include "web/feeds_api.h"
#include "web/report_api.h"

namespace hotline::web {

namespace {

// GET /healthz: up, and the database answers.
http::Response health(db::Database& database) {
  const auto there = database.read([](db::Transaction& tx) { return tx.run("SELECT 1"); });
  return there ? http::json_text("{\"status\":\"ok\"}") : http::problem(there.error());
}

}  // namespace

std::vector<ApiRoute> member_routes(const FeedsParts& parts) {
  auto routes = list_routes(parts);
  for (auto& route : lookup_routes(parts)) routes.push_back(std::move(route));
  for (auto& route : hma_routes(parts)) routes.push_back(std::move(route));
  if (parts.drop)
    for (auto& route : report_routes(parts, *parts.drop)) routes.push_back(std::move(route));
  return routes;
}

void add_feeds_routes(http::Router& router, const FeedsParts& parts) {
  auto routes = member_routes(parts);
  const auto limit = std::make_shared<RateLimit>(parts.settings.integer("feeds.rate_max"));
  const std::string description = openapi_text(routes, parts.settings.text("feeds.public_url"));
  for (auto& route : routes) {
    if (route.quick) {
      router.on_quick(route.method, route.pattern, quick_members_only(parts, limit, route));
      continue;
    }
    auto handler = members_only(parts, limit, route.scope, std::move(route.handler));
    if (!route.pattern.starts_with("/api/")) handler = with_hma_message(std::move(handler));
    router.on(route.method, route.pattern, std::move(handler));
  }
  router.on("GET", "/api/v1/openapi.json",
            [description](const http::Request&) { return http::json_text(description); });
  router.on("GET", "/healthz",
            [&database = parts.database](const http::Request&) { return health(database); });
}

}  // namespace hotline::web
