// GET /api/v1/lists…: what is on the lists, as a whole, as changes, and signed.
#include "base/json.h"
#include "base/text.h"
#include "facts/facts.h"
#include "lists/hash_list.h"
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
constexpr const char* kHashExample =
    R"({"id":"knw_01hq3zjw5x0000000000000000","md5":"11111111111111111111111111111111","sha1":"2222222222222222222222222222222222222222","sha256":"3333333333333333333333333333333333333333333333333333333333333333","pdq":"f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0","pdq_quality":80,"scheme":"uk_abc@1","category":"B","graders":2,"added_at":"2030-03-04T09:05:00Z","version":4})"
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
Done log_delivery(const FeedsParts& parts, const Caller& caller, std::string_view list,
                  std::string_view kind, std::int64_t since, std::int64_t version,
                  std::int64_t entries) {
  const Instant now = parts.clock.now();
  return parts.database.transact([&](db::Transaction& tx) -> Done {
    TRY_DONE(lists::ListStore(tx).add_delivery({caller.member.tenant, caller.member.id.str(),
                                                std::string(list), std::string(kind), since,
                                                version, entries, now}));
    if (entries == 0 || kind == "manifest") return {};
    facts::Fact fact;
    fact.tenant = caller.member.tenant.str();
    fact.kind = "list_delivered";
    fact.actor = caller.member.id.str();
    fact.subject = caller.member.id.str();
    fact.details = {{"list", list}, {"as", kind}, {"version", version}, {"entries", entries}};
    fact.at = now;
    return facts::FactStore(tx).append(fact);
  });
}

// GET /api/v1/lists
http::Response all_lists(const FeedsParts& parts, const Caller& caller) {
  json::array all;
  for (const auto list : lists::all_lists()) {
    const auto snapshot = parts.feed.snapshot(parts.database, caller.member.tenant, list);
    if (!snapshot) return http::problem(snapshot.error());
    all.push_back({{"id", list},
                   {"match", list == lists::kUrlList ? "exact" : "exact_or_near"},
                   {"version", (*snapshot)->version},
                   {"entries", (*snapshot)->entries},
                   {"state_sha256", (*snapshot)->state_sha256},
                   {"wait_seconds", wait_of(parts.settings).count()},
                   {"href", "/api/v1/lists/" + std::string(list)}});
  }
  return http::json_text(json::serialize(json::object{{"lists", std::move(all)}}));
}

bool has_state(const http::Request& request, const std::string& etag) {
  const auto known = request.headers.find("if-none-match");
  if (known == request.headers.end()) return false;
  for (const auto one : split(known->second, ','))
    if (trim(one) == etag || trim(one) == "*") return true;
  return false;
}

// GET /api/v1/lists/urls, …/hashes
http::Response snapshot(const FeedsParts& parts, std::string_view list,
                        const http::Request& request, const Caller& caller) {
  const auto state = parts.feed.snapshot(parts.database, caller.member.tenant, list);
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
      log_delivery(parts, caller, list, "snapshot", 0, (*state)->version, (*state)->entries);
  if (!logged) return http::problem(logged.error());
  response.header("Content-Type", std::string(kNdjson));
  response.body = (*state)->lines;
  return response;
}

// GET /api/v1/lists/urls/changes?since=VERSION&limit=N
http::Response changes(const FeedsParts& parts, std::string_view list, const http::Request& request,
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
  const auto found = parts.feed.changes(parts.database, caller.member.tenant, list, *since,
                                        static_cast<int>(limit));
  if (!found && found.error().kind != ErrorKind::invalid) return http::problem(found.error());
  if (!found) return refuse_field("?since", found.error().sentence);
  const Done logged =
      log_delivery(parts, caller, list, "changes", *since, found->next, found->count);
  if (!logged) return http::problem(logged.error());
  http::Response response;
  response.header("Content-Type", std::string(kNdjson));
  response.header("List-Version", std::to_string(found->next));
  if (!found->more) response.header("Retry-After", std::to_string(wait_of(parts.settings).count()));
  response.body = found->lines;
  return response;
}

