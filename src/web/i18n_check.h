// Checking translations, and the signature that lets a portal speak them.
//
// A language is complete when it has every message and mail of the English
// reference with the same placeholders, and every plural form that its grammar
// uses. Machine-drafted texts are not shown by a live portal until a native
// reviewer has signed exactly these texts: a changed word needs a new signature.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "web/i18n.h"

namespace hotline::web {

struct LanguageState {
  std::string code, name;
  std::string digest;             ///< Of its messages and mails, hex.
  bool reviewed = false;          ///< The file itself says so (English).
  bool signed_off = false;        ///< Reviewed, or signed here for these very texts.
  std::vector<std::string> gaps;  ///< One sentence each; empty: complete.
};

/// All languages of `web_folder` (messages/ and mails/). `dir` is the installation's, `keys` its
/// keys' folder; both may be empty: then nothing is signed.
/// `compare`: also what each lacks; without, only who signed.
[[nodiscard]] Result<std::vector<LanguageState>> language_states(const Messages& messages,
                                                                 const std::string& web_folder,
                                                                 const std::string& dir,
                                                                 const std::string& keys,
                                                                 bool compare = true);

/// What a message lacks against the English one, or does too much; empty: it fits.
[[nodiscard]] std::vector<std::string> message_gaps(std::string_view language,
                                                    std::string_view english,
                                                    std::string_view translated);

/// Notes under `dir`/i18n that `reviewer`, a native speaker, has read all texts of the language.
/// Error `conflict` if they are not complete, `invalid` for an empty name.
Done sign_language(const LanguageState& state, const std::string& dir, const std::string& keys,
                   std::string_view reviewer, Instant now);

enum class Pseudo : std::uint8_t {
  accented,  ///< en-XA: every letter accented, a third longer.
  mirrored,  ///< ar-XB: the same words, right to left.
};
/// Shows what is not translated, and what breaks when words are longer. Placeholders stay.
[[nodiscard]] std::string pseudo_text(std::string_view message, Pseudo how);
/// A whole catalogue as .po text.
[[nodiscard]] std::string pseudo_catalogue(const Messages& messages, Pseudo how);

/// The codes that may be shown to the public: signed, or all where `unreviewed` is allowed. Never
/// empty: English is reviewed.
[[nodiscard]] std::vector<std::string> speakable(const std::vector<std::string>& wanted,
                                                 const std::vector<LanguageState>& states,
                                                 bool unreviewed);

}  // namespace hotline::web
