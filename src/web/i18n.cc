#include "web/i18n.h"

#include <unicode/messagepattern.h>
#include <unicode/msgfmt.h>
#include <unicode/uloc.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/text.h"
#include "web/po_file.h"

namespace hotline::web {

namespace {

/// What browsers send for languages that we name otherwise: Chinese by script, not by country, and
/// the codes that were withdrawn.
std::string with_script(std::string tag) {
  constexpr std::pair<std::string_view, std::string_view> kOurs[] = {
      {"zh-hans", "zh-hans"}, {"zh-hant", "zh-hant"}, {"zh-tw", "zh-hant"}, {"zh-hk", "zh-hant"},
      {"zh-mo", "zh-hant"},   {"zh", "zh-hans"},      {"iw", "he"},         {"in", "id"}};
  for (const auto& [theirs, ours] : kOurs)
    if (tag == theirs || tag.starts_with(std::string(theirs) + "-")) return std::string(ours);
  return tag;
}

bool icu_accepts(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  icu::MessagePattern pattern(icu::UnicodeString::fromUTF8(text), &where, status);
  return U_SUCCESS(status);
}

}  // namespace

Result<Messages::Catalogue> Messages::read(const std::string& path, std::string code) {
  TRY(file, read_po(path));
  Catalogue catalogue;
  for (auto& [key, text, line] : file.entries) {
    if (key.empty() || !icu_accepts(text)) return po_error(path, line, "no ICU message");
    if (!catalogue.texts.emplace(std::move(key), std::move(text)).second)
      return po_error(path, line, "this message stands twice");
  }
  catalogue.language = {code, file.head_value("X-Name"), uloc_isRightToLeft(code.c_str()) != 0,
                        file.head_value("X-Reviewed") == "yes"};
  if (catalogue.language.name.empty()) return po_error(path, 1, "its head has no X-Name");
  return catalogue;
}

Result<Messages> Messages::load(const std::string& folder) {
  namespace files = std::filesystem;
  Messages messages;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".po") continue;
    auto code = entry.path().stem().string();
    TRY(catalogue, read(entry.path().string(), code));
    messages.catalogues_.emplace(std::move(code), std::move(catalogue));
  }
  if (!messages.knows("en")) return fail(ErrorKind::not_found, "There are no English messages.");
  return messages;
}

std::string Messages::tr(std::string_view language, std::string_view key,
                         std::initializer_list<Argument> arguments) const {
  const std::string* found = nullptr;
  std::string_view used = language;
  for (const std::string_view code : {language, std::string_view("en")}) {
    const auto catalogue = catalogues_.find(code);
    if (catalogue == catalogues_.end()) continue;
    const auto text = catalogue->second.texts.find(key);
    if (text == catalogue->second.texts.end() || text->second.empty()) continue;
    found = &text->second;
    used = code;
    break;
  }
  if (!found) return std::string(key);
  if (arguments.size() == 0) return *found;
  UErrorCode status = U_ZERO_ERROR;
  const icu::MessageFormat format(icu::UnicodeString::fromUTF8(*found),
                                  icu::Locale(std::string(used).c_str()), status);
  std::vector<icu::UnicodeString> names;
  std::vector<icu::Formattable> values;
  for (const auto& argument : arguments) {
    names.push_back(icu::UnicodeString::fromUTF8(argument.name));
    if (const auto* whole = std::get_if<std::int64_t>(&argument.value))
      values.emplace_back(*whole);
    else
      values.emplace_back(icu::UnicodeString::fromUTF8(std::get<std::string>(argument.value)));
  }
  icu::UnicodeString formatted;
  format.format(names.data(), values.data(), static_cast<int>(names.size()), formatted, status);
  if (U_FAILURE(status)) return *found;
  std::string text;
  return formatted.toUTF8String(text);
}

bool Messages::has(std::string_view language, std::string_view key) const {
  const auto catalogue = catalogues_.find(language);
  if (catalogue == catalogues_.end()) return false;
  const auto text = catalogue->second.texts.find(key);
  return text != catalogue->second.texts.end() && !text->second.empty();
}

bool Messages::knows(std::string_view language) const {
  return catalogues_.contains(language);
}

const Language& Messages::language(std::string_view code) const {
  const auto found = catalogues_.find(code);
  CHECK(found != catalogues_.end());
  return found->second.language;
}

std::vector<Language> Messages::languages() const {
  std::vector<Language> all;
  for (const auto& [code, catalogue] : catalogues_) all.push_back(catalogue.language);
  return all;
}

std::vector<std::string> Messages::keys(std::string_view language) const {
  std::vector<std::string> all;
  if (const auto found = catalogues_.find(language); found != catalogues_.end())
    for (const auto& [key, text] : found->second.texts) all.push_back(key);
  return all;
}

std::string choose_language(std::string_view accept_language,
                            const std::vector<std::string>& offered) {
  CHECK(!offered.empty());
  std::string best = offered.front();
  double best_weight = 0;
  for (const auto part : split(accept_language.substr(0, 512), ',')) {
    const auto pieces = split(part, ';');
    const auto wanted = with_script(lower_ascii(trim(pieces[0])));
    double weight = 1;
    if (pieces.size() > 1) {
      const auto q = trim(pieces[1]);
      if (q.starts_with("q=")) std::from_chars(q.data() + 2, q.data() + q.size(), weight);
    }
    for (const auto& code : offered) {
      const auto lower = lower_ascii(code);
      const bool fits = wanted == lower || wanted.starts_with(lower + "-");
      if (!fits || !(weight > best_weight)) continue;
      best = code;
      best_weight = weight;
    }
  }
  return best;
}

}  // namespace hotline::web