// GET /api/v1/lists/urls/manifest: as the worker signed it; no key is on this machine's door.
http::Response manifest(const FeedsParts& parts, std::string_view list, const Caller& caller) {
  const auto signed_one = parts.database.read([&](db::Transaction& tx) {
    return lists::ListStore(tx).manifest(caller.member.tenant, list);
  });
  if (!signed_one) return http::problem(signed_one.error());
  if (!*signed_one)
    return std::move(http::problem_of_status(503, "The list has not been signed yet.")
                         .header("Retry-After", "5"));
  const Done logged = log_delivery(parts, caller, list, "manifest", 0, (*signed_one)->version, 0);
  if (!logged) return http::problem(logged.error());
  return http::json_text((*signed_one)->text);
}

/// How one list presents itself in the description.
struct ListDoors {
  std::string_view list, words, entry_example;
};
constexpr ListDoors kDoors[] = {{lists::kUrlList, "URL list", kEntryExample},
                                {lists::kHashList, "hash list", kHashExample}};

ApiRoute snapshot_route(const FeedsParts& parts, const ListDoors& door) {
  return {"GET",
          "/api/v1/lists/" + std::string(door.list),
          "list_of_" + std::string(door.list),
          "The whole " + std::string(door.words) +
              ": one entry a line, sorted by id. The ETag is the SHA-256 of the body.",
          {{"If-None-Match", "header", "string", false,
            "The ETag that you have: 304 if it still is the list."}},
          "",
          {{200, std::string(kNdjson), "The list.", std::string(door.entry_example)},
           {304, "", "You have it already.", ""}},
          [parts, list = door.list](const auto& request, const auto& caller) {
            return snapshot(parts, list, request, caller);
          }};
}

ApiRoute changes_route(const FeedsParts& parts, const ListDoors& door) {
  return {
      "GET",
      "/api/v1/lists/" + std::string(door.list) + "/changes",
      "changes_of_" + std::string(door.list),
      "What was added, changed and removed after a version; the last line says where to go on.",
      {{"since", "query", "integer", true, "The `next` of the last answer; 0 at first."},
       {"limit", "query", "integer", false, "At most so many lines, 1 to 10000; 1000 if missing."}},
      "",
      {{200, std::string(kNdjson), "Entries, tombstones and the closing line.", kChangesExample},
       {400, "application/problem+json", "since or limit is wrong.",
        R"({"type":"about:blank","title":"Bad Request","status":400})"}},
      [parts, list = door.list](const auto& request, const auto& caller) {
        return changes(parts, list, request, caller);
      }};
}

ApiRoute manifest_route(const FeedsParts& parts, const ListDoors& door) {
  return {
      "GET",
      "/api/v1/lists/" + std::string(door.list) + "/manifest",
      "manifest_of_" + std::string(door.list),
      "What the " + std::string(door.words) +
          " was when it was last signed (seconds ago), with Ed25519 over the bytes of `payload`.",
      {},
      "",
      {{200, "application/json", "Payload, signature and public key.",
        R"({"payload":"{\"list\":\"urls\",\"version\":17,…}","algorithm":"Ed25519","signature":"…","public_key":"…"})"},
       {503, "application/problem+json", "Not signed yet.",
        R"({"type":"about:blank","title":"Try again","status":503})"}},
      [parts, list = door.list](const auto&, const auto& caller) {
        return manifest(parts, list, caller);
      }};
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
  for (const auto& door : kDoors) {
    routes.push_back(snapshot_route(parts, door));
    routes.push_back(changes_route(parts, door));
    routes.push_back(manifest_route(parts, door));
  }
  for (auto& route : routes) route.scope = "lists";
  return routes;
}

}  // namespace hotline::web
