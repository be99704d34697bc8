#include "web/feeds.h"

#include <gtest/gtest.h>

#include <random>

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
    add_feeds_routes(router_, {database(), clock_, settings_, matcher_, feed_, ring_, count_});
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
    EXPECT_TRUE(ring_.follow(database(), clock_.now()));
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
    EXPECT_TRUE(count_.write(database(), clock_.now()));
    return *database().read(
        [&](db::Transaction& tx) { return lists::ListStore(tx).deliveries(tenant_, 100); });
  }
  /// What the worker does.
  int sign() {
    lists::Feed feed;
    return lists::sign_lists(database(), feed, tenant_, keys_, clock_.now(), 24h, 300s).value();
  }
  void learn_one() {
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return matching::learn(tx,
                             {tenant_,
                              casework::ItemId::make(kNow),
                              {digits('1', 32), "", digits('3', 64), "f" + digits('0', 63), 90},
                              casework::PersonId::make(kNow),
                              "uk_abc@1",
                              "B",
                              "7-10",
                              "girl"},
                             kNow);
    }));
    ASSERT_TRUE(matcher_.follow(database()));
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
  KeyRing ring_;
  LookupCount count_;
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
  EXPECT_EQ(get("/api/v1/lists/urls/manifest").status, 503) << "the worker has not signed yet";
  listed(candidate("http://gallery.example/a"));
  EXPECT_EQ(sign(), 2);
  EXPECT_EQ(sign(), 0) << "nothing has changed";
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
  EXPECT_EQ(facts("entry_disputed"), 1U) << "the same said again is the same, key or no key";
  EXPECT_EQ(ask("POST", path, body).status, 201);
  EXPECT_EQ(facts("entry_disputed"), 1U);
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
  const FeedsParts parts{database(), clock_, settings_, matcher_, feed_, ring_, count_};
  const auto routes = member_routes(parts);
  const auto& paths = member(*document, "paths")->as_object();
  std::size_t described = 0;
  for (const auto& path : paths) described += path.value().as_object().size();
  EXPECT_EQ(described, routes.size());
  const auto entry = listed(candidate("http://gallery.example/a"));
  learn_one();
  sign();
  for (const auto& route : routes) {
    const auto* operation = member(paths.at(route.pattern), lower_ascii(route.method));
    ASSERT_TRUE(operation) << route.pattern;
    std::string target = replace_all(route.pattern, "{id}", entry.str()) +
                         (route.pattern.ends_with("changes") ? "?since=0" : "");
    target = replace_all(target, "{name}", "HOTLINE");
    if (target.ends_with("lookup")) target += "?signal_type=pdq&signal=" + digits('f', 64);
    const auto response = ask(route.method, target, route.request_example);
    EXPECT_TRUE(member(*member(*operation, "responses"), std::to_string(response.status)))
        << route.pattern;
    const bool refuses = route.summary.starts_with("Refused");
    EXPECT_EQ(response.status < 300, !refuses) << route.pattern << response.body;
  }
}

TEST_P(Feeds, OneHashIsLookedUpWithoutTheDatabaseAndCountedOnce) {
  learn_one();
  const std::string known = R"({"sha256":")" + digits('3', 64) + R"("})";
  for (int i = 0; i < 3; ++i) {
    const auto answer = parse_json(ask("POST", "/api/v1/lookups/hash", known).body);
    EXPECT_EQ(text_at(*answer, "match"), "exact");
    EXPECT_EQ(text_at(*answer, "category"), "B");
    EXPECT_FALSE(member(*answer, "age"));
  }
  const auto rows = deliveries();
  ASSERT_EQ(rows.size(), 1U) << "one row a member and second";
  EXPECT_EQ(rows[0].entries, 3);
  EXPECT_EQ(rows[0].kind, "lookup");
  for (const auto& wrong : {"", "[]", "{}", R"({"sha256":"33"})", R"({"colour":"red"})"}) {
    const auto refused = ask("POST", "/api/v1/lookups/hash", wrong);
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_TRUE(member(*parse_json(refused.body), "errors")) << wrong;
  }
  EXPECT_EQ(ask("GET", "/api/v1/lookups/hash").status, 405);
  EXPECT_EQ(ask("POST", "/api/v1/lookups/hash", known, {{"authorization", "Bearer x"}}).status,
            401);
}

/// Bodies and queries that were good and then lost, gained or changed bytes: each is answered as a
/// client's mistake or as a look-up, never as a failure of ours.
TEST_P(Feeds, BrokenBytesAtThisDoorAreTheClientsMistake) {
  ASSERT_TRUE(settings_.set("feeds.rate_max", "1000000"));
  make_router();
  learn_one();
  std::mt19937 random(1);
  const std::string pdq = digits('f', 64);
  const std::vector<std::pair<std::string, std::string>> good = {
      {"/api/v1/lookups/hash", R"({"pdq":")" + pdq + R"(","pdq_quality":80})"},
      {"/api/v1/lookups/hashes",
       R"({"hashes":[{"md5":")" + digits('1', 32) + R"("},{"pdq":")" + pdq + R"("}]})"},
      {"/m/compare", R"({"pdq":[")" + pdq + R"(",")" + pdq + R"("],"md5":["a","b"]})"},
      {"/m/lookup?signal_type=pdq&signal=" + pdq + "&banks=HOTLINE,B", ""}};
  for (int i = 0; i < 4000; ++i) {
    auto [target, body] = good[static_cast<std::size_t>(i) % good.size()];
    std::string& bytes = body.empty() ? target : body;
    const std::size_t keep = body.empty() ? 10 : 0;
    for (unsigned n = random() % 4; n > 0; --n) {
      const std::size_t at = keep + random() % (bytes.size() - keep);
      if (random() % 3 == 0)
        bytes.erase(at, 1 + random() % 20);
      else if (random() % 2 == 0)
        bytes.insert(at, 1, static_cast<char>(random()));
      else
        bytes[at] = static_cast<char>(random());
      if (bytes.size() <= keep) bytes += "x";
    }
    const auto response = ask(body.empty() ? "GET" : "POST", target, body);
    EXPECT_LT(response.status, 500) << bytes;
    EXPECT_TRUE(parse_json(response.body)) << response.body;
  }
}

