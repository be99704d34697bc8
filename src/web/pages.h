// Pages: templates filled with values, escaped for the place they stand in.
//
// The templates are ctemplate's, read once from a folder; every one must begin
// with {{%AUTOESCAPE context="HTML"}}, and one that does not, or that switches
// the escaping off, is refused when the program starts: a page with a wrong
// escape cannot be written. {{t_start_title}} is the message `start_title` of
// the catalogue (i18n.h); {{NAME}} is a value, {{#NAME}}…{{/NAME}} a section,
// {{>NAME}} another template of the folder. How a date or a number reads is
// decided before it gets here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hotline::web {

class Messages;
class Phrases;

/// What a template is filled with. References that add() and include() give stay good as long
/// as the page they were added to lives and is not moved or copied.
class Page {
 public:
  /// The value as it is: escaping is the template's. Of the outermost page it is seen in every
  /// section and included template; else in this section and the sections within it.
  Page& set(std::string name, std::string value);
  /// Shows the section once, if `wanted`.
  Page& show(std::string section, bool wanted = true);
  /// One more repetition of the section; fill what it gives.
  Page& add(std::string section);
  /// Puts the template `file` ("portal/frame.html", as below the folder) where {{>marker}} stands.
  Page& include(std::string marker, std::string file);

 private:
  friend class Pages;
  struct Child {
    std::string name;
    std::string file;  ///< Empty for a section.
    std::unique_ptr<Page> page;
  };
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<std::string> shown_;
  std::vector<Child> children_;
};

class Pages {
 public:
  /// All *.html below `folder`, and its phrases. Error `invalid` names the template that breaks a
  /// rule, `not_found` if there is no such folder.
  [[nodiscard]] static Result<Pages> load(const std::string& folder);
  Pages(Pages&&) noexcept;
  Pages& operator=(Pages&&) noexcept;
  ~Pages();

  /// The filled template. An unknown `name` is a bug (CHECK). Safe from several threads.
  [[nodiscard]] std::string expand(std::string_view name, const Page& page) const;
  /// The same with every {{t_…}} in `language`.
  [[nodiscard]] std::string expand(std::string_view name, const Page& page,
                                   const Messages& messages, std::string_view language) const;

  /// What staff pages are translated with: <folder>/phrases, English alone without it.
  [[nodiscard]] const Phrases& phrases() const;
  [[nodiscard]] std::vector<std::string> names() const;
  /// The messages that the templates name ("start_title"), sorted: tests look for each.
  [[nodiscard]] const std::vector<std::string>& message_keys() const;

 private:
  struct Impl;
  explicit Pages(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hotline::web
