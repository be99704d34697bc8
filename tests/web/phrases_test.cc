#include "web/phrases.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "web/pages.h"

namespace hotline::web {
namespace {

class PhrasesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("hotline-phrases-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<Phrases> with(const std::string& entries) {
    std::ofstream(folder_ / "ar.po") << "msgid \"\"\nmsgstr \"\"\n\"X-Name: A\\n\"\n\"X-Reviewed: "
                                        "no\\n\"\n\n"
                                     << entries;
    return Phrases::load(folder_.string());
  }
  static std::string entry(const std::string& english, const std::string& words) {
    return "msgid \"" + english + "\"\nmsgstr \"" + words + "\"\n\n";
  }
  std::filesystem::path folder_;
};

TEST_F(PhrasesTest, EnglishNeedsNoFileAndChangesNothing) {
  const auto phrases = *Phrases::load((folder_ / "none").string());
  EXPECT_TRUE(phrases.knows("en"));
  EXPECT_EQ(phrases.page("en", "<p>Home</p>"), "<p>Home</p>");
  EXPECT_EQ(phrases.page("xx", "<p>Home</p>"), "<p>Home</p>");
}

TEST_F(PhrasesTest, TextsAndShownAttributesAreReplacedAndNothingElse) {
  const auto phrases = *with(entry("Home", "ONE") + entry("Sign out", "TWO"));
  EXPECT_TRUE(phrases.language("ar").right_to_left);
  EXPECT_FALSE(phrases.language("ar").reviewed);
  EXPECT_EQ(phrases.page("ar", "<a href=\"Home\" title=\"Home\" id=\"Home\"> Home </a>"),
            "<a href=\"Home\" title=\"ONE\" id=\"Home\"> ONE </a>");
  EXPECT_EQ(phrases.page("ar", "<code>Home</code><q>Home</q><p class=\"address x\">Home</p>"),
            "<code>Home</code><q>Home</q><p class=\"address x\">Home</p>");
  EXPECT_EQ(phrases.page("ar", "<b translate=\"no\">Home<b>Home</b>Home</b><i>Home</i>"),
            "<b translate=\"no\">Home<b>Home</b>Home</b><i>ONE</i>");
  EXPECT_EQ(phrases.page("ar", "<textarea>Home</textarea><input value=\"Home\">Sign\n out"),
            "<textarea>Home</textarea><input value=\"Home\">TWO");
}

TEST_F(PhrasesTest, NumbersAndWordsKeepTheirPlaces) {
  const auto phrases = *with(entry("{} of {} min", "{2} BEFORE {1}") +
                             entry("{*} has this case open.", "OPEN: {*}") +
                             entry("{} h ago", "AGO {}") + entry("Girl", "G"));
  EXPECT_EQ(phrases.words("ar", "3 of 240 min"), "240 BEFORE 3");
  EXPECT_EQ(phrases.words("ar", "Ben O'Hara has this case open."), "OPEN: Ben O'Hara");
  EXPECT_EQ(phrases.words("ar", "C, 7–10, Girl"), "C، 7–10، G");
  EXPECT_EQ(phrases.words("ar", "by nobody"), "by nobody");
  EXPECT_EQ(phrases.page("ar", "<p>Ben O&#39;Hara has this case open.</p>"),
            "<p>OPEN: Ben O&#39;Hara</p>");
}

// Whatever a phrase says, it is text: a catalogue cannot bring a tag into a page.
TEST_F(PhrasesTest, APhraseIsEscaped) {
  const auto phrases = *with(entry("Home", "<script>x</script>") + entry("{*} asks", "{*} & <b>"));
  EXPECT_EQ(phrases.page("ar", "<p>Home</p>"), "<p>&lt;script&gt;x&lt;/script&gt;</p>");
  EXPECT_EQ(phrases.page("ar", "<p>&lt;i&gt; asks</p>"), "<p>&lt;i&gt; &amp; &lt;b&gt;</p>");
  EXPECT_EQ(phrases.page("ar", "<a title=\"Home\">"),
            "<a title=\"&lt;script&gt;x&lt;/script&gt;\">");
}

TEST_F(PhrasesTest, ACatalogueThatIsNoneIsRefusedWithItsLine) {
  EXPECT_FALSE(with("msgid \"Home\"\nmsgstr \"\"\n\n"));
  EXPECT_FALSE(with(entry("Home", "A") + entry("Home", "B")));
  const auto broken = with("msgid Home\n");
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().sentence.find("line 6"), std::string::npos) << broken.error().sentence;
}

TEST_F(PhrasesTest, OursAreReadAndSayThatAMachineDraftedThem) {
  const auto phrases = *Phrases::load(HOTLINE_SOURCE_DIR "/web/phrases");
  ASSERT_TRUE(phrases.knows("ar"));
  EXPECT_FALSE(phrases.language("ar").reviewed);
  EXPECT_GT(phrases.language("ar").phrases, 700U);
  EXPECT_NE(phrases.script("ar").find("window.kPhrases"), std::string::npos);
  // No placeholder is invented.
  for (const auto& [english, words] : phrases.all("ar")) {
    const auto count = [](std::string_view text) {
      return std::count(text.begin(), text.end(), '{');
    };
    EXPECT_GE(count(english), count(words)) << english;
  }
}

}  // namespace
}  // namespace hotline::web
