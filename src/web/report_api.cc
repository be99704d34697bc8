#include "web/report_api.h"

#include "base/json.h"
#include "base/text.h"
#include "intake/report_lines.h"

namespace hotline::web {

namespace {

constexpr const char* kExample =
    R"({"reports":[{"address":"http://gallery.example/a","reference":"t-1"},{"app":"Example Chat","group":"boats","user":"someone","seen":"today"}]})";
constexpr const char* kAnswer =
    R"({"results":[{"line":0,"result":"taken","reference":"9f86d081884c7d65","yours":"t-1"},{"line":1,"result":"taken","reference":"60303ae22b998861","yours":""}]})";

json::object answer_of(const intake::LineAnswer& answer) {
  json::object one{{"line", answer.number}, {"result", answer.taken ? "taken" : "refused"}};
  if (answer.taken)
    one["reference"] = answer.reference;
  else
    one["sentence"] = answer.sentence;
  one["yours"] = answer.theirs;
  return one;
}

// POST /api/v1/reports
http::Response take_reports(const FeedsParts& parts, intake::Drop& drop,
                            const http::Request& request, const Caller& caller) {
  const auto key = request.headers.find("idempotency-key");
  if (key == request.headers.end() || trim(key->second).empty())
    return http::problem_of_status(400,
                                   "Send an Idempotency-Key: the same key is the same reports.");
  const auto lines = intake::lines_from_json(request.body);
  if (!lines) return refuse_field("/reports", lines.error().sentence);
  const auto answers = intake::take_lines(drop, {"api", caller.member.id.str(), key->second},
                                          *lines, parts.clock.now());
  if (!answers) return http::problem(answers.error());
  json::array results;
  for (const auto& answer : *answers) results.push_back(answer_of(answer));
  return http::json_text(json::serialize(json::object{{"results", std::move(results)}}), 202);
}

}  // namespace

std::vector<ApiRoute> report_routes(const FeedsParts& parts, intake::Drop& drop) {
  ApiRoute route;
  route.method = "POST";
  route.pattern = "/api/v1/reports";
  route.id = "sendReports";
  route.summary =
      "Report addresses, or app, group and user where there is none: text, never files.";
  route.parameters = {{"Idempotency-Key", "header", "string", true,
                       "Yours for this sending: the same key again is the same reports."}};
  route.scope = "reports";
  route.request_example = kExample;
  route.answers = {
      {202, "application/json", "Each line's own answer, in order.", kAnswer},
      {400, "application/problem+json", "The body is not one of 1 to 100 reports.", ""},
      {503, "application/problem+json", "Not taken: send all again.", ""}};
  route.handler = [parts, &drop](const http::Request& request, const Caller& caller) {
    return take_reports(parts, drop, request, caller);
  };
  return {std::move(route)};
}

}  // namespace hotline::web
