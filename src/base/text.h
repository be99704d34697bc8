// Text: the few string functions that everything above uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline {

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string lower_ascii(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view between);
[[nodiscard]] std::string replace_all(std::string text, std::string_view from, std::string_view to);

[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] Result<std::string> unhex(std::string_view text);
/// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);
[[nodiscard]] Result<std::string> unbase64url(std::string_view text);
/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] Result<std::string> unbase64(std::string_view text);

/// Valid UTF-8 as it is; each broken byte becomes U+FFFD. NUL and C0 controls other than
/// tab and newline become spaces, so that the text is safe to store, log and show.
[[nodiscard]] std::string clean_utf8(std::string_view bytes);
/// At most `bytes_max` bytes, cut at a character border.
[[nodiscard]] std::string clip_utf8(std::string_view text, std::size_t bytes_max);

/// "hxxp://gallery[.]example/a": shown to people, never clickable by accident.
[[nodiscard]] std::string defang(std::string_view address);

/// For HTML text and quoted attributes.
[[nodiscard]] std::string escape_html(std::string_view text);

/// Same time for equal lengths whatever the content.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

/// A whole number in decimal, nothing else around it.
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text);

}  // namespace hotline
