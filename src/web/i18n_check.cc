#include "web/i18n_check.h"

#include <unicode/messagepattern.h>
#include <unicode/plurrule.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "intake/disk.h"
#include "intake/mail_texts.h"

namespace hotline::web {

namespace {

namespace files = std::filesystem;

std::string utf8(const icu::UnicodeString& text) {
  std::string bytes;
  return text.toUTF8String(bytes);
}

/// What a message is made of beside its words: arguments with their kind, and the branches of
/// each plural and select.
struct Shape {
  std::set<std::string> arguments;                       ///< "days plural"
  std::map<std::string, std::set<std::string>> plurals;  ///< By argument: one, few, other …
  std::map<std::string, std::set<std::string>> selects;
};

constexpr std::string_view kind_of(UMessagePatternArgType type) {
  switch (type) {
    case UMSGPAT_ARG_TYPE_PLURAL: return "plural";
    case UMSGPAT_ARG_TYPE_SELECT: return "select";
    case UMSGPAT_ARG_TYPE_SELECTORDINAL: return "ordinal";
    default: return "";
  }
}

std::optional<Shape> shape_of(std::string_view message) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::MessagePattern pattern(icu::UnicodeString::fromUTF8(std::string(message)), nullptr,
                                    status);
  if (U_FAILURE(status)) return std::nullopt;
  Shape shape;
  std::vector<std::pair<std::string, UMessagePatternArgType>> open;
  for (int i = 0; i < pattern.countParts(); ++i) {
    const auto& part = pattern.getPart(i);
    const auto type = part.getType();
    if (type == UMSGPAT_PART_TYPE_ARG_START) {
      const auto name = utf8(pattern.getSubstring(pattern.getPart(i + 1)));
      open.emplace_back(name, part.getArgType());
      shape.arguments.insert(name + " " + std::string(kind_of(part.getArgType())));
    } else if (type == UMSGPAT_PART_TYPE_ARG_LIMIT) {
      open.pop_back();
    } else if (type == UMSGPAT_PART_TYPE_ARG_SELECTOR && !open.empty()) {
      auto& branches =
          open.back().second == UMSGPAT_ARG_TYPE_SELECT ? shape.selects : shape.plurals;
      branches[open.back().first].insert(utf8(pattern.getSubstring(part)));
    }
  }
  return shape;
}

/// The forms that whole numbers take in this language: what we count are never fractions.
std::set<std::string> plural_forms(std::string_view language) {
  constexpr int kEnough = 1000;
  std::set<std::string> forms = {"other"};
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::PluralRules> rules(
      icu::PluralRules::forLocale(icu::Locale(std::string(language).c_str()), status));
  if (U_FAILURE(status)) return forms;
  for (int i = 0; i <= kEnough; ++i) forms.insert(utf8(rules->select(i)));
  return forms;
}

/// "{organisation}" and the like in a mail.
std::set<std::string> marks_of(const std::string& text) {
  std::set<std::string> found;
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1))
    found.insert(text.substr(at, text.find('}', at) - at + 1));
  return found;
}

void compare_mails(const intake::MailTexts& mails, LanguageState& state) {
  const auto languages = mails.languages();
  if (std::find(languages.begin(), languages.end(), state.code) == languages.end()) {
    state.gaps.emplace_back("There are no mails to reporters.");
    return;
  }
  for (const auto occasion : intake::kOccasions) {
    const auto english = mails.of("en", occasion), here = mails.of(state.code, occasion);
    if (marks_of(english.text) != marks_of(here.text) ||
        marks_of(english.subject) != marks_of(here.subject))
      state.gaps.push_back("The mail [" + std::string(intake::name(occasion)) +
                           "] has other placeholders than the English one.");
  }
}

std::string signature_path(const std::string& dir, std::string_view code) {
  return dir + "/i18n/" + std::string(code) + ".json";
}

std::string signed_words(std::string_view code, std::string_view digest,
                         std::string_view reviewer) {
  return "hotline i18n " + std::string(code) + " " + std::string(digest) + " " +
         std::string(reviewer);
}

bool is_signed(const LanguageState& state, const std::string& dir, const std::string& keys) {
  if (dir.empty()) return false;
  const auto key = intake::read_file(keys + "/i18n.pub");
  const auto text = intake::read_file(signature_path(dir, state.code));
  if (!key || !text) return false;
  const auto value = parse_json(*text);
  if (!value) return false;
  const auto reviewer = text_at(*value, "reviewer"), signature = text_at(*value, "signature");
  const auto bytes = unbase64(signature.value_or(""));
  return reviewer && bytes &&
         crypto::verify(*key, signed_words(state.code, state.digest, *reviewer), *bytes);
}

