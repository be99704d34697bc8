#include "assessment/scheme.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/json.h"
#include "base/text.h"

namespace hotline::assessment {

namespace {

namespace fs = std::filesystem;

// A digit key chooses: 1 to 9, and 0 for what is not actionable.
constexpr std::size_t kChoicesMax = 9;

std::unexpected<Error> broken(std::string what) {
  return fail(ErrorKind::invalid, "The grading scheme " + std::move(what) + ".");
}

bool is_word(std::string_view id) {
  return !id.empty() && id.size() <= 40 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

Result<std::vector<Choice>> choices(const json::value& root, std::string_view key) {
  const json::value* list = member(root, key);
  if (list == nullptr || !list->is_array())
    return broken("has no list \"" + std::string(key) + "\"");
  std::vector<Choice> found;
  std::set<std::string> seen;
  for (const auto& entry : list->as_array()) {
    Choice choice{text_at(entry, "id").value_or(""), text_at(entry, "label").value_or("")};
    if (!is_word(choice.id)) return broken("has a bad id in \"" + std::string(key) + "\"");
    if (choice.label.empty()) return broken("has no label for " + choice.id);
    if (!seen.insert(choice.id).second) return broken("names " + choice.id + " twice");
    found.push_back(std::move(choice));
  }
  if (found.size() > kChoicesMax)
    return broken("has more choices in \"" + std::string(key) + "\" than there are digit keys");
  return found;
}

Result<std::vector<Category>> categories(const json::value& root) {
  TRY(plain, choices(root, "categories"));
  const auto& list = member(root, "categories")->as_array();
  std::vector<Category> found;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const json::value* actionable = member(list[i], "actionable");
    if (actionable == nullptr || !actionable->is_bool())
      return broken("does not say whether " + plain[i].id + " is actionable");
    if (plain[i].id == kUnsure || plain[i].id == kFurniture || plain[i].id == kNotLoaded)
      return broken("uses the reserved word " + plain[i].id);
    found.push_back({plain[i].id, plain[i].label, actionable->as_bool()});
  }
  if (found.size() < 2 || !found.front().actionable || found.back().id != kNotActionable)
    return broken("needs an actionable category first and not_actionable last");
  if (std::count_if(found.begin(), found.end(), [](const auto& c) { return !c.actionable; }) != 1)
    return broken("has more than one category that is not actionable");
  return found;
}

Result<std::string> file_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) return fail(ErrorKind::unavailable, "A grading scheme could not be read.");
  return text;
}

template <class List>
bool has(const List& list, std::string_view id) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.id == id; });
}

/// Every word of the rule must be one of the scheme's own.
Done read_baseline(const json::value& rule, Scheme& scheme) {
  const auto words = [&](std::string_view key, auto is_known,
                         std::vector<std::string>& into) -> Done {
    const json::value* list = member(rule, key);
    if (!list || !list->is_array())
      return broken("has a baseline rule without " + std::string(key));
    for (const json::value& word : list->get_array()) {
      if (!word.is_string() || !is_known(std::string_view(word.get_string())))
        return broken("has a baseline rule with a word that is not the scheme's");
      into.emplace_back(word.get_string());
    }
    return {};
  };
  TRY_DONE(words(
      "categories", [&](auto id) { return scheme.category(id) != nullptr; },
      scheme.baseline.categories));
  TRY_DONE(words("ages", [&](auto id) { return scheme.has_age(id); }, scheme.baseline.ages));
  return words("never", [&](auto id) { return scheme.has_flag(id); }, scheme.baseline.never);
}

}  // namespace

std::string Scheme::reference() const {
  return id + "_" + std::to_string(version);
}

const Category* Scheme::category(std::string_view category_id) const {
  for (const auto& one : categories)
    if (one.id == category_id) return &one;
  return nullptr;
}

bool Scheme::has_age(std::string_view age_id) const {
  return has(ages, age_id);
}
bool Scheme::has_sex(std::string_view sex_id) const {
  return has(sexes, sex_id);
}
bool Scheme::has_flag(std::string_view flag_id) const {
  return has(flags, flag_id);
}

