#include "web/pages.h"

#include <ctemplate/per_expand_data.h>
#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "web/i18n.h"
#include "web/phrases.h"

namespace hotline::web {

namespace {

constexpr std::string_view kEscaping = "{{%AUTOESCAPE context=\"HTML\"}}";
constexpr std::string_view kMessagePrefix = "t_";

/// The tags between braces, without them.
std::vector<std::string_view> tags_of(std::string_view text) {
  std::vector<std::string_view> tags;
  for (auto from = text.find("{{"); from != std::string_view::npos; from = text.find("{{", from)) {
    const auto to = text.find("}}", from);
    if (to == std::string_view::npos) break;
    tags.push_back(text.substr(from + 2, to - from - 2));
    from = to + 2;
  }
  return tags;
}

/// The rules that make a wrong escape impossible. pre_escape keeps line breaks (for a textarea)
/// and escapes the rest like the default; nothing else may be chosen by hand.
Done check_template(const std::string& name, std::string_view text) {
  if (!text.starts_with(kEscaping))
    return fail(ErrorKind::invalid, "The template " + name + " does not begin with AUTOESCAPE.");
  const auto tags = tags_of(text);
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (i > 0 && tags[i].starts_with('%'))
      return fail(ErrorKind::invalid, "The template " + name + " has a second pragma.");
    if (tags[i].starts_with('!') || i == 0) continue;
    const auto colon = tags[i].find(':');
    if (colon != std::string_view::npos && tags[i].substr(colon) != ":pre_escape")
      return fail(ErrorKind::invalid, "The template " + name + " chooses its own escaping.");
    if (tags[i].starts_with('='))
      return fail(ErrorKind::invalid, "The template " + name + " changes its markers.");
  }
  return {};
}

}  // namespace

Page& Page::set(std::string name, std::string value) {
  values_.emplace_back(std::move(name), std::move(value));
  return *this;
}

Page& Page::show(std::string section, bool wanted) {
  if (wanted) shown_.push_back(std::move(section));
  return *this;
}

Page& Page::add(std::string section) {
  children_.push_back({std::move(section), "", std::make_unique<Page>()});
  return *children_.back().page;
}

Page& Page::include(std::string marker, std::string file) {
  children_.push_back({std::move(marker), std::move(file), std::make_unique<Page>()});
  return *children_.back().page;
}

struct Pages::Impl {
  ctemplate::TemplateCache cache;
  Phrases phrases;
  std::set<std::string, std::less<>> names;
  std::vector<std::string> keys;
  std::map<std::string, std::vector<std::string>, std::less<>> keys_of;  ///< By template.

  /// The messages of the templates that a page includes: a page needs a tenth of them all.
  void add_keys(std::set<std::string_view>& wanted, const Page& page) const {
    for (const auto& child : page.children_) {
      if (const auto found = keys_of.find(child.file); found != keys_of.end())
        wanted.insert(found->second.begin(), found->second.end());
      add_keys(wanted, *child.page);
    }
  }

  void fill(ctemplate::TemplateDictionary& to, const Page& from) const {
    for (const auto& [name, value] : from.values_) to.SetValue(name, value);
    for (const auto& section : from.shown_) to.ShowSection(section);
    for (const auto& child : from.children_) {
      if (child.file.empty()) {
        fill(*to.AddSectionDictionary(child.name), *child.page);
        continue;
      }
      CHECK(names.contains(child.file));
      auto* included = to.AddIncludeDictionary(child.name);
      included->SetFilename(child.file);
      fill(*included, *child.page);
    }
  }

  std::string expand(std::string_view name, const Page& page, const Messages* messages,
                     std::string_view language) const {
    CHECK(names.contains(name));
    ctemplate::TemplateDictionary root("page");
    if (messages) {
      const auto& own = keys_of.find(name)->second;
      std::set<std::string_view> wanted(own.begin(), own.end());
      add_keys(wanted, page);
      for (const auto key : wanted)
        root.SetTemplateGlobalValue(std::string(kMessagePrefix) + std::string(key),
                                    messages->tr(language, key));
    }
    for (const auto& [key, value] : page.values_) root.SetTemplateGlobalValue(key, value);
    for (const auto& section : page.shown_) root.ShowTemplateGlobalSection(section);
    fill(root, page);
    std::string text;
    ctemplate::PerExpandData per_expand;
    const bool whole = cache.ExpandNoLoad(std::string(name), ctemplate::STRIP_BLANK_LINES, &root,
                                          &per_expand, &text);
    CHECK(whole);
    return text;
  }
};

Pages::Pages(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pages::Pages(Pages&&) noexcept = default;
Pages& Pages::operator=(Pages&&) noexcept = default;
Pages::~Pages() = default;

Result<Pages> Pages::load(const std::string& folder) {
  namespace files = std::filesystem;
  std::error_code error;
  if (!files::is_directory(folder, error))
    return fail(ErrorKind::not_found, "There is no folder of templates where it should be.");
  auto impl = std::make_unique<Impl>();
  std::set<std::string> keys;
  for (const auto& entry : files::recursive_directory_iterator(folder, error)) {
    if (entry.path().extension() != ".html") continue;
    const auto name = files::relative(entry.path(), folder, error).generic_string();
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::unavailable, "The template " + name + " cannot be read.");
    TRY_DONE(check_template(name, text.view()));
    if (!impl->cache.StringToTemplateCache(name, text.str(), ctemplate::STRIP_BLANK_LINES))
      return fail(ErrorKind::invalid, "The template " + name + " has a value where none is safe.");
    impl->names.insert(name);
    auto& own = impl->keys_of[name];
    for (auto tag : tags_of(text.view())) {
      tag = tag.substr(0, tag.find(':'));
      if (!tag.starts_with(kMessagePrefix)) continue;
      keys.emplace(tag.substr(kMessagePrefix.size()));
      own.emplace_back(tag.substr(kMessagePrefix.size()));
    }
  }
  TRY(phrases, Phrases::load(folder + "/phrases"));
  impl->phrases = std::move(phrases);
  impl->cache.Freeze();
  impl->keys.assign(keys.begin(), keys.end());
  return Pages(std::move(impl));
}

std::string Pages::expand(std::string_view name, const Page& page) const {
  return impl_->expand(name, page, nullptr, "");
}

std::string Pages::expand(std::string_view name, const Page& page, const Messages& messages,
                          std::string_view language) const {
  return impl_->expand(name, page, &messages, language);
}

const Phrases& Pages::phrases() const {
  return impl_->phrases;
}

std::vector<std::string> Pages::names() const {
  return {impl_->names.begin(), impl_->names.end()};
}

const std::vector<std::string>& Pages::message_keys() const {
  return impl_->keys;
}

}  // namespace hotline::web
