// hotline i18n: are the translations complete, and who has read them?
#include <cstdio>

#include "apps/hotline/commands.h"
#include "base/crypto.h"
#include "base/text.h"
#include "intake/disk.h"
#include "web/i18n_check.h"

namespace hotline::cli {

namespace {

struct Texts {
  std::string share;
  web::Messages messages;
  std::vector<web::LanguageState> states;
};

Result<Texts> texts_of(const Settings& settings) {
  TRY(share, share_folder(settings, program_folder()));
  TRY(messages, web::Messages::load(share + "/web/messages"));
  const Places at = places(settings);
  TRY(states, web::language_states(messages, share + "/web", at.dir, at.keys));
  return Texts{share, std::move(messages), std::move(states)};
}

bool check(const Texts& texts, const std::string& only) {
  bool complete = true, found = false;
  for (const auto& state : texts.states) {
    if (!only.empty() && state.code != only) continue;
    found = true;
    complete = complete && state.gaps.empty();
    std::printf(
        "%s\t%s\t%s\t%zu gaps\n", state.code.c_str(),
        state.reviewed     ? "reviewed"
        : state.signed_off ? "signed"
                           : "not reviewed",
        texts.messages.language(state.code).right_to_left ? "right to left" : "left to right",
        state.gaps.size());
    for (const auto& gap : state.gaps)
      std::fprintf(stderr, "%s: %s\n", state.code.c_str(), gap.c_str());
  }
  return complete && found;
}

Done pseudo(const Texts& texts, const std::string& folder) {
  TRY_DONE(intake::make_folder(folder));
  TRY_DONE(intake::write_whole_file(folder, "en-XA.po",
                                    web::pseudo_catalogue(texts.messages, web::Pseudo::accented)));
  return intake::write_whole_file(folder, "ar-XB.po",
                                  web::pseudo_catalogue(texts.messages, web::Pseudo::mirrored));
}

Done sign(const Texts& texts, const Settings& settings, const std::string& code,
          const std::string& reviewer) {
  const Places at = places(settings);
  for (const auto& state : texts.states) {
    if (state.code != code) continue;
    TRY_DONE(web::sign_language(state, at.dir, at.keys, reviewer, SystemClock().now()));
    // The portal program takes it up as it does a new portal.
    TRY_DONE(intake::make_folder(at.dir + "/portals"));
    TRY_DONE(intake::write_whole_file(at.dir + "/portals", "stamp", hex(crypto::random_bytes(8))));
    std::fprintf(stderr, "Signed: these very texts. A changed word needs a new signature.\n");
    return {};
  }
  return fail(ErrorKind::not_found, "There are no texts in " + code + ".");
}

Result<bool> run(const Options& options) {
  const auto& words = options.words();
  if (words.empty()) return fail(ErrorKind::invalid, "Say check, pseudo or sign.");
  TRY(settings, settings_of(options));
  TRY(texts, texts_of(settings));
  if (words[0] == "check") return check(texts, words.size() > 1 ? words[1] : "");
  if (words[0] == "pseudo") {
    if (!options.has("out")) return fail(ErrorKind::invalid, "Say where to: --out FOLDER.");
    TRY_DONE(pseudo(texts, options.get("out")));
    return true;
  }
  if (words[0] != "sign")
    return fail(ErrorKind::invalid, "There is no `hotline i18n " + words[0] + "`.");
  if (words.size() < 2)
    return fail(ErrorKind::invalid, "Say which language: `hotline i18n sign fa`.");
  TRY_DONE(sign(texts, settings, words[1], options.get("by")));
  return true;
}

}  // namespace

int i18n(const Arguments& arguments) {
  const auto options = Options::read(arguments, {"config", "dir", "out", "by"}, {});
  if (!options) return refuse(options.error());
  const auto good = run(*options);
  if (!good) return refuse(good.error());
  return *good ? kGood : kWarning;
}

}  // namespace hotline::cli