Result<LanguageState> state_of(const Messages& messages, const Language& language,
                               const intake::MailTexts& mails, const std::string& web,
                               bool compare) {
  LanguageState state;
  state.code = language.code;
  state.name = language.name;
  state.reviewed = language.reviewed;
  TRY(texts, intake::read_file(web + "/messages/" + language.code + ".po"));
  const auto letters = intake::read_file(web + "/mails/" + language.code + ".txt");
  state.digest = hex(crypto::sha256(texts + "\n" + (letters ? *letters : "")));
  if (!compare) return state;
  for (const auto& key : messages.keys("en")) {
    if (!messages.has(language.code, key)) {
      state.gaps.push_back("The message " + key + " is missing.");
      continue;
    }
    for (const auto& gap :
         message_gaps(language.code, messages.tr("en", key), messages.tr(language.code, key)))
      state.gaps.push_back("The message " + key + " " + gap);
  }
  for (const auto& key : messages.keys(language.code))
    if (!messages.has("en", key) && messages.has(language.code, key))
      state.gaps.push_back("The message " + key + " is not in English any more.");
  compare_mails(mails, state);
  return state;
}

}  // namespace

std::vector<std::string> message_gaps(std::string_view language, std::string_view english,
                                      std::string_view translated) {
  const auto wanted = shape_of(english), found = shape_of(translated);
  std::vector<std::string> gaps;
  if (!wanted || !found) return {"is no ICU message."};
  if (wanted->arguments != found->arguments) gaps.emplace_back("has other placeholders.");
  if (wanted->selects != found->selects) gaps.emplace_back("has other choices in a select.");
  const auto forms = plural_forms(language);
  for (const auto& [argument, branches] : found->plurals) {
    for (const auto& form : forms)
      if (!branches.contains(form))
        gaps.push_back("lacks the plural form " + form + " of " + argument + ".");
    for (const auto& branch : branches)
      if (!forms.contains(branch) && !branch.starts_with('=') && branch != "many")
        gaps.push_back("has the plural form " + branch + ", which the language does not use.");
  }
  return gaps;
}

Result<std::vector<LanguageState>> language_states(const Messages& messages,
                                                   const std::string& web_folder,
                                                   const std::string& dir, const std::string& keys,
                                                   bool compare) {
  TRY(mails, intake::MailTexts::load(web_folder + "/mails"));
  std::vector<LanguageState> states;
  for (const auto& language : messages.languages()) {
    TRY(state, state_of(messages, language, mails, web_folder, compare));
    state.signed_off = state.reviewed || is_signed(state, dir, keys);
    states.push_back(std::move(state));
  }
  return states;
}

Done sign_language(const LanguageState& state, const std::string& dir, const std::string& keys,
                   std::string_view reviewer, Instant now) {
  if (!state.gaps.empty())
    return fail(ErrorKind::conflict, "The texts are not complete: " + state.gaps.front());
  const auto who = clip_utf8(clean_utf8(trim(reviewer)), 120);
  if (who.empty()) return fail(ErrorKind::invalid, "Say which native reviewer has read all texts.");
  TRY_DONE(intake::make_folder(keys));
  TRY(seed, crypto::key_file(keys + "/i18n.key"));
  const auto pair = crypto::signing_keys_from_seed(seed.reveal());
  TRY_DONE(intake::write_whole_file(keys, "i18n.pub", pair.public_key));
  TRY_DONE(intake::sync_folder(keys));
  const auto signature = crypto::sign(pair, signed_words(state.code, state.digest, who));
  TRY_DONE(intake::make_folder(dir + "/i18n"));
  TRY_DONE(
      intake::write_whole_file(dir + "/i18n", state.code + ".json",
                               json::serialize(json::object{{"language", state.code},
                                                            {"digest", state.digest},
                                                            {"reviewer", who},
                                                            {"at", rfc3339(now)},
                                                            {"signature", base64(signature)}}) +
                                   "\n"));
  return intake::sync_folder(dir + "/i18n");
}

std::vector<std::string> speakable(const std::vector<std::string>& wanted,
                                   const std::vector<LanguageState>& states, bool unreviewed) {
  std::vector<std::string> spoken;
  for (const auto& code : wanted) {
    const auto found = std::find_if(states.begin(), states.end(),
                                    [&](const auto& one) { return one.code == code; });
    if (found != states.end() && (unreviewed || found->signed_off)) spoken.push_back(code);
  }
  if (spoken.empty()) spoken.emplace_back("en");
  return spoken;
}

}  // namespace hotline::web
