#include "web/feeds.h"

#include <gtest/gtest.h>

#include "accounts/members.h"
#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "lists/list_store.h"
#include "lists/url_list.h"
#include "support/test_database.h"
#include "web/feeds_api.h"

namespace hotline::web {
namespace {

using namespace std::chrono_literals;
const Instant kNow = *parse_rfc3339("2030-03-04T09:00Z");

std::string digits(char c, std::size_t count) {
  return std::string(count, c);
}

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (lower_ascii(key) == lower_ascii(name)) return value;
  return "";
}

class Feeds : public test::OnBothDatabases {
 protected:
  using TenantId = casework::TenantId;
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    policy_.home_country = "GB";
    policy_.expires_after = 30 * 24h;
    policy_.appeal = "https://hotline.example/appeal";
    key_ = member_of(tenant_, "Provider");
    other_key_ = member_of(other_, "Elsewhere");
    ASSERT_TRUE(settings_.set("feeds.rate_max", "50"));
    make_router();
  }
  void make_router() {
    router_ = http::Router();
    add_feeds_routes(router_, {database(), clock_, settings_, matcher_, feed_, keys_});
  }
  std::string member_of(const TenantId& tenant, const std::string& name) {
    const auto key = database().transact([&](db::Transaction& tx) -> Result<std::string> {
      TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant, name, "GB"}));
      TRY(member, accounts::add_member(tx, tenant, name, "isp", "system", kNow));
      return accounts::add_key(tx, member, "test", "system", kNow);
    });
    EXPECT_TRUE(key) << key.error().sentence;
    return key.value_or("");
  }
  http::Response ask(std::string method, const std::string& target, std::string body = "",
                     std::map<std::string, std::string, std::less<>> headers = {}) {
    http::Request request;
    request.method = std::move(method);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != target.npos) request.query = http::parse_form(target.substr(question + 1));
    request.headers = std::move(headers);
    if (!request.headers.contains("authorization"))
      request.headers["authorization"] = "Bearer " + key_;
    request.body = std::move(body);
    return router_.answer(std::move(request));
  }
  http::Response get(const std::string& target,
                     std::map<std::string, std::string, std::less<>> headers = {}) {
    return ask("GET", target, "", std::move(headers));
  }
  lists::Candidate candidate(const std::string& address) {
    const auto made = database().transact([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).find_or_add_address(tenant_, address, address,
                                                             "gallery.example", kNow);
    });
    return {tenant_, made->id, casework::CaseId::make(kNow), address, "B", "NL", kNow};
  }
  lists::EntryId listed(const lists::Candidate& c) {
    const auto done = database().transact([&](db::Transaction& tx) {
      return lists::UrlList(tx, policy_).list(c, "system", clock_.now());
    });
    EXPECT_TRUE(done && done->entry);
    return *done->entry;
  }
  void gone(const lists::Candidate& c) {
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return lists::UrlList(tx, policy_)
          .delist(c.address, lists::EntryEvent::item_gone, "system", clock_.now());
    }));
  }
  std::vector<lists::Delivery> deliveries() {
    return *database().read(
        [&](db::Transaction& tx) { return lists::ListStore(tx).deliveries(tenant_, 100); });
  }
  std::size_t facts(std::string_view kind) {
    return database()
        .read([&](db::Transaction& tx) {
          return facts::FactStore(tx).of_kind(tenant_.str(), kind, kNow - 1h, kNow + 1000h);
        })
        ->size();
  }

  casework::TenantId tenant_ = casework::TenantId::make(kNow),
                     other_ = casework::TenantId::make(kNow);
  FakeClock clock_{kNow};
  Settings settings_ = *Settings::defaults();
  matching::Matcher matcher_;
  lists::Feed feed_;
  crypto::SigningKeys keys_ = crypto::signing_keys_from_seed(std::string(32, 's'));
  lists::ListPolicy policy_;
  http::Router router_;
  std::string key_, other_key_;
};

TEST_P(Feeds, WithoutAValidKeyNothingIsTold) {
  for (const std::string& given : {std::string(), std::string("Bearer hl_live_wrong"),
                                   "Basic " + key_, "Bearer x" + key_, key_})
    for (const std::string path :
         {"/api/v1/lists", "/api/v1/lists/urls", "/api/v1/lists/urls/changes?since=0",
          "/api/v1/lists/urls/manifest"}) {
      const auto response = get(path, {{"authorization", given}});
      EXPECT_EQ(response.status, 401) << path;
      EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
      EXPECT_EQ(header(response, "Content-Type"), "application/problem+json");
    }
  EXPECT_TRUE(deliveries().empty());
}

