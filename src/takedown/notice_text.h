// Notice texts: what a letter says, in the recipient's language.
//
// Texts are data: policy/notices/notice.<language>.txt has one section for each
// kind of letter, policy/notices/law.json the words for categories and the legal
// basis by country. A placeholder that nobody fills is an error when the files are
// loaded, not when a notice leaves. Values are filled in once, from left to right:
// a value that looks like a placeholder stays text. Complete per Article 16(2) of
// the Digital Services Act; never media, never a description.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "takedown/notice.h"

namespace hotline::takedown {

/// What a letter is about, beside the notice itself.
struct LetterFacts {
  LetterKind kind = LetterKind::first;
  std::string language;      ///< "en", "de" …; a language without a file becomes "en".
  std::string organisation;  ///< hotline.name
  std::string web;           ///< hotline.web
  std::string mailbox;       ///< hotline.mail_from
  int hours = 24;            ///< Until we look and go one step further.
  Instant seen{};            ///< When we last found it there.
  bool unreachable = false;  ///< The one asked before could not be written to.
  bool also = false;         ///< Not the first of the notices in its mail: the short form.
};

struct LetterText {
  std::string subject;
  std::string text;  ///< kLinkPlaceholder stands where the answer link goes.
};

/// Stands for the answer link in stored texts: the database never holds a working link.
inline constexpr std::string_view kLinkPlaceholder = "{{answer_link}}";

class NoticeTexts {
 public:
  /// `folder` is policy/notices. Error `invalid` names the file and what is wrong in it.
  [[nodiscard]] static Result<NoticeTexts> load(const std::string& folder);

  [[nodiscard]] LetterText write(const Notice& notice, const LetterFacts& facts) const;
  /// Words of the law for a category, in a language; the neutral default for an unknown one.
  [[nodiscard]] std::string category_words(std::string_view category,
                                           std::string_view language) const;
  [[nodiscard]] std::string legal_basis(std::string_view country, std::string_view language) const;
  /// The language that a host in this country is written to in: one that has a file.
  [[nodiscard]] std::string language_of(std::string_view country) const;
  [[nodiscard]] bool has_language(std::string_view language) const;
  /// What a reply may mean, by the phrases of policy/notices/replies.json; empty if none stands in
  /// it. Shown to a person, never acted on.
  [[nodiscard]] std::string meaning_of(std::string_view words) const;

 private:
  using Section = std::map<LetterKind, LetterText>;
  using Words = std::map<std::string, std::string, std::less<>>;
  Done add_file(const std::string& folder, const std::string& language);
  Done add_law(const json::value& law);
  Done add_phrases(const json::value& replies);
  [[nodiscard]] std::map<std::string, std::string, std::less<>> values(
      const Notice& notice, const LetterFacts& facts, std::string_view language) const;
  Done check_complete() const;
  std::map<std::string, Section, std::less<>> languages_;
  std::map<std::string, Words, std::less<>> categories_;   // language → category → words
  std::map<std::string, Words, std::less<>> legal_basis_;  // language → country → words
  std::map<std::string, Words, std::less<>> roles_;        // language → rung → words
  std::map<std::string, Words, std::less<>> history_;      // language → asked, unreachable
  std::map<std::string, std::string, std::less<>> also_;   // language → text
  Words cdn_notes_;                                        // language → paragraph
  Words country_language_;
  std::vector<std::pair<std::string, std::string>> phrases_;  // phrase → meaning, in order
  std::vector<std::string> union_countries_;
};

/// Fills {{name}} from `values` in one pass. Error `invalid` names a placeholder without a value.
[[nodiscard]] Result<std::string> fill(
    std::string_view text, const std::map<std::string, std::string, std::less<>>& values);

}  // namespace hotline::takedown
