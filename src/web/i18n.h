// Messages: every public sentence in every language.
//
// One gettext file a language, web/messages/<language>.po; msgid is the key,
// msgstr an ICU message ("{days, plural, one {# day} other {# days}}"). The head
// of the file says the language's own name and whether a native reviewer has
// signed it: machine-drafted texts say `X-Reviewed: no`. English is the
// reference: what another language lacks is shown in English, and a test fails.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace hotline::web {

struct Language {
  std::string code;  ///< BCP 47
  std::string name;  ///< In the language itself.
  bool right_to_left = false;
  bool reviewed = false;
};

class Messages {
 public:
  struct Argument {
    std::string_view name;
    std::variant<std::int64_t, std::string> value;
  };

  /// All *.po of `folder`. Error `invalid` names the file and line that is no catalogue, or the
  /// message that ICU refuses; `not_found` if there is no English.
  [[nodiscard]] static Result<Messages> load(const std::string& folder);

  /// The message in that language, in English if it lacks it, the key if both do.
  [[nodiscard]] std::string tr(std::string_view language, std::string_view key,
                               std::initializer_list<Argument> arguments = {}) const;
  /// Only in that language, no falling back.
  [[nodiscard]] bool has(std::string_view language, std::string_view key) const;
  [[nodiscard]] bool knows(std::string_view language) const;
  /// A language that knows() is true of; anything else is a bug (CHECK).
  [[nodiscard]] const Language& language(std::string_view code) const;
  [[nodiscard]] std::vector<Language> languages() const;
  /// Keys of that language, sorted.
  [[nodiscard]] std::vector<std::string> keys(std::string_view language) const;

 private:
  struct Catalogue {
    Language language;
    std::map<std::string, std::string, std::less<>> texts;
  };
  [[nodiscard]] static Result<Catalogue> read(const std::string& path, std::string code);
  std::map<std::string, Catalogue, std::less<>> catalogues_;
};

/// The best of `offered` for an Accept-Language header (RFC 9110 section 12.5.4); the first one
/// offered if none fits.
[[nodiscard]] std::string choose_language(std::string_view accept_language,
                                          const std::vector<std::string>& offered);

}  // namespace hotline::web
