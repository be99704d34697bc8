// Ids: a prefix that says of what, and 26 characters that sort by time.
//
// 48 bits of milliseconds and 80 random bits in Crockford's base 32, lower
// case. Sortable, unguessable enough for staff pages; never a secret (links for
// strangers carry a token of their own).
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace hotline {

/// The 26 characters after the prefix.
[[nodiscard]] std::string make_id_body(Instant at);
[[nodiscard]] bool is_id_body(std::string_view body);

template <class Tag>
class Id {
 public:
  static constexpr std::string_view prefix = Tag::prefix;

  /// Empty; only good to be assigned to.
  Id() = default;

  [[nodiscard]] static Id make(Instant at) {
    Id id;
    id.text_ = std::string(prefix) + make_id_body(at);
    return id;
  }
  /// Error `invalid` if the prefix or the characters are wrong.
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    if (!text.starts_with(prefix) || !is_id_body(text.substr(prefix.size())))
      return fail(ErrorKind::invalid,
                  "This is not an id that begins with " + std::string(prefix) + ".");
    Id id;
    id.text_ = text;
    return id;
  }

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  std::string text_;
};

}  // namespace hotline

template <class Tag>
struct std::hash<hotline::Id<Tag>> {
  std::size_t operator()(const hotline::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