std::size_t Scheme::severity(std::string_view category_id) const {
  for (std::size_t i = 0; i < categories.size(); ++i)
    if (categories[i].id == category_id) return i;
  return categories.size();
}

std::size_t Scheme::age_order(std::string_view age_id) const {
  for (std::size_t i = 0; i < ages.size(); ++i)
    if (ages[i].id == age_id) return i;
  return ages.size();
}

bool Scheme::is_baseline(std::string_view category_id, std::string_view age_id,
                         const std::vector<std::string>& item_flags) const {
  const auto in = [](const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return in(baseline.categories, category_id) && in(baseline.ages, age_id) &&
         std::none_of(item_flags.begin(), item_flags.end(),
                      [&](const std::string& flag) { return in(baseline.never, flag); });
}

Result<Scheme> parse_scheme(std::string_view json_text) {
  TRY(root, parse_json(json_text));
  if (!root.is_object()) return broken("is not a JSON object");
  Scheme scheme;
  scheme.id = text_at(root, "id").value_or("");
  scheme.version = static_cast<int>(integer_at(root, "version").value_or(0));
  scheme.name = text_at(root, "name").value_or("");
  scheme.about = text_at(root, "about").value_or("");
  if (!is_word(scheme.id)) return broken("has no id");
  if (scheme.version < 1) return broken("has no version");
  if (scheme.name.empty() || scheme.about.empty()) return broken("does not say what it is");
  TRY(found_categories, categories(root));
  TRY(ages, choices(root, "ages"));
  TRY(sexes, choices(root, "sexes"));
  TRY(flags, choices(root, "flags"));
  // An analyst who cannot tell must have a way to say so.
  if (ages.empty() || ages.back().id != kNotDetermined)
    return broken("needs not_determined as last age");
  if (sexes.empty() || sexes.back().id != kNotDetermined)
    return broken("needs not_determined as last sex");
  scheme.categories = std::move(found_categories);
  scheme.ages = std::move(ages);
  scheme.sexes = std::move(sexes);
  scheme.flags = std::move(flags);
  if (const json::value* rule = member(root, "baseline")) TRY_DONE(read_baseline(*rule, scheme));
  return scheme;
}

Result<std::vector<Scheme>> load_schemes(const std::string& folder) {
  std::vector<fs::path> paths;
  std::error_code trouble;
  for (const auto& entry : fs::directory_iterator(folder, trouble))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  if (trouble || paths.empty())
    return fail(ErrorKind::not_found, "There is no grading scheme in policy/schemes.");
  std::sort(paths.begin(), paths.end());
  std::vector<Scheme> schemes;
  for (const auto& path : paths) {
    TRY(text, file_text(path));
    auto scheme = parse_scheme(text);
    if (!scheme)
      return fail(ErrorKind::invalid, path.filename().string() + ": " + scheme.error().sentence);
    if (path.stem() != scheme->id)
      return fail(ErrorKind::invalid,
                  path.filename().string() + " holds a scheme with another id.");
    schemes.push_back(*std::move(scheme));
  }
  return schemes;
}

Result<Schemes> Schemes::open(const std::string& folder, std::string_view active) {
  Schemes schemes;
  TRY(all, load_schemes(folder));
  schemes.all_ = std::move(all);
  for (std::size_t i = 0; i < schemes.all_.size(); ++i) {
    if (schemes.all_[i].id != active) continue;
    schemes.active_ = i;
    return schemes;
  }
  return fail(ErrorKind::not_found, "scheme.active names a scheme that is not in policy/schemes.");
}

Result<const Scheme*> Schemes::find(std::string_view id_or_reference) const {
  for (const auto& scheme : all_)
    if (scheme.id == id_or_reference || scheme.reference() == id_or_reference) return &scheme;
  return fail(ErrorKind::not_found, "This grading scheme is not installed.");
}

}  // namespace hotline::assessment
