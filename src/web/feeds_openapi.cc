// The description of the member API, made from the table that routes it.
#include "base/json.h"
#include "base/text.h"
#include "web/feeds_api.h"

namespace hotline::web {

namespace {

json::object schema_of(std::string_view type) {
  return {{"type", type}};
}

json::array parameters_of(const ApiRoute& route) {
  json::array all;
  for (const auto& parameter : route.parameters)
    all.push_back({{"name", parameter.name},
                   {"in", parameter.where},
                   {"required", parameter.required},
                   {"description", parameter.meaning},
                   {"schema", schema_of(parameter.type)}});
  return all;
}

json::value example_of(const std::string& media_type, const std::string& text) {
  // NDJSON is several values: it is shown as the text that it is.
  if (media_type == "application/x-ndjson") return json::value(text);
  const auto value = parse_json(text);
  return value ? *value : json::value(text);
}

json::object answers_of(const ApiRoute& route) {
  json::object all;
  for (const auto& answer : route.answers) {
    json::object one{{"description", answer.meaning}};
    if (!answer.media_type.empty())
      one["content"] = {
          {answer.media_type, {{"example", example_of(answer.media_type, answer.example)}}}};
    all[std::to_string(answer.status)] = std::move(one);
  }
  for (const auto& [status, meaning] :
       {std::pair<const char*, const char*>{"401", "There is no key, or it is not valid."},
        {"429", "Too many requests with this key: wait as Retry-After says."}})
    all[status] = {
        {"description", meaning},
        {"content",
         {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/problem"}}}}}}}};
  return all;
}

json::object operation_of(const ApiRoute& route) {
  json::object operation{{"operationId", route.id},
                         {"summary", route.summary},
                         {"security", json::array{json::object{{"key", json::array{}}}}},
                         {"parameters", parameters_of(route)},
                         {"responses", answers_of(route)}};
  if (!route.request_example.empty())
    operation["requestBody"] = {
        {"required", true},
        {"content",
         {{"application/json",
           {{"example", example_of("application/json", route.request_example)}}}}}};
  return operation;
}

json::object problem_schema() {
  return {{"type", "object"},
          {"properties",
           {{"type", schema_of("string")},
            {"title", schema_of("string")},
            {"status", schema_of("integer")},
            {"detail", schema_of("string")},
            {"instance", {{"type", "string"}, {"description", "The Request-Id."}}},
            {"errors",
             {{"type", "array"},
              {"items",
               {{"type", "object"},
                {"properties",
                 {{"pointer", schema_of("string")}, {"detail", schema_of("string")}}}}}}}}}};
}

}  // namespace

std::string openapi_text(const std::vector<ApiRoute>& routes, std::string_view server_url) {
  json::object paths;
  for (const auto& route : routes) {
    auto& path = paths[route.pattern];
    if (!path.is_object()) path.emplace_object();
    path.as_object()[lower_ascii(route.method)] = operation_of(route);
  }
  const json::object document{
      {"openapi", "3.1.0"},
      {"info", {{"title", "Hotline member API"}, {"version", "1"}}},
      {"servers", json::array{json::object{{"url", server_url}}}},
      {"paths", std::move(paths)},
      {"components",
       {{"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}},
        {"schemas", {{"problem", problem_schema()}}}}}};
  return json::serialize(document);
}

}  // namespace hotline::web
