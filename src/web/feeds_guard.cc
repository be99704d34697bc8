// The questions around every member route: which key, how often, is it a repetition.
#include <map>
#include <mutex>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "lists/list_store.h"
#include "web/feeds_api.h"

namespace hotline::web {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kIdempotencyKeyMax = 255;
constexpr auto kRunningMax = 60s;  ///< A repetition may take over what a killed program began.
constexpr auto kAnswersKept = 24h;

std::string header_of(const http::Request& request, std::string_view name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? "" : found->second;
}

/// The caller's own id if it is harmless text, else one of ours.
std::string request_id(const http::Request& request) {
  const std::string given = header_of(request, "request-id");
  constexpr std::string_view harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (!given.empty() && given.size() <= 64 && given.find_first_not_of(harmless) == given.npos)
    return given;
  return hex(crypto::random_bytes(12));
}

/// Every answer names the request; a problem names it in its body too.
http::Response with_request_id(http::Response response, const std::string& id) {
  response.header("Request-Id", id);
  if (response.status < 400) return response;
  auto body = parse_json(response.body);
  if (!body || !body->is_object()) return response;
  body->as_object()["instance"] = id;
  response.body = json::serialize(*body);
  return response;
}

Result<accounts::Member> member_of(const FeedsParts& parts, std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (!authorization.starts_with(scheme))
    return fail(ErrorKind::forbidden, "Send the API key as: Authorization: Bearer hl_live_…");
  return parts.database.read([&](db::Transaction& tx) -> Result<accounts::Member> {
    return accounts::member_of_key(tx, trim(authorization.substr(scheme.size())));
  });
}

http::Response unauthorised(const Error& error) {
  if (error.kind != ErrorKind::forbidden) return http::problem(error);
  return std::move(
      http::problem_of_status(401, error.sentence).header("WWW-Authenticate", "Bearer"));
}

void add_rate_headers(http::Response& response, const RateLimit::Answer& rate) {
  response.header("RateLimit-Limit", std::to_string(rate.limit));
  response.header("RateLimit-Remaining", std::to_string(rate.remaining));
  response.header("RateLimit-Reset", std::to_string(rate.reset_seconds));
}

/// Takes the Idempotency-Key for this request. Gives the answer where there is one already (or
/// the request is another, or still running); nothing if this one may run.
Result<std::optional<http::Response>> earlier_answer(const FeedsParts& parts,
                                                     const std::string& credential,
                                                     const std::string& key,
                                                     const std::string& digest) {
  const Instant now = parts.clock.now();
  return parts.database.transact([&](db::Transaction& tx) -> Result<std::optional<http::Response>> {
    lists::ListStore store(tx);
    TRY_DONE(store.forget_answers(now - kAnswersKept));
    TRY(earlier, store.answer(credential, key));
    if (earlier && earlier->request_digest != digest)
      return http::problem_of_status(422, "This Idempotency-Key was used for another request.");
    if (earlier && earlier->status != 0)
      return std::move(
          http::json_text(earlier->body, earlier->status).header("Idempotent-Replayed", "true"));
    if (earlier && now - earlier->at < kRunningMax)
      return std::move(http::problem_of_status(409, "The first request is still running.")
                           .header("Retry-After", "1"));
    TRY_DONE(store.put_answer(credential, key, {digest, 0, "", now}));
    return std::optional<http::Response>();
  });
}

http::Response answer_once(const FeedsParts& parts, const http::Request& request,
                           const Caller& caller, const ApiHandler& handler) {
  const std::string key = header_of(request, "idempotency-key");
  if (request.method != "POST" || key.empty()) return handler(request, caller);
  if (key.size() > kIdempotencyKeyMax)
    return http::problem_of_status(400, "An Idempotency-Key has at most 255 characters.");
  const std::string digest = hex(crypto::sha256(request.path + "\n" + request.body));
  const std::string credential = caller.member.id.str();
  const auto earlier = earlier_answer(parts, credential, key, digest);
  if (!earlier) return http::problem(earlier.error());
  if (*earlier) return **earlier;
  auto response = handler(request, caller);
  // A failure of ours is not the answer for a day: status 0 lets the next try run, at once.
  const bool ours = response.status >= 500;
  const Instant at = ours ? parts.clock.now() - kRunningMax : parts.clock.now();
  const Done kept = parts.database.transact([&](db::Transaction& tx) {
    return lists::ListStore(tx).put_answer(
        credential, key, {digest, ours ? 0 : response.status, ours ? "" : response.body, at});
  });
  if (!kept) return http::problem(kept.error());
  return response;
}

}  // namespace

