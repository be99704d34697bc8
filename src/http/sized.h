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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// them: as it is. A response that has been given its size already stays as it is.
void give_size(const Request& request, Response& response);

/// A page that is the same for everybody but for a few places, compressed once. What is put into
/// the places stands uncompressed between the parts: it costs no time, and its length says no more
/// than it is long.
class SizedForm {
 public:
  /// `page` with each of `marks` in the places of its value. A mark must be longer than anything
  /// that happens to stand in a page, and its value must need no escaping.
  SizedForm(Response page, const std::vector<std::string>& marks);
  /// The response with the values (in the order of the marks), sized for this request.
  [[nodiscard]] Response fill(bool gzip, const std::vector<std::string>& values) const;

 private:
  struct Part {
    std::string text, packed;          ///< `packed` ends at a whole byte and is not the last block.
    std::optional<std::size_t> value;  ///< What follows the text; nothing at the end.
  };
  Response page_;  ///< Without its body.
  std::vector<Part> parts_;
};

}  // namespace hotline::http
