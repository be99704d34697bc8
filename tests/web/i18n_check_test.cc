#include "web/i18n_check.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "web/pages.h"

namespace hotline::web {
namespace {

namespace files = std::filesystem;
const std::string kWeb = HOTLINE_SOURCE_DIR "/web";

// portal-and-console.md a.1, tier 1.
const std::vector<std::string> kOurs = {
    "ar", "bg", "bn", "cs", "de", "el", "en", "es", "fa",      "fr",     "he", "hi",
    "hu", "id", "it", "ja", "kk", "ko", "ln", "mn", "ms",      "nl",     "pl", "pt",
    "ro", "ru", "sw", "th", "tr", "uk", "ur", "vi", "zh-Hans", "zh-Hant"};

TEST(Translations, AllThirtyFourAreThereAndComplete) {
  const auto messages = Messages::load(kWeb + "/messages");
  ASSERT_TRUE(messages) << messages.error().sentence;
  const auto states = language_states(*messages, kWeb, "", "");
  ASSERT_TRUE(states) << states.error().sentence;
  std::vector<std::string> codes;
  for (const auto& state : *states) {
    codes.push_back(state.code);
    EXPECT_TRUE(state.gaps.empty()) << state.code << ": " << join(state.gaps, "\n");
    // Machine-drafted texts say so: no native reviewer has signed any here.
    EXPECT_EQ(state.reviewed, state.code == "en") << state.code;
  }
  EXPECT_EQ(codes, kOurs);
}

TEST(Translations, FourRunFromRightToLeft) {
  const auto messages = *Messages::load(kWeb + "/messages");
  std::vector<std::string> found;
  for (const auto& language : messages.languages())
    if (language.right_to_left) found.push_back(language.code);
  EXPECT_EQ(found, (std::vector<std::string>{"ar", "fa", "he", "ur"}));
}

TEST(Translations, NoneIsTheEnglishTextAgain) {
  const auto messages = *Messages::load(kWeb + "/messages");
  for (const auto& code : kOurs) {
    if (code == "en") continue;
    std::size_t same = 0, all = 0;
    for (const auto& key : messages.keys("en")) {
      ++all;
      same += messages.tr(code, key) == messages.tr("en", key) ? 1 : 0;
    }
    EXPECT_LE(same, all / 20) << code;
  }
}

TEST(MessageGaps, PlaceholdersAndPluralFormsAreCompared) {
  EXPECT_TRUE(message_gaps("fr", "Call {number}.", "Appelez le {number}.").empty());
  EXPECT_EQ(message_gaps("fr", "Call {number}.", "Appelez.").size(), 1u);
  EXPECT_EQ(message_gaps("fr", "Call {number}.", "Appelez {nombre}.").size(), 1u);
  const std::string english = "{days, plural, one {# day} other {# days}}";
  EXPECT_EQ(message_gaps("ru", english, "{days, plural, one {# день} other {# дня}}").size(), 2u);
  EXPECT_TRUE(message_gaps("ru", english,
                           "{days, plural, one {# день} few {# дня} many {# дней} other {# дня}}")
                  .empty());
  EXPECT_TRUE(message_gaps("ja", english, "{days, plural, other {# 日}}").empty());
  EXPECT_EQ(message_gaps("ja", english, "{days, plural, one {# 日} other {# 日}}").size(), 1u);
  EXPECT_EQ(message_gaps("fr", "{who, select, a {A} other {B}}", "{who, select, other {B}}").size(),
            1u);
  EXPECT_EQ(message_gaps("fr", "a", "{x, plural, ").size(), 1u);
}

class Signing : public ::testing::Test {
 protected:
  Signing() : folder_(files::temp_directory_path() / ("sign_" + std::to_string(::getpid()))) {
    files::remove_all(folder_);
    for (const char* part : {"web/messages", "web/mails"}) {
      files::create_directories(folder_ / part);
      for (const char* code : {"en", "fa"}) {
        const auto end = std::string(part) == "web/mails" ? ".txt" : ".po";
        files::copy_file(HOTLINE_SOURCE_DIR "/" + std::string(part) + "/" + code + end,
                         folder_ / part / (std::string(code) + end));
      }
    }
  }
  ~Signing() override { files::remove_all(folder_); }
  LanguageState persian() {
    const auto web = (folder_ / "web").string();
    const auto messages = *Messages::load(web + "/messages");
    const auto states = *language_states(messages, web, folder_.string(), keys());
    return *std::find_if(states.begin(), states.end(),
                         [](const auto& one) { return one.code == "fa"; });
  }
  std::string keys() const { return (folder_ / "keys").string(); }
  files::path folder_;
};

TEST_F(Signing, ALanguageIsSpokenOnlyOnceItsReviewerHasSigned) {
  EXPECT_FALSE(persian().signed_off);
  EXPECT_EQ(speakable({"fa"}, {persian()}, false), std::vector<std::string>{"en"});
  EXPECT_EQ(speakable({"fa"}, {persian()}, true), std::vector<std::string>{"fa"});
  EXPECT_FALSE(sign_language(persian(), folder_.string(), keys(), "  ", Instant{}));
  ASSERT_TRUE(sign_language(persian(), folder_.string(), keys(), "A Native Reader", Instant{}));
  EXPECT_TRUE(persian().signed_off);
  EXPECT_EQ(speakable({"fa"}, {persian()}, false), std::vector<std::string>{"fa"});
}

TEST_F(Signing, AChangedWordNeedsANewSignature) {
  ASSERT_TRUE(sign_language(persian(), folder_.string(), keys(), "A Native Reader", Instant{}));
  std::ofstream(folder_ / "web/mails/fa.txt", std::ios::app) << "one word more\n";
  EXPECT_FALSE(persian().signed_off);
}

TEST_F(Signing, NobodyElsesSignatureCounts) {
  ASSERT_TRUE(sign_language(persian(), folder_.string(), keys(), "A Native Reader", Instant{}));
  const auto path = folder_ / "i18n" / "fa.json";
  std::string text;
  {
    std::ifstream in(path);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::ofstream(path) << replace_all(text, "A Native Reader", "Somebody Else");
  EXPECT_FALSE(persian().signed_off);
}

TEST_F(Signing, WhatIsNotCompleteCannotBeSigned) {
  auto state = persian();
  state.gaps = {"The message start_title is missing."};
  EXPECT_EQ(sign_language(state, folder_.string(), keys(), "R", Instant{}).error().kind,
            ErrorKind::conflict);
}

TEST(PseudoLocale, KeepsPlaceholdersAndPluralsAndIsLonger) {
  EXPECT_EQ(
      pseudo_text("Call {number} now.", Pseudo::accented).find("{number}") == std::string::npos,
      false);
  const std::string plural = "{days, plural, one {# day} other {# days}}";
  EXPECT_TRUE(message_gaps("en", plural, pseudo_text(plural, Pseudo::accented)).empty());
  EXPECT_TRUE(message_gaps("en", plural, pseudo_text(plural, Pseudo::mirrored)).empty());
  EXPECT_EQ(pseudo_text("Call", Pseudo::accented).find("Call"), std::string::npos);
}

/// Whoever writes English into a template instead of a message is found here.
TEST(PseudoLocale, NoTemplateHoldsWordsOfItsOwn) {
  const auto folder = files::temp_directory_path() / ("pseudo_" + std::to_string(::getpid()));
  files::create_directories(folder);
  files::copy_file(kWeb + "/messages/en.po", folder / "en.po",
                   files::copy_options::overwrite_existing);
  const auto english = *Messages::load(folder.string());
  std::ofstream(folder / "en-XA.po") << pseudo_catalogue(english, Pseudo::accented);
  std::ofstream(folder / "ar-XB.po") << pseudo_catalogue(english, Pseudo::mirrored);
  const auto messages = Messages::load(folder.string());
  ASSERT_TRUE(messages) << messages.error().sentence;
  EXPECT_TRUE(messages->language("ar-XB").right_to_left);
  const auto pages = *Pages::load(kWeb + "/portal");
  for (const auto& name : pages.names()) {
    const auto text = pages.expand(name, Page(), *messages, "en-XA");
    std::string words;
    bool tag = false;
    for (const char c : text.substr(text.find("</head>") == text.npos ? 0 : text.find("</head>"))) {
      if (c == '<') tag = true;
      if (!tag && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) words += c;
      if (c == '>') tag = false;
    }
    EXPECT_EQ(words, "") << name;
  }
  files::remove_all(folder);
}

}  // namespace
}  // namespace hotline::web
