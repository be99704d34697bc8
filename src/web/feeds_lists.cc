// GET /api/v1/lists…: what is on the lists, as a whole, as changes, and signed.
#include "base/json.h"
#include "base/text.h"
#include "facts/facts.h"
#include "lists/list_store.h"
#include "lists/url_list.h"
#include "web/feeds_api.h"

namespace hotline::web {

namespace {

constexpr std::string_view kNdjson = "application/x-ndjson";
constexpr int kLimitInitial = 1000, kLimitMax = 10000;

constexpr const char* kEntryExample =
    R"({"id":"ent_01hq3zjw5x0000000000000000","url":"http://gallery.example/a","match":"exact","category":"B","reason":"confirmed","country":"NL","provenance":"case_assessed cas_01hq3zjw5x0000000000000000 2030-03-04T09:00:00Z","appeal":"https://hotline.example/appeal","added_at":"2030-03-04T09:05:00Z","expires_at":"2030-04-03T09:05:00Z","version":17})"
    "\n";
constexpr const char* kChangesExample =
    R"({"id":"ent_01hq3zjw5x0000000000000000","deleted":true,"reason":"item_gone","version":18})"
    "\n"
    R"({"next":18,"more":false,"entries":0,"state_sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})"
    "\n";

std::chrono::seconds wait_of(const Settings& settings) {
  return std::chrono::duration_cast<std::chrono::seconds>(settings.duration("lists.poll"));
}

/// One row a download; a fact where entries went out. Both are there before the answer leaves.
Done log_delivery(const FeedsParts& parts, const Caller& caller, std::string_view kind,
                  std::int64_t since, std::int64_t version, std::int64_t entries) {
  const Instant now = parts.clock.now();
  return parts.database.transact([&](db::Transaction& tx) -> Done {
    TRY_DONE(lists::ListStore(tx).add_delivery({caller.member.tenant, caller.member.id.str(),
                                                std::string(lists::kUrlList), std::string(kind),
                                                since, version, entries, now}));
    if (entries == 0 || kind == "manifest") return {};
    facts::Fact fact;
    fact.tenant = caller.member.tenant.str();
    fact.kind = "list_delivered";
    fact.actor = caller.member.id.str();
    fact.subject = caller.member.id.str();
    fact.details = {
        {"list", lists::kUrlList}, {"as", kind}, {"version", version}, {"entries", entries}};
    fact.at = now;
    return facts::FactStore(tx).append(fact);
  });
}

// GET /api/v1/lists
http::Response all_lists(const FeedsParts& parts, const Caller& caller) {
  const auto snapshot = parts.feed.snapshot(parts.database, caller.member.tenant);
  if (!snapshot) return http::problem(snapshot.error());
  const json::object urls{{"id", lists::kUrlList},
                          {"match", "exact"},
                          {"version", (*snapshot)->version},
                          {"entries", (*snapshot)->entries},
                          {"state_sha256", (*snapshot)->state_sha256},
                          {"wait_seconds", wait_of(parts.settings).count()},
                          {"href", "/api/v1/lists/urls"}};
  return http::json_text(json::serialize(json::object{{"lists", json::array{urls}}}));
}

bool has_state(const http::Request& request, const std::string& etag) {
  const auto known = request.headers.find("if-none-match");
  if (known == request.headers.end()) return false;
  for (const auto one : split(known->second, ','))
    if (trim(one) == etag || trim(one) == "*") return true;
  return false;
}

// GET /api/v1/lists/urls
http::Response snapshot(const FeedsParts& parts, const http::Request& request,
                        const Caller& caller) {
  const auto state = parts.feed.snapshot(parts.database, caller.member.tenant);
  if (!state) return http::problem(state.error());
  const std::string etag = "\"" + (*state)->state_sha256 + "\"";
  http::Response response;
  response.header("ETag", etag);
  response.header("List-Version", std::to_string((*state)->version));
  response.header("Cache-Control", "private, no-cache");
  if (has_state(request, etag)) {
    response.status = 304;
    return response;
  }
  const Done logged =
      log_delivery(parts, caller, "snapshot", 0, (*state)->version, (*state)->entries);
  if (!logged) return http::problem(logged.error());
  response.header("Content-Type", std::string(kNdjson));
  response.body = (*state)->lines;
  return response;
}

