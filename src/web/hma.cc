// The HTTP API of Hasher-Matcher-Actioner 2.x, as far as it reads: platforms ask us with the
// software that they already have. Same paths and shapes (distances are strings), errors as
// {"message": …} besides the problem's fields. Always with a key; curation is refused, because
// our people decide what is known; nothing that a caller names is fetched, and no file is taken.
#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "matching/hash256.h"
#include "matching/known_store.h"
#include "web/feeds_api.h"

namespace hotline::web {

namespace {

using http::Request;
using http::Response;
using matching::Hashes;
using matching::Match;

constexpr std::string_view kTypes[] = {"pdq", "video_md5", "md5", "sha1", "sha256"};

Response refused(int status, std::string_view sentence) {
  return http::problem_of_status(status, sentence);
}

/// The bank that a source of known items is to HMA clients: [A-Z_][A-Z0-9_]*.
std::string bank_of(std::string_view source) {
  if (source == "own") return "HOTLINE";
  std::string bank;
  for (char c : source) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    bank += (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && !bank.empty()) ? c : '_';
  }
  return bank.empty() ? "_" : bank;
}

/// Stable for one known item, and exact in a JSON number.
std::int64_t content_id(const matching::KnownId& id) {
  const std::string digest = crypto::sha256(id.str());
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 7; ++i) number = number << 8 | static_cast<unsigned char>(digest[i]);
  return number & ((std::int64_t{1} << 52) - 1);
}

/// HMA prints the distance of near matches and "-" where there is none to print.
std::string distance_text(const Match& match, std::string_view type) {
  return type == "pdq" ? std::to_string(match.distance) : "-";
}

struct Signal {
  std::string type;
  Hashes hashes;
};

Result<Signal> signal_of(std::string_view type, std::string_view value) {
  if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
    return fail(ErrorKind::invalid, "No such SignalType.");
  Signal signal{std::string(type), {}};
  const std::string hex = lower_ascii(trim(value));
  if (type == "pdq") {
    signal.hashes.pdq = hex;
    signal.hashes.pdq_quality = 100;  // HMA's callers have dropped what is too weak.
  } else {
    (type == "sha256" ? signal.hashes.sha256
     : type == "sha1" ? signal.hashes.sha1
                      : signal.hashes.md5) = hex;
  }
  if (!matching::check(signal.hashes)) return fail(ErrorKind::invalid, "invalid signal value");
  return signal;
}

Result<Signal> signal_in(const Request& request) {
  if (request.query.has("url"))
    return fail(
        ErrorKind::forbidden,
        "This hotline fetches no address that a caller names: send signal and signal_type.");
  for (const auto* name : {"signal", "signal_type"})
    if (!request.query.has(name))
      return fail(ErrorKind::invalid, std::string(name) + " is a required parameter");
  return signal_of(request.query.get("signal_type"), request.query.get("signal"));
}

/// Only digests agree exactly; a PDQ look-up gives whatever is near.
std::vector<Match> matches_of(const FeedsParts& parts, const Caller& caller, const Signal& signal) {
  parts.count.add(caller.member, parts.matcher.version(caller.member.tenant), 1);
  return parts.matcher.all(caller.member.tenant, signal.hashes);
}

/// The banks named in ?banks=A,B; none: all.
std::set<std::string> wanted_banks(const Request& request) {
  std::set<std::string> banks;
  const std::string names = request.query.get("banks");
  for (const auto name : split(names, ','))
    if (!trim(name).empty()) banks.emplace(trim(name));
  return banks;
}

// GET /m/lookup
Response lookup(const FeedsParts& parts, const Request& request, const Caller& caller) {
  const auto signal = signal_in(request);
  if (!signal) return http::problem(signal.error());
  const auto banks = wanted_banks(request);
  json::object answer;
  for (const auto& match : matches_of(parts, caller, *signal)) {
    const std::string bank = bank_of(match.source);
    if (!banks.empty() && !banks.contains(bank)) continue;
    auto& contents = answer[bank];
    if (!contents.is_array()) contents.emplace_array();
    contents.as_array().push_back({{"bank_content_id", content_id(match.known)},
                                   {"distance", distance_text(match, signal->type)}});
  }
  return http::json_text(json::serialize(answer));
}

