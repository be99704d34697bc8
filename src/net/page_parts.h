// What a page consists of for us: its title, its text, its pictures and videos.
//
// The HTML is a stranger's: it is parsed (gumbo) but never run, and very deep or
// very long pages are read only as far as they can be read in reasonable time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "url/url.h"

namespace hotline::net {

struct PageParts {
  std::string title;                ///< One line, UTF-8.
  std::string text;                 ///< Visible text, at most 64 KiB, UTF-8.
  std::vector<std::string> media;   ///< Canonical addresses in the order of the page, each once.
  std::optional<url::Url> refresh;  ///< Where <meta http-equiv=refresh> leads within 10 seconds.
};

/// `charset` is that of the Content-Type header, or empty: then the page's own <meta>, else UTF-8.
[[nodiscard]] PageParts read_page(const url::Url& address, std::string_view html,
                                  std::string_view charset, std::size_t media_max);

/// "image/*", "video/*", or an answer whose first bytes are those of a picture or video.
[[nodiscard]] bool is_media(std::string_view content_type, std::string_view bytes);
/// Whether the answer is a page: by its type, or by its first tag if it has none.
[[nodiscard]] bool is_page(std::string_view content_type, std::string_view bytes);
/// "iso-8859-1" of "text/html; charset=ISO-8859-1"; empty if there is none.
[[nodiscard]] std::string charset_of(std::string_view content_type);

}  // namespace hotline::net
