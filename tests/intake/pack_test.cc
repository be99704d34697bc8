#include "intake/pack.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace hotline::intake {
namespace {

namespace files = std::filesystem;

const std::vector<SpokenLanguage> kAll = {{"en", true, true}, {"fr", true, true}};

class PackTest : public ::testing::Test {
 protected:
  PackTest() : folder_(files::temp_directory_path() / ("pack_" + std::to_string(::getpid()))) {
    files::create_directories(folder_);
  }
  ~PackTest() override { files::remove_all(folder_); }
  Result<Pack> read(const std::string& text) {
    std::ofstream(folder_ / "portal.toml") << text;
    return read_pack(folder_.string());
  }
  static std::string good() {
    return R"(id = "exampleland"
name = "Signal"
country = "XX"
partner = "Example Trust"
public_url = "https://report.exampleland.example"
hosts = ["Report.Exampleland.example"]
languages = ["fr", "en"]
colours = ["#7a3b1f", "#f6eae2"]
emergency = "112"
[law]
fr = "La loi."
en = "The law."
[[help]]
name = "Line"
phone = "555 0111"
[help.hours]
fr = "Jour et nuit."
en = "Day and night."
)";
  }
  files::path folder_;
};

TEST_F(PackTest, AWholePackMayGoLive) {
  const auto pack = read(good());
  ASSERT_TRUE(pack) << pack.error().sentence;
  EXPECT_EQ(pack->languages, (std::vector<std::string>{"fr", "en"}));
  EXPECT_EQ(pack->hosts, std::vector<std::string>{"report.exampleland.example"});
  EXPECT_EQ(said(pack->law, "fr"), "La loi.");
  EXPECT_EQ(said(pack->law, "xx"), "The law.");
  EXPECT_EQ(pack->desk, DeskOf::own);
  EXPECT_EQ(check_pack(*pack, kAll, {"uk_abc"}), std::vector<std::string>());
}

TEST_F(PackTest, AnUnsignedLanguageKeepsItFromGoingLive) {
  const auto problems =
      check_pack(*read(good()), {{"en", true, true}, {"fr", true, false}}, {"uk_abc"});
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("no native reviewer has signed fr"), std::string::npos);
}

TEST_F(PackTest, EachThingThatIsMissingIsSaidInASentence) {
  const struct {
    std::string from, to, said;
  } kCases[] = {{"name = \"Signal\"", "name = \"\"", "name:"},
                {"id = \"exampleland\"", "id = \"main\"", "id:"},
                {"\"XX\"", "\"Xx\"", "country:"},
                {"\"112\"", "\"\"", "emergency:"},
                {"https://report", "ftp://report", "public_url:"},
                {"\"Report.Exampleland.example\"", "\"a b\"", "hosts:"},
                {"#7a3b1f", "#d0b090", "colours:"},
                {"#f6eae2", "#402010", "colours:"},
                {"fr = \"La loi.\"", "", "law.fr:"},
                {"fr = \"Jour et nuit.\"", "", "help:"},
                {"phone = \"555 0111\"", "", "help:"},
                {"[\"fr\", \"en\"]", "[\"en\", \"tlh\"]", "languages:"},
                {"emergency = ", "scheme = \"other\"\nemergency = ", "scheme:"}};
  for (const auto& one : kCases) {
    const auto pack = read(replace_all(good(), one.from, one.to));
    ASSERT_TRUE(pack) << one.to << pack.error().sentence;
    const auto problems = check_pack(*pack, kAll, {"uk_abc"});
    EXPECT_TRUE(std::any_of(problems.begin(), problems.end(), [&](const auto& problem) {
      return problem.starts_with(one.said);
    })) << one.to;
  }
}

TEST_F(PackTest, WhatIsNoPackIsRefusedWithItsPlace) {
  for (const std::string text : {"id = ", "layout = \"mine\"", "languages = \"en\"", "law = 3",
                                 "colours = [\"#000000\"]", "help = 1", "desk = \"theirs\""}) {
    const auto pack = read(text);
    ASSERT_FALSE(pack) << text;
    EXPECT_EQ(pack.error().kind, ErrorKind::invalid) << text;
    EXPECT_TRUE(pack.error().sentence.starts_with("portal.toml")) << pack.error().sentence;
  }
  EXPECT_EQ(read_pack((folder_ / "none").string()).error().kind, ErrorKind::not_found);
}

TEST_F(PackTest, ANewPackIsReadAndSaysWhatIsMissing) {
  const auto pack = read(new_pack_text("samplia", "XY", {"ar", "zh-Hans"}));
  ASSERT_TRUE(pack) << pack.error().sentence;
  EXPECT_EQ(pack->id, "samplia");
  EXPECT_EQ(pack->languages, (std::vector<std::string>{"ar", "zh-Hans"}));
  EXPECT_GT(check_pack(*pack, kAll, {}).size(), 3u);
}

TEST_F(PackTest, OursMayGoLiveOnceTheirLanguagesAreSigned) {
  int count = 0;
  for (const auto& entry : files::directory_iterator(HOTLINE_SOURCE_DIR "/policy/portals")) {
    const auto pack = read_pack(entry.path().string());
    ASSERT_TRUE(pack) << entry.path() << pack.error().sentence;
    std::vector<SpokenLanguage> spoken;
    for (const auto& code : pack->languages) spoken.push_back({code, true, true});
    EXPECT_EQ(check_pack(*pack, spoken, {"uk_abc"}), std::vector<std::string>()) << entry.path();
    EXPECT_EQ(pack->id, entry.path().filename().string());
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST(Contrast, IsThatOfWcag) {
  EXPECT_NEAR(contrast("#000000", "#ffffff"), 21, 0.01);
  EXPECT_NEAR(contrast("#767676", "#ffffff"), 4.54, 0.01);
  EXPECT_EQ(contrast("red", "#ffffff"), 0);
}

}  // namespace
}  // namespace hotline::intake