// GET /m/raw_lookup
Response raw_lookup(const FeedsParts& parts, const Request& request, const Caller& caller) {
  const auto signal = signal_in(request);
  if (!signal) return http::problem(signal.error());
  const std::string with = lower_ascii(request.query.get("include_distance"));
  const bool distances = with == "true" || with == "1";
  json::array matches;
  for (const auto& match : matches_of(parts, caller, *signal)) {
    if (distances)
      matches.push_back({{"content_id", content_id(match.known)},
                         {"distance", distance_text(match, signal->type)}});
    else
      matches.push_back(content_id(match.known));
  }
  return http::json_text(json::serialize(json::object{{"matches", std::move(matches)}}));
}

// POST /m/compare {"pdq": [a, b]}
Response compare(const Request& request) {
  const auto body = parse_json(request.body);
  if (!body || !body->is_object() || body->as_object().empty())
    return refused(400, "The body is an object of signal types, each with two signals.");
  json::object answer;
  for (const auto& field : body->as_object()) {
    const auto* pair = field.value().if_array();
    if (!pair || pair->size() != 2 || !pair->at(0).is_string() || !pair->at(1).is_string())
      return refused(400, "Each signal type has exactly two signals.");
    const auto a = signal_of(field.key(), std::string_view(pair->at(0).as_string()));
    const auto b = signal_of(field.key(), std::string_view(pair->at(1).as_string()));
    if (!a || !b) return http::problem(a ? b.error() : a.error());
    if (a->type == "pdq") {
      const int bits = matching::distance(*matching::Hash256::parse(a->hashes.pdq),
                                          *matching::Hash256::parse(b->hashes.pdq));
      answer[field.key()] =
          json::array{bits <= matching::kNearDistance, json::object{{"distance", bits}}};
    } else {
      answer[field.key()] = json::array{a->hashes == b->hashes, json::object{}};
    }
  }
  return http::json_text(json::serialize(answer));
}

// GET /m/index/status, GET /c/signal_type/index
Response index_status(const FeedsParts& parts, const Request& request, const Caller& caller,
                      bool curation) {
  const std::string only = request.query.get("signal_type");
  const auto size = static_cast<std::int64_t>(parts.matcher.size(caller.member.tenant));
  const std::int64_t built = parts.matcher.version(caller.member.tenant);
  json::object answer;
  for (const auto type : kTypes) {
    if (!only.empty() && only != type) continue;
    if (curation)
      answer[type] = {{"db_size", size},
                      {"index_size", size},
                      {"index_out_of_date", false},
                      {"newest_db_item", built},
                      {"index_built_to", built}};
    else
      answer[type] = {{"present", true}, {"built_to", built}, {"size", size}};
  }
  if (answer.empty()) return refused(400, "No such signal type.");
  return http::json_text(json::serialize(answer));
}

Result<std::set<std::string>> banks_of(const FeedsParts& parts, const Caller& caller) {
  return parts.database.read([&](db::Transaction& tx) -> Result<std::set<std::string>> {
    TRY(sources, matching::KnownStore(tx).sources(caller.member.tenant));
    std::set<std::string> banks;
    for (const auto& source : sources) banks.insert(bank_of(source));
    return banks;
  });
}

// GET /c/banks
Response banks(const FeedsParts& parts, const Caller& caller) {
  const auto names = banks_of(parts, caller);
  if (!names) return http::problem(names.error());
  json::array all;
  for (const auto& name : *names) all.push_back({{"name", name}, {"matching_enabled_ratio", 1.0}});
  return http::json_text(json::serialize(all));
}

