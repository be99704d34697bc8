// JSON: Boost.JSON under a short name, and the reading that everyone does.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline {

namespace json = boost::json;

/// At most 32 levels deep. Error `invalid` with the reason, never the text.
[[nodiscard]] Result<json::value> parse_json(std::string_view text);
/// The member as text; nothing if it is missing or not a string.
[[nodiscard]] std::optional<std::string> text_at(const json::value& object, std::string_view key);
[[nodiscard]] std::optional<std::int64_t> integer_at(const json::value& object,
                                                     std::string_view key);
[[nodiscard]] const json::value* member(const json::value& object, std::string_view key);

}  // namespace hotline
