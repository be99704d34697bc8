// The pseudo-locales: English as it would look if every word were foreign.
#include "web/i18n_check.h"

#include "base/text.h"

namespace hotline::web {

namespace {

constexpr const char* kSmall[] = {"á", "ƀ", "ç", "ð", "é", "ƒ", "ĝ", "ĥ", "î", "ĵ", "ķ", "ļ", "ɱ",
                                  "ñ", "ö", "þ", "ɋ", "ŕ", "š", "ţ", "ü", "ṽ", "ŵ", "ẋ", "ý", "ž"};
constexpr const char* kLarge[] = {"Å", "Ɓ", "Ç", "Ð", "É", "Ƒ", "Ĝ", "Ĥ", "Î", "Ĵ", "Ķ", "Ļ", "Ṁ",
                                  "Ñ", "Ö", "Þ", "Ǫ", "Ŕ", "Š", "Ţ", "Û", "Ṽ", "Ŵ", "Ẋ", "Ý", "Ž"};

std::string accented(char c) {
  if (c >= 'a' && c <= 'z') return kSmall[c - 'a'];
  if (c >= 'A' && c <= 'Z') return kLarge[c - 'A'];
  return std::string(1, c);
}

std::string po_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return quoted + "\"";
}

}  // namespace

std::string pseudo_text(std::string_view message, Pseudo how) {
  std::string text;
  std::size_t depth = 0, words = 0;
  for (const char c : message) {
    if (c == '{') ++depth;
    if (c == '}' && depth > 0) --depth;
    // Within one brace stands "days, plural, one"; within two the words of a branch.
    text += depth % 2 == 0 ? accented(c) : std::string(1, c);
    if (c == ' ') ++words;
  }
  for (std::size_t i = 0; i < (message.size() / 3 + words) / 4 + 1; ++i) text += " ~~";
  if (how == Pseudo::accented) return "[" + text + "]";
  // U+202E … U+202C turns the letters themselves around.
  return "\u202e" + text + "\u202c";
}

std::string pseudo_catalogue(const Messages& messages, Pseudo how) {
  const bool mirrored = how == Pseudo::mirrored;
  std::string po =
      std::string("msgid \"\"\nmsgstr \"\"\n\"Language: ") + (mirrored ? "ar-XB" : "en-XA") +
      "\\n\"\n\"X-Name: " + (mirrored ? "Mirrored" : "Accented") + "\\n\"\n\"X-Reviewed: no\\n\"\n";
  for (const auto& key : messages.keys("en")) {
    if (!messages.has("en", key)) continue;
    po += "\nmsgid " + po_quoted(key) + "\nmsgstr " +
          po_quoted(pseudo_text(messages.tr("en", key), how)) + "\n";
  }
  return po;
}

}  // namespace hotline::web
