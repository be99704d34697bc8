// Sized: every page leaves in one of a few sizes, so that its length says nothing.
//
// Somebody who watches the line sees how long an answer is, even under TLS. Pages
// are therefore filled up to the next of kPageSizes: with blanks behind the last
// tag, or, where the browser takes gzip, with the extra field that the gzip
// header has for such things (RFC 1952 section 2.3.1.1).
//
// Compressing what holds both a secret and a stranger's words can give the secret
// away by its length (BREACH); here the length is rounded, and every page's secret
// is made anew for that page.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "http/http.h"

namespace hotline::http {

inline constexpr std::array<std::size_t, 6> kPageSizes = {8192,  16384,  32768,
                                                          65536, 131072, 262144};

/// RFC 1952, one member, without time or name; `extra` zero bytes (at most 65,531) are carried in
/// its header.
[[nodiscard]] std::string gzip(std::string_view bytes, std::size_t extra = 0);
/// True if an Accept-Encoding header takes gzip.
[[nodiscard]] bool takes_gzip(std::string_view accept_encoding);
/// Body filled up to a size of the list, compressed if the request takes it. Larger than all of
/// them: as it is.
void give_size(const Request& request, Response& response);

}  // namespace hotline::http