// GET /api/v1/lists/urls/changes?since=VERSION&limit=N
http::Response changes(const FeedsParts& parts, const http::Request& request,
                       const Caller& caller) {
  const auto since = parse_integer(request.query.get("since"));
  if (!since) return refuse_field("?since", "since must be the `next` of the last answer, or 0.");
  std::int64_t limit = kLimitInitial;
  if (request.query.has("limit")) {
    const auto given = parse_integer(request.query.get("limit"));
    if (!given || *given < 1 || *given > kLimitMax)
      return refuse_field("?limit", "limit must be a whole number from 1 to 10000.");
    limit = *given;
  }
  const auto found =
      parts.feed.changes(parts.database, caller.member.tenant, *since, static_cast<int>(limit));
  if (!found && found.error().kind != ErrorKind::invalid) return http::problem(found.error());
  if (!found) return refuse_field("?since", found.error().sentence);
  const Done logged = log_delivery(parts, caller, "changes", *since, found->next, found->count);
  if (!logged) return http::problem(logged.error());
  http::Response response;
  response.header("Content-Type", std::string(kNdjson));
  response.header("List-Version", std::to_string(found->next));
  if (!found->more) response.header("Retry-After", std::to_string(wait_of(parts.settings).count()));
  response.body = found->lines;
  return response;
}

// GET /api/v1/lists/urls/manifest
http::Response manifest(const FeedsParts& parts, const Caller& caller) {
  const auto state = parts.feed.snapshot(parts.database, caller.member.tenant);
  if (!state) return http::problem(state.error());
  const Done logged =
      log_delivery(parts, caller, "manifest", 0, (*state)->version, (*state)->entries);
  if (!logged) return http::problem(logged.error());
  return http::json_text(lists::signed_manifest(**state, parts.list_keys, parts.clock.now(),
                                                parts.settings.duration("lists.manifest_valid"),
                                                wait_of(parts.settings)));
}

ApiRoute changes_route(const FeedsParts& parts) {
  return {
      "GET",
      "/api/v1/lists/urls/changes",
      "changes_of_url_list",
      "What was added, changed and removed after a version; the last line says where to go on.",
      {{"since", "query", "integer", true, "The `next` of the last answer; 0 at first."},
       {"limit", "query", "integer", false, "At most so many lines, 1 to 10000; 1000 if missing."}},
      "",
      {{200, std::string(kNdjson), "Entries, tombstones and the closing line.", kChangesExample},
       {400, "application/problem+json", "since or limit is wrong.",
        R"({"type":"about:blank","title":"Bad Request","status":400})"}},
      [parts](const auto& request, const auto& caller) { return changes(parts, request, caller); }};
}

}  // namespace

std::vector<ApiRoute> list_routes(const FeedsParts& parts) {
  std::vector<ApiRoute> routes;
  routes.push_back(
      {"GET",
       "/api/v1/lists",
       "lists",
       "The lists that this key may download.",
       {},
       "",
       {{200, "application/json", "The lists with their versions.",
         R"({"lists":[{"id":"urls","match":"exact","version":17,"entries":1,"state_sha256":"…","wait_seconds":300,"href":"/api/v1/lists/urls"}]})"}},
       [parts](const auto&, const auto& caller) { return all_lists(parts, caller); }});
  routes.push_back(
      {"GET",
       "/api/v1/lists/urls",
       "url_list",
       "The whole URL list: one entry a line, sorted by id. The ETag is the SHA-256 of the body.",
       {{"If-None-Match", "header", "string", false,
         "The ETag that you have: 304 if it still is the list."}},
       "",
       {{200, std::string(kNdjson), "The list.", kEntryExample},
        {304, "", "You have it already.", ""}},
       [parts](const auto& request, const auto& caller) {
         return snapshot(parts, request, caller);
       }});
  routes.push_back(changes_route(parts));
  routes.push_back(
      {"GET",
       "/api/v1/lists/urls/manifest",
       "manifest_of_url_list",
       "What the list is now, signed with Ed25519 over the bytes of `payload`.",
       {},
       "",
       {{200, "application/json", "Payload, signature and public key.",
         R"({"payload":"{\"list\":\"urls\",\"version\":17,…}","algorithm":"Ed25519","signature":"…","public_key":"…"})"}},
       [parts](const auto&, const auto& caller) { return manifest(parts, caller); }});
  return routes;
}

}  // namespace hotline::web
