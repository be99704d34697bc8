#include "web/pages.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "web/i18n.h"

namespace hotline::web {
namespace {

namespace files = std::filesystem;

class PagesTest : public ::testing::Test {
 protected:
  PagesTest() : folder_(files::temp_directory_path() / ("pages_" + std::to_string(::getpid()))) {
    files::remove_all(folder_);
    files::create_directories(folder_ / "part");
  }
  ~PagesTest() override { files::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  Result<Pages> load() { return Pages::load(folder_.string()); }

  static constexpr const char* kHead = "{{%AUTOESCAPE context=\"HTML\"}}";
  files::path folder_;
};

TEST_F(PagesTest, ValuesAreEscapedForTheirPlace) {
  write("a.html", std::string(kHead) + "<p title=\"{{X}}\">{{X}}</p><a href=\"{{U}}\">l</a>");
  const auto pages = load();
  ASSERT_TRUE(pages) << pages.error().sentence;
  Page page;
  page.set("X", "\"><script>alert(1)</script>").set("U", "javascript:alert(1)");
  EXPECT_EQ(pages->expand("a.html", page),
            "<p title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">&quot;&gt;&lt;script&gt;"
            "alert(1)&lt;/script&gt;</p><a href=\"#\">l</a>");
}

TEST_F(PagesTest, ATextareaKeepsItsLinesAndIsStillEscaped) {
  write("a.html", std::string(kHead) + "<textarea>{{X:pre_escape}}</textarea>");
  const auto pages = load();
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->expand("a.html", Page().set("X", "a\nb</textarea>")),
            "<textarea>a\nb&lt;/textarea&gt;</textarea>");
}

TEST_F(PagesTest, ATemplateWithoutEscapingIsRefused) {
  write("a.html", "<p>{{X}}</p>");
  const auto pages = load();
  ASSERT_FALSE(pages);
  EXPECT_NE(pages.error().sentence.find("a.html"), std::string::npos);
}

TEST_F(PagesTest, ATemplateThatSwitchesEscapingOffIsRefused) {
  for (const char* body : {"{{X:none}}", "{{X:h}}", "{{=| |=}}", "{{%AUTOESCAPE context=\"CSS\"}}",
                           "<a href={{X}}>l</a>", "<b onclick={{X}}>l</b>", "{{#OPEN}}"}) {
    write("a.html", std::string(kHead) + body);
    EXPECT_FALSE(load()) << body;
  }
}

TEST_F(PagesTest, SectionsRepeatAndInherit) {
  write("a.html",
        std::string(kHead) + "{{#ROW}}[{{N}}{{ALL}}{{#ON}}+{{/ON}}]{{/ROW}}{{#OFF}}no{{/OFF}}");
  const auto pages = load();
  ASSERT_TRUE(pages);
  Page page;
  page.set("ALL", "!").show("OFF", false);
  page.add("ROW").set("N", "1").show("ON");
  page.add("ROW").set("N", "2");
  EXPECT_EQ(pages->expand("a.html", page), "[1!+][2!]");
}

TEST_F(PagesTest, TheOutermostPageIsSeenInIncludedTemplates) {
  write("frame.html", std::string(kHead) + "<main>{{>BODY}}</main>");
  write("part/body.html", std::string(kHead) + "<p>{{TITLE}} {{OWN}}</p>");
  const auto pages = load();
  ASSERT_TRUE(pages);
  Page page;
  page.set("TITLE", "<T>");
  page.include("BODY", "part/body.html").set("OWN", "o");
  EXPECT_EQ(pages->expand("frame.html", page), "<main><p>&lt;T&gt; o</p></main>");
  EXPECT_EQ(pages->names(), (std::vector<std::string>{"frame.html", "part/body.html"}));
}

TEST_F(PagesTest, MessagesStandInTheLanguageAsked) {
  write("frame.html", std::string(kHead) + "{{>BODY}}");
  write("part/body.html", std::string(kHead) + "{{t_hello}}|{{t_only_english}}");
  const auto po = folder_ / "po";
  files::create_directories(po);
  write("po/en.po",
        "msgid \"\"\nmsgstr \"X-Name: English\\nX-Reviewed: yes\\n\"\n"
        "msgid \"hello\"\nmsgstr \"Good day\"\nmsgid \"only_english\"\nmsgstr \"Yes & no\"\n");
  write("po/ar.po",
        "msgid \"\"\nmsgstr \"X-Name: العربية\\n\"\nmsgid \"hello\"\nmsgstr \"يوم سعيد\"\n");
  const auto pages = load();
  const auto messages = Messages::load(po.string());
  ASSERT_TRUE(pages);
  ASSERT_TRUE(messages) << messages.error().sentence;
  Page page;
  page.include("BODY", "part/body.html");
  EXPECT_EQ(pages->expand("frame.html", page, *messages, "ar"), "يوم سعيد|Yes &amp; no");
  EXPECT_EQ(pages->message_keys(), (std::vector<std::string>{"hello", "only_english"}));
}

TEST_F(PagesTest, AMissingFolderIsNotFound) {
  EXPECT_EQ(Pages::load((folder_ / "none").string()).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace hotline::web