http::Response refuse_field(std::string_view pointer, std::string_view sentence) {
  auto response = http::problem_of_status(400, sentence);
  auto body = parse_json(response.body).value();
  body.as_object()["errors"] =
      json::array{json::object{{"pointer", pointer}, {"detail", sentence}}};
  response.body = json::serialize(body);
  return response;
}

struct RateLimit::State {
  struct Window {
    Instant begin{};
    std::int64_t count = 0;
  };
  std::int64_t per_minute;
  std::mutex lock;
  std::map<std::string, Window> windows;
};

RateLimit::RateLimit(std::int64_t per_minute) : state_(std::make_unique<State>()) {
  state_->per_minute = per_minute;
}
RateLimit::~RateLimit() = default;

RateLimit::Answer RateLimit::ask(const std::string& credential, Instant now) {
  const std::lock_guard lock(state_->lock);
  auto& window = state_->windows[credential];
  // A clock that went back must not lock a member out.
  if (now - window.begin >= 60s || now < window.begin) window = {now, 0};
  const auto left = std::chrono::ceil<std::chrono::seconds>(window.begin + 60s - now).count();
  const bool allowed = window.count < state_->per_minute;
  if (allowed) ++window.count;
  return {allowed, state_->per_minute, state_->per_minute - window.count, left};
}

http::Handler members_only(const FeedsParts& parts, std::shared_ptr<RateLimit> limit,
                           std::string scope, ApiHandler handler) {
  return [parts, limit = std::move(limit), scope = std::move(scope),
          handler = std::move(handler)](const http::Request& request) -> http::Response {
    const std::string id = request_id(request);
    const auto member = member_of(parts, header_of(request, "authorization"));
    if (!member) return with_request_id(unauthorised(member.error()), id);
    const auto rate = limit->ask(member->id.str(), parts.clock.now());
    http::Response response;
    if (rate.allowed && !member->may(scope)) {
      response =
          http::problem_of_status(403, "This key may not do that: it lacks `" + scope + "`.");
    } else if (rate.allowed) {
      response = answer_once(parts, request, {*member}, handler);
    } else {
      response = http::problem_of_status(429, "Too many requests in this minute with this key.");
      response.header("Retry-After", std::to_string(rate.reset_seconds));
    }
    add_rate_headers(response, rate);
    if (response.status >= 500)
      log::trouble("member_request_failed", {{"request", id}, {"status", response.status}});
    return with_request_id(std::move(response), id);
  };
}

http::Handler quick_members_only(const FeedsParts& parts, std::shared_ptr<RateLimit> limit,
                                 const ApiRoute& route) {
  return [parts, limit = std::move(limit), scope = route.scope,
          handler = route.handler](const http::Request& request) -> http::Response {
    constexpr std::string_view scheme = "Bearer ";
    const Instant now = parts.clock.now();
    const auto header = request.headers.find("authorization");
    std::string_view key;
    if (header != request.headers.end() && header->second.starts_with(scheme))
      key = trim(std::string_view(header->second).substr(scheme.size()));
    const auto member = parts.keys.member(key, now);
    const auto asked = request.headers.find("request-id");
    const std::string id = asked == request.headers.end() ? "" : request_id(request);
    if (!member)
      return with_request_id(
          unauthorised({ErrorKind::forbidden, "This key is not valid, or newer than a second."}),
          id);
    const auto rate = limit->ask(member->id.str(), now);
    http::Response response;
    if (!rate.allowed) {
      response = http::problem_of_status(429, "Too many requests in this minute with this key.");
      response.header("Retry-After", std::to_string(rate.reset_seconds));
    } else if (!member->may(scope)) {
      response =
          http::problem_of_status(403, "This key may not do that: it lacks `" + scope + "`.");
    } else {
      response = handler(request, {*member});
    }
    add_rate_headers(response, rate);
    return id.empty() ? response : with_request_id(std::move(response), id);
  };
}

}  // namespace hotline::web