TEST_P(Feeds, ARevokedKeyIsRefusedFromTheNextRequestOn) {
  ASSERT_EQ(get("/api/v1/lists").status, 200);
  ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
    TRY(all, accounts::members(tx, tenant_));
    return accounts::revoke_key(tx, all.at(0).id, "test", "system", kNow);
  }));
  EXPECT_EQ(get("/api/v1/lists").status, 401);
}

TEST_P(Feeds, TheSnapshotIsTheListAndItsTagIsItsDigest) {
  listed(candidate("http://gallery.example/a"));
  listed(candidate("http://gallery.example/b"));
  const auto response = get("/api/v1/lists/urls");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(header(response, "ETag"), "\"" + hex(crypto::sha256(response.body)) + "\"");
  EXPECT_EQ(header(response, "List-Version"), "2");
  EXPECT_NE(response.body.find("\"url\":\"http://gallery.example/a\""), std::string::npos);
  const auto again =
      get("/api/v1/lists/urls", {{"if-none-match", "\"old\", " + header(response, "ETag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(get("/api/v1/lists/urls", {{"if-none-match", "\"old\""}}).status, 200);
  listed(candidate("http://gallery.example/c"));
  EXPECT_EQ(get("/api/v1/lists/urls", {{"if-none-match", header(response, "ETag")}}).status, 200);
  EXPECT_EQ(deliveries().size(), 3U) << "a 304 delivers nothing";
  EXPECT_EQ(facts("list_delivered"), 3U);
}

TEST_P(Feeds, ChangesBringAddsAndTombstones) {
  const auto a = candidate("http://gallery.example/a");
  const auto id = listed(a);
  const auto first = get("/api/v1/lists/urls/changes?since=0");
  ASSERT_EQ(first.status, 200);
  auto lines = split(first.body, '\n');
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(text_at(*parse_json(lines[0]), "id"), id.str());
  EXPECT_EQ(integer_at(*parse_json(lines[1]), "next"), 1);
  EXPECT_EQ(header(first, "Retry-After"), "300");
  gone(a);
  const auto second = get("/api/v1/lists/urls/changes?since=1");
  lines = split(second.body, '\n');
  ASSERT_EQ(lines.size(), 3U);
  const auto tombstone = parse_json(lines[0]);
  EXPECT_EQ(text_at(*tombstone, "id"), id.str());
  EXPECT_TRUE(member(*tombstone, "deleted")->as_bool());
  EXPECT_EQ(text_at(*tombstone, "reason"), "item_gone");
  EXPECT_EQ(text_at(*parse_json(lines[1]), "state_sha256"), hex(crypto::sha256("")));
  const auto nothing = get("/api/v1/lists/urls/changes?since=2");
  EXPECT_EQ(split(nothing.body, '\n').size(), 2U) << "only the closing line";
}

TEST_P(Feeds, ALimitedAnswerSaysThatThereIsMoreAndClaimsNoDigest) {
  for (const auto& path : {"a", "b", "c"})
    listed(candidate(std::string("http://gallery.example/") + path));
  const auto part = get("/api/v1/lists/urls/changes?since=0&limit=2");
  const auto lines = split(part.body, '\n');
  ASSERT_EQ(lines.size(), 4U);
  const auto closing = parse_json(lines[2]);
  EXPECT_TRUE(member(*closing, "more")->as_bool());
  EXPECT_FALSE(member(*closing, "state_sha256"));
  EXPECT_EQ(header(part, "Retry-After"), "");
}

TEST_P(Feeds, AWrongVersionOrLimitIsNamed) {
  for (const auto& query : {"", "?since=x", "?since=-1", "?since=99", "?since=0&limit=0",
                            "?since=0&limit=10001", "?since=0&limit=a"}) {
    const auto response = get(std::string("/api/v1/lists/urls/changes") + query);
    EXPECT_EQ(response.status, 400) << query;
    const auto body = parse_json(response.body);
    ASSERT_TRUE(member(*body, "errors")) << query;
    EXPECT_TRUE(text_at(member(*body, "errors")->as_array().at(0), "pointer")->starts_with("?"));
  }
}

TEST_P(Feeds, TheManifestIsSignedForWhatTheSnapshotIs) {
  listed(candidate("http://gallery.example/a"));
  const auto body = parse_json(get("/api/v1/lists/urls/manifest").body);
  const std::string payload = *text_at(*body, "payload");
  EXPECT_TRUE(crypto::verify(keys_.public_key, payload, *unbase64(*text_at(*body, "signature"))));
  EXPECT_EQ(text_at(*parse_json(payload), "state_sha256"),
            hex(crypto::sha256(get("/api/v1/lists/urls").body)));
  EXPECT_EQ(text_at(*parse_json(payload), "expires_at"), "2030-03-05T09:00:00Z");
}