// GET /c/bank/{name}
Response bank(const FeedsParts& parts, const Request& request, const Caller& caller) {
  const auto names = banks_of(parts, caller);
  if (!names) return http::problem(names.error());
  const std::string& name = request.path_values.at("name");
  if (!names->contains(name)) return refused(404, "bank '" + name.substr(0, 100) + "' not found");
  return http::json_text(
      json::serialize(json::object{{"name", name}, {"matching_enabled_ratio", 1.0}}));
}

Response constant(json::value value) {
  return http::json_text(json::serialize(value));
}

Response signal_types() {
  json::object all;
  for (const auto type : kTypes) all[type] = {{"enabled_ratio", 1.0}};
  return constant(all);
}

constexpr const char* kPdq = "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0";

ApiRoute get(std::string pattern, std::string id, std::string summary, std::string example,
             ApiHandler handler) {
  return {"GET",
          std::move(pattern),
          std::move(id),
          std::move(summary),
          {},
          "",
          {{200, "application/json", "As Hasher-Matcher-Actioner answers.", std::move(example)}},
          std::move(handler)};
}

void add_signal_parameters(ApiRoute& route) {
  route.parameters = {
      {"signal_type", "query", "string", true, "pdq, video_md5, md5, sha1 or sha256."},
      {"signal", "query", "string", true, "The hash in hex."}};
  route.answers.push_back(
      {400, "application/problem+json", "The signal or its type is wrong.",
       R"({"title":"Not understood","status":400,"message":"No such SignalType."})"});
  route.answers.push_back({403, "application/problem+json", "`url` is not fetched.",
                           R"({"title":"Not allowed","status":403,"message":"…"})"});
}

/// What changes or would make us fetch or take a file, refused with the reason.
void add_refusals(std::vector<ApiRoute>& routes) {
  struct Refusal {
    const char *method, *pattern, *id, *why;
  };
  constexpr const char* kNoFiles =
      "This hotline takes no files and fetches no addresses: hash where the picture is.";
  constexpr const char* kCurated = "Our own people decide what is known: this door only reads.";
  for (const auto& [method, pattern, id, why] : {
           Refusal{"GET", "/h/hash", "hma_hash_url", kNoFiles},
           Refusal{"POST", "/h/hash", "hma_hash_file", kNoFiles},
           Refusal{"POST", "/m/lookup", "hma_lookup_file", kNoFiles},
           Refusal{"POST", "/c/banks", "hma_add_bank", kCurated},
           Refusal{"PUT", "/c/bank/{name}", "hma_change_bank", kCurated},
           Refusal{"DELETE", "/c/bank/{name}", "hma_delete_bank", kCurated},
           Refusal{"POST", "/c/bank/{name}/content", "hma_add_content", kCurated},
           Refusal{"POST", "/c/bank/{name}/signal", "hma_add_signal", kCurated},
       }) {
    ApiRoute route;
    route.method = method;
    route.pattern = pattern;
    route.id = id;
    route.summary = "Refused: " + std::string(why);
    route.answers = {{403, "application/problem+json", "Always.",
                      R"({"title":"Not allowed","status":403,"message":"…"})"}};
    route.handler = [why = std::string(why)](const Request&, const Caller&) {
      return refused(403, why);
    };
    routes.push_back(std::move(route));
  }
}

