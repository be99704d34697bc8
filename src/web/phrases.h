// Phrases: staff pages in the language of the person who reads them.
//
// Staff pages are written in English. For a person who has chosen another
// language the finished page is read once more, and each text a browser would
// show (between tags, and in title, aria-label, alt and placeholder) is replaced
// by that language's phrase from web/phrases/<language>.po, whose msgid is the
// English itself. {} in a msgid is any number, {*} any words. What nobody of the
// house wrote is left as it is: <code>, <pre>, <q>, <kbd>, <bdi>, <textarea>,
// class="address" and translate="no". A text without a phrase stays English;
// tests/browser/console.mjs finds each. The public portal has messages of its
// own (i18n.h): there a sentence's key is not its English text.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hotline::web {

class Phrases {
 public:
  struct Language {
    std::string code;  ///< BCP 47
    std::string name;  ///< In the language itself.
    bool right_to_left = false;
    bool reviewed = false;  ///< False: machine-drafted, no native reviewer has signed it.
    std::size_t phrases = 0;
  };

  /// All *.po of `folder`, beside English, which needs no file. Error `invalid` names the file and
  /// line that is no catalogue. A folder that is not there is English alone.
  [[nodiscard]] static Result<Phrases> load(const std::string& folder);

  /// English first, then by code.
  [[nodiscard]] const std::vector<Language>& languages() const { return languages_; }
  [[nodiscard]] bool knows(std::string_view language) const;
  /// A language that knows() is true of; anything else is a bug (CHECK).
  [[nodiscard]] const Language& language(std::string_view code) const;

  /// The whole page in that language.
  [[nodiscard]] std::string page(std::string_view language, std::string_view html) const;
  /// One text. Parts between ": ", ", " and ". " are looked up alone if the whole is not known.
  [[nodiscard]] std::string words(std::string_view language, std::string_view english) const;
  /// The catalogue as a script, for texts that the page's own scripts write.
  [[nodiscard]] std::string script(std::string_view language) const;
  /// Sorted English phrases and what they read in that language.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> all(
      std::string_view language) const;

 private:
  struct Pattern {
    std::vector<std::string> pieces;  ///< What stands between the {*}.
    std::string words;
  };
  struct Catalogue {
    std::map<std::string, std::string, std::less<>> exact;
    std::vector<Pattern> patterns;
  };
  [[nodiscard]] static Result<Language> read(const std::string& path, const std::string& code,
                                             Catalogue& into);
  [[nodiscard]] static bool find(const Catalogue& catalogue, std::string_view english, int depth,
                                 std::string& words);
  static void put(const Catalogue& catalogue, std::string_view text, std::string& out);
  static void put_tag(const Catalogue& catalogue, std::string_view tag, std::string& out);
  std::map<std::string, Catalogue, std::less<>> catalogues_;
  std::vector<Language> languages_;
};

}  // namespace hotline::web
