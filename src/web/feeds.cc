#include "web/feeds.h"

#include "base/json.h"
#include "web/feeds_api.h"

namespace hotline::web {

namespace {

// GET /healthz: up, and the database answers.
http::Response health(db::Database& database) {
  const auto there = database.read([](db::Transaction& tx) { return tx.run("SELECT 1"); });
  return there ? http::json_text("{\"status\":\"ok\"}") : http::problem(there.error());
}

}  // namespace

void add_feeds_routes(http::Router& router, const FeedsParts& parts) {
  auto routes = list_routes(parts);
  for (auto& route : lookup_routes(parts)) routes.push_back(std::move(route));
  const auto limit = std::make_shared<RateLimit>(parts.settings.integer("feeds.rate_max"));
  const std::string description = openapi_text(routes, parts.settings.text("feeds.public_url"));
  for (auto& route : routes)
    router.on(route.method, route.pattern, members_only(parts, limit, std::move(route.handler)));
  router.on("GET", "/api/v1/openapi.json",
            [description](const http::Request&) { return http::json_text(description); });
  router.on("GET", "/healthz",
            [&database = parts.database](const http::Request&) { return health(database); });
}

}  // namespace hotline::web