TEST_P(Feeds, AnotherTenantsListIsNotSeen) {
  listed(candidate("http://gallery.example/a"));
  const auto response = get("/api/v1/lists/urls", {{"authorization", "Bearer " + other_key_}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
}

TEST_P(Feeds, HashesAreLookedUpInOneBatch) {
  ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
    return matching::learn(tx,
                           {tenant_,
                            casework::ItemId::make(kNow),
                            {"", "", digits('3', 64), "f" + digits('0', 63), 90},
                            casework::PersonId::make(kNow),
                            "uk_abc@1",
                            "B",
                            "7-10",
                            "girl"},
                           kNow);
  }));
  ASSERT_TRUE(matcher_.follow(database()));
  const auto response =
      ask("POST", "/api/v1/lookups/hashes",
          R"({"hashes":[{"md5":")" + digits('1', 32) + R"("},{"sha256":")" + digits('3', 64) +
              R"("},{"pdq":"E)" + digits('0', 63) + R"(","pdq_quality":80}]})");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = parse_json(response.body);
  const auto& results = member(*body, "results")->as_array();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(text_at(results[0], "match"), "none");
  EXPECT_EQ(text_at(results[1], "match"), "exact");
  EXPECT_EQ(text_at(results[2], "match"), "near");
  EXPECT_EQ(integer_at(results[2], "distance"), 1);
  EXPECT_EQ(text_at(results[2], "category"), "B");
  EXPECT_EQ(response.body.find("girl"), std::string::npos);
  EXPECT_EQ(response.body.find("7-10"), std::string::npos);
  EXPECT_EQ(response.body.find(digits('3', 64)), std::string::npos) << "hashes are never sent back";
  EXPECT_EQ(deliveries().at(0).kind, "lookup");
}

TEST_P(Feeds, AWrongLookUpIsNamedByItsPlace) {
  const std::string good = R"({"sha256":")" + digits('3', 64) + R"("})";
  for (const auto& [body, pointer] : std::initializer_list<std::pair<std::string, std::string>>{
           {"nonsense", ""},
           {"[]", ""},
           {R"({"hashes":[]})", "/hashes"},
           {R"({"hashes":[)" + good + R"(],"extra":1})", "/extra"},
           {R"({"hashes":[)" + good + R"(,{"sha256":"12"}]})", "/hashes/1"},
           {R"({"hashes":[)" + good + R"(,{}]})", "/hashes/1"},
           {R"({"hashes":[{"sha256":5}]})", "/hashes/0/sha256"},
           {R"({"hashes":[{"photo":"x"}]})", "/hashes/0/photo"},
           {R"({"hashes":[{"pdq_quality":101}]})", "/hashes/0/pdq_quality"}}) {
    const auto response = ask("POST", "/api/v1/lookups/hashes", body);
    EXPECT_EQ(response.status, 400) << body;
    const auto problem = parse_json(response.body);
    EXPECT_EQ(text_at(member(*problem, "errors")->as_array().at(0), "pointer"), pointer) << body;
  }
}

TEST_P(Feeds, FeedbackIsKeptAndADownIsAFact) {
  const auto id = listed(candidate("http://gallery.example/a"));
  const std::string path = "/api/v1/entries/" + id.str() + "/feedback";
  EXPECT_EQ(ask("POST", path, R"({"verdict":"up","reason":"useful"})").status, 201);
  EXPECT_EQ(facts("entry_disputed"), 0U);
  EXPECT_EQ(ask("POST", path, R"({"verdict":"down","reason":"over_blocking"})").status, 201);
  EXPECT_EQ(facts("entry_disputed"), 1U);
  EXPECT_EQ(ask("POST", path, R"({"verdict":"down","reason":"because"})").status, 400);
  EXPECT_EQ(ask("POST", path, R"({"verdict":"maybe","reason":"useful"})").status, 400);
  const auto stranger = ask("POST", path, R"({"verdict":"down","reason":"over_blocking"})",
                            {{"authorization", "Bearer " + other_key_}, {"request-id", "r1"}});
  const auto never =
      ask("POST", "/api/v1/entries/" + lists::EntryId::make(kNow).str() + "/feedback",
          R"({"verdict":"down","reason":"over_blocking"})", {{"request-id", "r1"}});
  EXPECT_EQ(stranger.status, 404);
  EXPECT_EQ(stranger.body, never.body) << "not yours and not there must look the same";
}

