#include "web/i18n.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hotline::web {
namespace {

namespace files = std::filesystem;

class MessagesTest : public ::testing::Test {
 protected:
  MessagesTest()
      : folder_(files::temp_directory_path() / ("messages_" + std::to_string(::getpid()))) {
    files::remove_all(folder_);
    files::create_directories(folder_);
  }
  ~MessagesTest() override { files::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << "msgid \"\"\nmsgstr \"\"\n\"X-Name: N\\n\"\n" << text;
  }
  Result<Messages> load() { return Messages::load(folder_.string()); }
  files::path folder_;
};

TEST_F(MessagesTest, PluralsFollowTheLanguage) {
  write("en.po", "msgid \"d\"\nmsgstr \"{days, plural, one {# day} other {# days}}\"\n");
  write("ar.po",
        "msgid \"d\"\nmsgstr \"{days, plural, zero {صفر} one {يوم} two {يومان} few {# أيام} "
        "many {# يومًا} other {# يوم}}\"\n");
  const auto messages = load();
  ASSERT_TRUE(messages) << messages.error().sentence;
  EXPECT_EQ(messages->tr("en", "d", {{"days", 1}}), "1 day");
  EXPECT_EQ(messages->tr("en", "d", {{"days", 3}}), "3 days");
  EXPECT_EQ(messages->tr("ar", "d", {{"days", 2}}), "يومان");
}

TEST_F(MessagesTest, WhatALanguageLacksIsEnglish) {
  write("en.po", "msgid \"a\"\nmsgstr \"A, {who}\"\n");
  write("fr.po", "msgid \"a\"\nmsgstr \"\"\n");
  const auto messages = load();
  ASSERT_TRUE(messages);
  EXPECT_EQ(messages->tr("fr", "a", {{"who", "you"}}), "A, you");
  EXPECT_FALSE(messages->has("fr", "a"));
  EXPECT_EQ(messages->tr("xx", "none"), "none");
}

TEST_F(MessagesTest, LongTextsMayBeWrittenInSeveralLines) {
  write("en.po", "# a note\nmsgid \"a\"\nmsgstr \"\"\n\"It's one \"\n\"\\\"line\\\".\\n\"\n");
  const auto messages = load();
  ASSERT_TRUE(messages);
  EXPECT_EQ(messages->tr("en", "a"), "It's one \"line\".\n");
}

TEST_F(MessagesTest, BrokenCataloguesAreRefusedWithTheirLine) {
  for (const char* text :
       {"nonsense\n", "msgid \"a\nmsgstr \"b\"\n", "msgid \"a\"\nmsgstr \"{x, plural, \"\n",
        "msgid \"a\"\nmsgstr \"1\"\nmsgid \"a\"\nmsgstr \"2\"\n"}) {
    write("en.po", text);
    const auto messages = load();
    ASSERT_FALSE(messages) << text;
    EXPECT_NE(messages.error().sentence.find("en.po, line "), std::string::npos);
  }
}

TEST_F(MessagesTest, DirectionComesFromTheScript) {
  write("en.po", "");
  write("ar.po", "");
  write("ur.po", "");
  const auto messages = load();
  ASSERT_TRUE(messages);
  EXPECT_TRUE(messages->language("ar").right_to_left);
  EXPECT_TRUE(messages->language("ur").right_to_left);
  EXPECT_FALSE(messages->language("en").right_to_left);
}

TEST(ChooseLanguage, TheHeaviestOfferedOneWins) {
  const std::vector<std::string> offered{"en", "ar", "fr"};
  EXPECT_EQ(choose_language("fr;q=0.5, ar-EG;q=0.9, xx", offered), "ar");
  EXPECT_EQ(choose_language("FR-ca", offered), "fr");
  EXPECT_EQ(choose_language("xx, *;q=0.1", offered), "en");
  EXPECT_EQ(choose_language("", offered), "en");
  EXPECT_EQ(choose_language("frisian;q=nan, ;;;,,", offered), "en");
}

}  // namespace
}  // namespace hotline::web