TEST_P(Feeds, TheKeysInMemoryEndWhenTheDatabaseIsSilentForLong) {
  ASSERT_TRUE(ring_.follow(database(), clock_.now()));
  EXPECT_TRUE(ring_.member(key_, clock_.now()));
  EXPECT_TRUE(ring_.member(key_, clock_.now() + 60s));
  EXPECT_FALSE(ring_.member(key_, clock_.now() + 61s));
  ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
    TRY(all, accounts::members(tx, tenant_));
    return accounts::revoke_key(tx, all.at(0).id, "test", "system", kNow);
  }));
  ASSERT_TRUE(ring_.follow(database(), clock_.now()));
  EXPECT_FALSE(ring_.member(key_, clock_.now()));
}

TEST_P(Feeds, AnHmaClientAsksWithItsOwnPathsAndShapes) {
  learn_one();
  const auto near = get("/m/lookup?signal_type=pdq&signal=7" + digits('0', 63));
  ASSERT_EQ(near.status, 200) << near.body;
  const auto banks = parse_json(near.body);
  const auto& content = member(*banks, "HOTLINE")->as_array().at(0);
  EXPECT_EQ(text_at(content, "distance"), "1");
  EXPECT_GT(integer_at(content, "bank_content_id"), 0);
  EXPECT_EQ(
      text_at(
          member(*parse_json(get("/m/lookup?signal_type=video_md5&signal=" + digits('1', 32)).body),
                 "HOTLINE")
              ->as_array()
              .at(0),
          "distance"),
      "-");
  EXPECT_EQ(get("/m/lookup?signal_type=pdq&signal=" + digits('a', 64)).body, "{}");
  EXPECT_EQ(get("/m/lookup?banks=OTHER&signal_type=pdq&signal=7" + digits('0', 63)).body, "{}");
  const auto raw =
      get("/m/raw_lookup?include_distance=true&signal_type=pdq&signal=7" + digits('0', 63));
  EXPECT_EQ(text_at(member(*parse_json(raw.body), "matches")->as_array().at(0), "distance"), "1");
  const std::string pair =
      R"({"pdq":[")" + digits('0', 64) + R"(",")" + digits('0', 63) + R"(7"]})";
  EXPECT_EQ(ask("POST", "/m/compare", pair).body, R"({"pdq":[true,{"distance":3}]})");
  EXPECT_EQ(get("/c/banks").body, R"([{"name":"HOTLINE","matching_enabled_ratio":1E0}])");
  EXPECT_EQ(get("/c/bank/NOBODY").status, 404);
  const auto other = get("/m/lookup?signal_type=pdq&signal=7" + digits('0', 63),
                         {{"authorization", "Bearer " + other_key_}});
  EXPECT_EQ(other.body, "{}") << "another tenant knows nothing of it";
}

TEST_P(Feeds, TheHmaDoorFetchesNothingTakesNothingAndSaysWhy) {
  for (const auto& [method, path, status] :
       {std::tuple("GET", "/m/lookup?url=http://gallery.example/a", 403),
        std::tuple("GET", "/h/hash?url=http://gallery.example/a", 403),
        std::tuple("POST", "/h/hash", 403), std::tuple("POST", "/m/lookup", 403),
        std::tuple("POST", "/c/banks", 403), std::tuple("DELETE", "/c/bank/HOTLINE", 403),
        std::tuple("GET", "/m/lookup?signal_type=pdq", 400),
        std::tuple("GET", "/m/lookup?signal_type=pdq&signal=xyz", 400),
        std::tuple("GET", "/m/lookup?signal_type=clip&signal=00", 400),
        std::tuple("POST", "/m/compare", 400)}) {
    const auto response = ask(method, path);
    EXPECT_EQ(response.status, status) << path;
    const auto body = parse_json(response.body);
    ASSERT_TRUE(body) << path;
    EXPECT_TRUE(text_at(*body, "message")) << response.body;
  }
  EXPECT_EQ(get("/m/lookup?signal_type=pdq&signal=00", {{"authorization", ""}}).status, 401);
}

TEST_P(Feeds, AKeyDoesOnlyWhatItsScopesSay) {
  const auto narrow = database().transact([&](db::Transaction& tx) -> Result<std::string> {
    TRY(all, accounts::members(tx, tenant_));
    EXPECT_FALSE(accounts::add_key(tx, all.at(0).id, "bad", {"everything"}, "system", kNow));
    return accounts::add_key(tx, all.at(0).id, "narrow", {"lookups"}, "system", kNow);
  });
  const std::map<std::string, std::string, std::less<>> with = {
      {"authorization", "Bearer " + *narrow}};
  EXPECT_EQ(get("/api/v1/lists", with).status, 403);
  EXPECT_EQ(get("/c/banks", with).status, 200);
  EXPECT_EQ(get("/api/v1/lists").status, 200);
}

TEST_P(Feeds, HealthNeedsNoKey) {
  EXPECT_EQ(get("/healthz", {{"authorization", ""}}).status, 200);
}

INSTANTIATE_TEST_SUITE_P(Engines, Feeds, test::kEngines);

}  // namespace
}  // namespace hotline::web