void add_reading(std::vector<ApiRoute>& routes, const FeedsParts& parts) {
  const auto by_caller = [&parts](auto answer) {
    return [parts, answer](const Request& request, const Caller& caller) {
      return answer(parts, request, caller);
    };
  };
  routes.push_back(get("/m/lookup", "hma_lookup", "Which banks hold something near this hash.",
                       R"({"HOTLINE":[{"bank_content_id":1,"distance":"5"}]})", by_caller(lookup)));
  add_signal_parameters(routes.back());
  routes.back().parameters.push_back(
      {"banks", "query", "string", false, "Only these banks, with commas."});
  routes.push_back(get("/m/raw_lookup", "hma_raw_lookup", "What is near this hash.",
                       R"({"matches":[1,2]})", by_caller(raw_lookup)));
  add_signal_parameters(routes.back());
  routes.back().parameters.push_back({"include_distance", "query", "boolean", false,
                                      "Objects with content_id and distance instead of numbers."});
  ApiRoute comparing = get("/m/compare", "hma_compare", "How near two hashes are.",
                           R"({"pdq":[true,{"distance":0}]})",
                           [](const Request& request, const Caller&) { return compare(request); });
  comparing.method = "POST";
  comparing.request_example =
      R"({"pdq":[")" + std::string(kPdq) + R"(",")" + std::string(kPdq) + R"("]})";
  comparing.answers.push_back({400, "application/problem+json", "No two signals of one type.",
                               R"({"title":"Not understood","status":400,"message":"…"})"});
  routes.push_back(std::move(comparing));
  routes.push_back(get("/m/index/status", "hma_index_status", "How far the index is built.",
                       R"({"pdq":{"present":true,"built_to":12,"size":3}})",
                       by_caller([](const auto& all, const auto& request, const auto& caller) {
                         return index_status(all, request, caller, false);
                       })));
  routes.push_back(get("/c/signal_type/index", "hma_signal_index", "The same for curators.",
                       R"({"pdq":{"db_size":3,"index_size":3,"index_out_of_date":false}})",
                       by_caller([](const auto& all, const auto& request, const auto& caller) {
                         return index_status(all, request, caller, true);
                       })));
  routes.push_back(
      get("/c/banks", "hma_banks", "The sources of what is known.",
          R"([{"name":"HOTLINE","matching_enabled_ratio":1.0}])",
          [parts](const Request&, const Caller& caller) { return banks(parts, caller); }));
  routes.push_back(get("/c/bank/{name}", "hma_bank", "One of them.",
                       R"({"name":"HOTLINE","matching_enabled_ratio":1.0})", by_caller(bank)));
  routes.back().parameters = {{"name", "path", "string", true, "The bank's name."}};
  routes.back().answers.push_back({404, "application/problem+json", "There is no such bank.",
                                   R"({"title":"Not found","status":404,"message":"…"})"});
  routes.push_back(get("/c/signal_type", "hma_signal_types", "The kinds of hashes.",
                       R"({"pdq":{"enabled_ratio":1.0}})",
                       [](const Request&, const Caller&) { return signal_types(); }));
  routes.push_back(get(
      "/c/content_type", "hma_content_types", "The kinds of content.",
      R"({"photo":{"enabled":true},"video":{"enabled":true}})", [](const Request&, const Caller&) {
        return constant({{"photo", {{"enabled", true}}}, {"video", {{"enabled", true}}}});
      }));
  for (const char* pattern : {"/c/exchanges", "/c/exchanges/apis"})
    routes.push_back(get(pattern, "hma_" + replace_all(std::string(pattern).substr(3), "/", "_"),
                         "None: exchanges are run by the worker.", "[]",
                         [](const Request&, const Caller&) { return constant(json::array{}); }));
}

}  // namespace

std::vector<ApiRoute> hma_routes(const FeedsParts& parts) {
  std::vector<ApiRoute> routes;
  add_reading(routes, parts);
  add_refusals(routes);
  for (auto& route : routes) route.scope = "lookups";
  return routes;
}

http::Handler with_hma_message(http::Handler handler) {
  return [handler = std::move(handler)](const Request& request) {
    Response response = handler(request);
    if (response.status < 400) return response;
    auto body = parse_json(response.body);
    if (!body || !body->is_object()) return response;
    auto& problem = body->as_object();
    const auto* words = problem.if_contains("detail");
    if (!words) words = problem.if_contains("title");
    if (words) problem["message"] = json::value(*words);
    response.body = json::serialize(*body);
    return response;
  };
}

}  // namespace hotline::web
