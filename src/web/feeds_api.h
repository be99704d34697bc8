// The member API as a table: what is routed is what is described.
//
// Around every route stand the same questions: which key (401), not too often
// (429), is this POST a repetition (Idempotency-Key). Refusals are RFC 9457
// problems that carry the Request-Id and, for a wrong field, where it stands.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/members.h"
#include "http/http.h"
#include "web/feeds.h"

namespace hotline::web {

/// Who asks.
struct Caller {
  accounts::Member member;
};
using ApiHandler = std::function<http::Response(const http::Request&, const Caller&)>;

struct ApiParameter {
  std::string name, where, type;  ///< where: query, path or header; type: as in JSON Schema.
  bool required = false;
  std::string meaning;
};
struct ApiAnswer {
  int status = 200;
  std::string media_type, meaning, example;
};
struct ApiRoute {
  std::string method, pattern, id, summary;
  std::vector<ApiParameter> parameters;
  std::string request_example;  ///< JSON; empty where there is no body.
  std::vector<ApiAnswer> answers;
  ApiHandler handler;
  /// What the key must be allowed to: lists, lookups, feedback or reports.
  std::string scope = {};
  /// Answered from memory in microseconds: on the server's own thread, with no database.
  bool quick = false;
};

/// Every route that needs a key.
[[nodiscard]] std::vector<ApiRoute> list_routes(const FeedsParts& parts);    // feeds_lists.cc
[[nodiscard]] std::vector<ApiRoute> lookup_routes(const FeedsParts& parts);  // feeds_lookups.cc
[[nodiscard]] std::vector<ApiRoute> hma_routes(const FeedsParts& parts);     // hma.cc
/// All of them.
[[nodiscard]] std::vector<ApiRoute> member_routes(const FeedsParts& parts);

/// The handler whose refusals say `message` too, as HMA's clients expect it.
[[nodiscard]] http::Handler with_hma_message(http::Handler handler);  // hma.cc

/// OpenAPI 3.1 of these routes.
[[nodiscard]] std::string openapi_text(const std::vector<ApiRoute>& routes,
                                       std::string_view server_url);

/// A problem with the place of the wrong field: "/hashes/3/sha256", or "?since".
[[nodiscard]] http::Response refuse_field(std::string_view pointer, std::string_view sentence);

/// How often each key has asked in its running minute. Safe from several threads; forgets at
/// restart; holds only keys that are valid.
class RateLimit {
 public:
  explicit RateLimit(std::int64_t per_minute);
  ~RateLimit();
  struct Answer {
    bool allowed;
    std::int64_t limit, remaining, reset_seconds;
  };
  Answer ask(const std::string& credential, Instant now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The handler with key, rate limit, Request-Id and (for POST) idempotency around it.
[[nodiscard]] http::Handler members_only(const FeedsParts& parts, std::shared_ptr<RateLimit> limit,
                                         std::string scope, ApiHandler handler);
/// The same for a quick route: keys from memory, and no idempotency, because it changes nothing.
[[nodiscard]] http::Handler quick_members_only(const FeedsParts& parts,
                                               std::shared_ptr<RateLimit> limit,
                                               const ApiRoute& route);

}  // namespace hotline::web
