// POST /api/v1/lookups/hashes and POST /api/v1/entries/{id}/feedback.
#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "facts/facts.h"
#include "lists/list_store.h"
#include "lists/url_list.h"
#include "web/feeds_api.h"

namespace hotline::web {

namespace {

constexpr std::size_t kBatchMax = 1000;

/// A wrong field of a request: where, and what is wrong.
struct Wrong {
  std::string pointer, sentence;
};
template <class T>
using Read = std::expected<T, Wrong>;

Read<json::object> body_of(const http::Request& request,
                           std::initializer_list<std::string_view> fields) {
  const auto value = parse_json(request.body);
  if (!value || !value->is_object())
    return std::unexpected(Wrong{"", "The body must be a JSON object."});
  for (const auto& field : value->as_object())
    if (std::find(fields.begin(), fields.end(), std::string_view(field.key())) == fields.end())
      return std::unexpected(
          Wrong{"/" + std::string(field.key()).substr(0, 40), "There is no such field."});
  return value->as_object();
}

Read<matching::Hashes> hashes_from(const json::value& one, const std::string& place) {
  const auto* object = one.if_object();
  if (!object) return std::unexpected(Wrong{place, "Each look-up is a JSON object."});
  matching::Hashes hashes;
  for (const auto& field : *object) {
    const std::string_view name = field.key();
    const json::value& value = field.value();
    std::string* text = name == "sha256" ? &hashes.sha256
                        : name == "sha1" ? &hashes.sha1
                        : name == "md5"  ? &hashes.md5
                        : name == "pdq"  ? &hashes.pdq
                                         : nullptr;
    if (text && value.is_string()) {
      *text = lower_ascii(std::string_view(value.as_string()).substr(0, 100));
    } else if (name == "pdq_quality" && value.is_int64() && value.as_int64() >= 0 &&
               value.as_int64() <= 100) {
      hashes.pdq_quality = static_cast<int>(value.as_int64());
    } else {
      return std::unexpected(
          Wrong{place + "/" + std::string(name).substr(0, 40),
                "A look-up has sha256, sha1, md5, pdq (text) and pdq_quality (0 to 100)."});
    }
  }
  if (const Done right = check(hashes); !right)
    return std::unexpected(Wrong{place, right.error().sentence});
  return hashes;
}

Read<std::vector<matching::Hashes>> batch_from(const http::Request& request) {
  const auto body = body_of(request, {"hashes"});
  if (!body) return std::unexpected(body.error());
  const json::value* list = body->if_contains("hashes");
  if (!list || !list->is_array() || list->as_array().empty() || list->as_array().size() > kBatchMax)
    return std::unexpected(Wrong{"/hashes", "hashes must be a list of 1 to 1000 look-ups."});
  std::vector<matching::Hashes> batch;
  for (const auto& one : list->as_array()) {
    auto hashes = hashes_from(one, "/hashes/" + std::to_string(batch.size()));
    if (!hashes) return std::unexpected(hashes.error());
    batch.push_back(*std::move(hashes));
  }
  return batch;
}

// Age and sex stay with the hotline: a member needs to know what to do, not about whom.
json::object answer_of(const matching::Match& match) {
  json::object answer{{"match", name(match.kind)}};
  if (match.kind == matching::MatchKind::none) return answer;
  answer["known"] = match.known.str();
  answer["by"] = match.by;
  answer["distance"] = match.distance;
  answer["source"] = match.source;
  answer["scheme"] = match.scheme;
  answer["category"] = match.category;
  answer["graders"] = match.graders;
  answer["conflict"] = match.conflict;
  return answer;
}

// POST /api/v1/lookups/hashes
http::Response look_up_hashes(const FeedsParts& parts, const http::Request& request,
                              const Caller& caller) {
  const auto batch = batch_from(request);
  if (!batch) return refuse_field(batch.error().pointer, batch.error().sentence);
  const auto matches = parts.matcher.match_all(caller.member.tenant, *batch);
  const std::int64_t version = parts.matcher.version(caller.member.tenant);
  json::array results;
  for (const auto& match : matches) results.push_back(answer_of(match));
  parts.count.add(caller.member, version, static_cast<std::int64_t>(batch->size()));
  return http::json_text(
      json::serialize(json::object{{"version", version}, {"results", std::move(results)}}));
}

// POST /api/v1/lookups/hash
http::Response look_up_hash(const FeedsParts& parts, const http::Request& request,
                            const Caller& caller) {
  const auto body = parse_json(request.body);
  if (!body) return refuse_field("", "The body must be a JSON object.");
  const auto hashes = hashes_from(*body, "");
  if (!hashes) return refuse_field(hashes.error().pointer, hashes.error().sentence);
  const auto match = parts.matcher.match(caller.member.tenant, *hashes);
  const std::int64_t version = parts.matcher.version(caller.member.tenant);
  parts.count.add(caller.member, version, 1);
  auto answer = answer_of(match);
  answer["version"] = version;
  return http::json_text(json::serialize(answer));
}

/// Stored beside the entry; a `down` is a fact, so that a person looks at it.
Done keep_feedback(const FeedsParts& parts, const lists::Feedback& feedback) {
  return parts.database.transact([&](db::Transaction& tx) -> Done {
    lists::ListStore store(tx);
    TRY(entry, store.entry(feedback.entry));
    // Another tenant's entry answers as one that never was.
    if (entry.tenant != feedback.tenant)
      return fail(ErrorKind::not_found, "There is no list entry with this id.");
    TRY(is_new, store.add_feedback(feedback));
    // Said before: it is kept already, and nobody is asked to look twice.
    if (!is_new || feedback.verdict != "down") return {};
    facts::Fact fact;
    fact.tenant = feedback.tenant.str();
    fact.kind = "entry_disputed";
    fact.actor = feedback.credential;
    fact.casefile = entry.casefile.str();
    fact.subject = entry.id.str();
    fact.details = {{"list", lists::kUrlList}, {"reason", feedback.reason}};
    fact.at = feedback.at;
    return facts::FactStore(tx).append(fact);
  });
}

// POST /api/v1/entries/{id}/feedback
http::Response give_feedback(const FeedsParts& parts, const http::Request& request,
                             const Caller& caller) {
  const auto id = lists::EntryId::parse(request.path_values.at("id"));
  if (!id) return http::problem_of_status(404, "There is no list entry with this id.");
  const auto body = body_of(request, {"verdict", "reason"});
  if (!body) return refuse_field(body.error().pointer, body.error().sentence);
  const std::string verdict = text_at(*body, "verdict").value_or("");
  if (verdict != "up" && verdict != "down")
    return refuse_field("/verdict", "verdict must be up or down.");
  const std::string reason = text_at(*body, "reason").value_or("");
  const auto& reasons = lists::feedback_reasons();
  if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
    return refuse_field(
        "/reason",
        "reason must be lawful_content, not_reachable, over_blocking, useful or wrong_address.");
  const Done kept = keep_feedback(parts, {caller.member.tenant, *id, caller.member.id.str(),
                                          verdict, reason, parts.clock.now()});
  if (!kept) return http::problem(kept.error());
  return http::json_text(
      json::serialize(json::object{{"entry", id->str()}, {"verdict", verdict}, {"reason", reason}}),
      201);
}

constexpr const char* kLookupExample =
    R"({"hashes":[{"sha256":"3333333333333333333333333333333333333333333333333333333333333333"},{"pdq":"f000000000000000000000000000000000000000000000000000000000000000","pdq_quality":80}]})";
constexpr const char* kLookupAnswer =
    R"({"version":12,"results":[{"match":"none"},{"match":"near","known":"knw_01hq3zjw5x0000000000000000","by":"pdq","distance":6,"source":"own","scheme":"uk_abc@1","category":"B","graders":2,"conflict":false}]})";

}  // namespace

std::vector<ApiRoute> lookup_routes(const FeedsParts& parts) {
  const ApiParameter once{
      "Idempotency-Key", "header", "string", false,
      "At most 255 characters; the same key within a day gives the same answer."};
  const ApiAnswer wrong{400, "application/problem+json", "A field is wrong; `errors` says which.",
                        R"({"type":"about:blank","title":"Bad Request","status":400})"};
  std::vector<ApiRoute> routes;
  routes.push_back(
      {"POST",
       "/api/v1/lookups/hash",
       "look_up_hash",
       "Whether one picture is known. Nothing is kept but the count of your look-ups.",
       {},
       R"({"pdq":"f000000000000000000000000000000000000000000000000000000000000000","pdq_quality":80})",
       {{200, "application/json", "What is known of it.",
         R"({"match":"near","known":"knw_01hq3zjw5x0000000000000000","by":"pdq","distance":6,"source":"own","scheme":"uk_abc@1","category":"B","graders":2,"conflict":false,"version":12})"},
        wrong},
       [parts](const auto& request, const auto& caller) {
         return look_up_hash(parts, request, caller);
       }});
  routes.back().quick = true;
  routes.push_back(
      {"POST",
       "/api/v1/lookups/hashes",
       "look_up_hashes",
       "Whether pictures are known: exact by digest, near by PDQ; up to 1000 at once.",
       {once},
       kLookupExample,
       {{200, "application/json", "One result for each look-up, in the same order.", kLookupAnswer},
        wrong},
       [parts](const auto& request, const auto& caller) {
         return look_up_hashes(parts, request, caller);
       }});
  routes.push_back(
      {"POST",
       "/api/v1/entries/{id}/feedback",
       "feedback_on_entry",
       "What a member found out about an entry; a `down` is looked at by a person.",
       {{"id", "path", "string", true, "The id of the entry."}, once},
       R"({"verdict":"down","reason":"over_blocking"})",
       {{201, "application/json", "Kept.",
         R"({"entry":"ent_01hq3zjw5x0000000000000000","verdict":"down","reason":"over_blocking"})"},
        wrong,
        {404, "application/problem+json", "There is no such entry.",
         R"({"type":"about:blank","title":"Not Found","status":404})"}},
       [parts](const auto& request, const auto& caller) {
         return give_feedback(parts, request, caller);
       }});
  for (auto& route : routes) route.scope = route.id == "feedback_on_entry" ? "feedback" : "lookups";
  return routes;
}

}  // namespace hotline::web