TEST_P(Feeds, TheSameIdempotencyKeyIsAnsweredOnce) {
  const auto id = listed(candidate("http://gallery.example/a"));
  const std::string path = "/api/v1/entries/" + id.str() + "/feedback";
  const std::string body = R"({"verdict":"down","reason":"over_blocking"})";
  const std::map<std::string, std::string, std::less<>> once = {{"idempotency-key", "k1"}};
  const auto first = ask("POST", path, body, once);
  const auto second = ask("POST", path, body, once);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(header(second, "Idempotent-Replayed"), "true");
  EXPECT_EQ(facts("entry_disputed"), 1U);
  EXPECT_EQ(ask("POST", path, R"({"verdict":"up","reason":"useful"})", once).status, 422);
  EXPECT_EQ(ask("POST", path, body, {{"idempotency-key", std::string(256, 'k')}}).status, 400);
  clock_.advance(25h);
  EXPECT_EQ(ask("POST", path, body, once).status, 201);
  EXPECT_EQ(facts("entry_disputed"), 2U) << "a day later it is a new request";
}

TEST_P(Feeds, ARunningRequestIsNotRunTwiceUnlessItsProgramDied) {
  const auto id = listed(candidate("http://gallery.example/a"));
  const std::string path = "/api/v1/entries/" + id.str() + "/feedback";
  const std::string body = R"({"verdict":"down","reason":"over_blocking"})";
  ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
    TRY(all, accounts::members(tx, tenant_));
    return lists::ListStore(tx).put_answer(all.at(0).id.str(), "k1",
                                           {hex(crypto::sha256(path + "\n" + body)), 0, "", kNow});
  }));
  const auto running = ask("POST", path, body, {{"idempotency-key", "k1"}});
  EXPECT_EQ(running.status, 409);
  EXPECT_EQ(header(running, "Retry-After"), "1");
  clock_.advance(61s);
  EXPECT_EQ(ask("POST", path, body, {{"idempotency-key", "k1"}}).status, 201);
}

TEST_P(Feeds, TooManyRequestsWaitAndOnlyForThatKey) {
  ASSERT_TRUE(settings_.set("feeds.rate_max", "3"));
  make_router();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/api/v1/lists").status, 200);
  const auto refused = get("/api/v1/lists");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "Retry-After"), "60");
  EXPECT_EQ(header(refused, "RateLimit-Remaining"), "0");
  EXPECT_EQ(get("/api/v1/lists", {{"authorization", "Bearer " + other_key_}}).status, 200);
  clock_.advance(60s);
  EXPECT_EQ(get("/api/v1/lists").status, 200);
}

TEST_P(Feeds, TheRequestIdComesBackAndStandsInProblems) {
  EXPECT_EQ(header(get("/api/v1/lists", {{"request-id", "abc-1"}}), "Request-Id"), "abc-1");
  const auto refused = get("/api/v1/lists/urls/changes", {{"request-id", "abc-2"}});
  EXPECT_EQ(text_at(*parse_json(refused.body), "instance"), "abc-2");
  const std::string own =
      header(get("/api/v1/lists", {{"request-id", "a\"b<script>"}}), "Request-Id");
  EXPECT_EQ(own.size(), 24U) << "what is not harmless is replaced";
}

// The description is made from the table of the routes: each of them is in it, and each example
// of a request is answered with a status that it names.
TEST_P(Feeds, TheDescriptionIsTrueOfEveryRoute) {
  const auto document = parse_json(get("/api/v1/openapi.json").body);
  ASSERT_TRUE(document);
  EXPECT_EQ(text_at(*document, "openapi"), "3.1.0");
  const FeedsParts parts{database(), clock_, settings_, matcher_, feed_, keys_};
  auto routes = list_routes(parts);
  for (auto& route : lookup_routes(parts)) routes.push_back(std::move(route));
  const auto& paths = member(*document, "paths")->as_object();
  std::size_t described = 0;
  for (const auto& path : paths) described += path.value().as_object().size();
  EXPECT_EQ(described, routes.size());
  const auto entry = listed(candidate("http://gallery.example/a"));
  for (const auto& route : routes) {
    const auto* operation = member(paths.at(route.pattern), lower_ascii(route.method));
    ASSERT_TRUE(operation) << route.pattern;
    const std::string target = replace_all(route.pattern, "{id}", entry.str()) +
                               (route.pattern.ends_with("changes") ? "?since=0" : "");
    const auto response = ask(route.method, target, route.request_example);
    EXPECT_TRUE(member(*member(*operation, "responses"), std::to_string(response.status)))
        << route.pattern;
    EXPECT_LT(response.status, 300) << route.pattern << response.body;
  }
}

TEST_P(Feeds, HealthNeedsNoKey) {
  EXPECT_EQ(get("/healthz", {{"authorization", ""}}).status, 200);
}

INSTANTIATE_TEST_SUITE_P(Engines, Feeds, test::kEngines);

}  // namespace
}  // namespace hotline::web
