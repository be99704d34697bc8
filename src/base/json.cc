#include "base/json.h"

namespace hotline {

Result<json::value> parse_json(std::string_view text) {
  json::error_code trouble;
  json::parse_options options;
  options.max_depth = 32;
  json::value value = json::parse(text, trouble, {}, options);
  if (trouble) return fail(ErrorKind::invalid, "This is not JSON: " + trouble.message() + ".");
  return value;
}

const json::value* member(const json::value& object, std::string_view key) {
  const json::object* members = object.if_object();
  return members ? members->if_contains(key) : nullptr;
}

std::optional<std::string> text_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::int64_t> integer_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (!value) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64() && value->get_uint64() <= INT64_MAX)
    return static_cast<std::int64_t>(value->get_uint64());
  return std::nullopt;
}

}  // namespace hotline
