// From what stood on the wire to a Request: what is refused, and why.
//
// Two servers in a row must never disagree on where a request ends, so every
// ambiguous framing is refused (RFC 9112 section 6.3). No network in here: the
// rules are tested and fuzzed without a socket.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/http.h"

namespace hotline::http {

struct RawRequest {
  std::string method;
  std::string target;
  bool http_1_1 = true;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Names in lower case, in order.
};

/// 0 if the body may be read, else the status to refuse with. Multipart is 415 here: no
/// listener of ours takes files, and the bytes of one must not even be read.
[[nodiscard]] int refusal_of(const RawRequest& raw);

/// The client waits for "100 Continue" before it sends the body.
[[nodiscard]] bool wants_continue(const RawRequest& raw);

/// application/x-www-form-urlencoded.
[[nodiscard]] bool is_form(const RawRequest& raw);

/// Error `invalid` for a target that is no path: broken escapes, control characters, "..".
[[nodiscard]] Result<Request> request_of(RawRequest raw, std::string body);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string http_date(Instant now);

/// The status line and all headers, with the empty line: the handler's own, the common ones that
/// it has not set itself, the date, the length and, unless it is empty, `connection`. A line break
/// in a value would begin a header of its own: it becomes a space.
[[nodiscard]] std::string head_text(const Response& response, const CommonHeaders& common,
                                    std::string_view date, std::string_view connection);

[[nodiscard]] bool allows_body(int status);

}  // namespace hotline::http
