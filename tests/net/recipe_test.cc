#include "net/recipe.h"

#include <gtest/gtest.h>

#include <functional>

#include "net/fingerprint.h"

namespace hotline::net {
namespace {

// A site that shows its pictures only to whom it likes.
class Site final : public Fetcher {
 public:
  explicit Site(std::function<bool(const FetchRequest&)> likes) : likes_(std::move(likes)) {}
  Result<Capture> look(const FetchRequest& request) override {
    ++looks;
    Capture capture{.verdict = FetchVerdict::answered, .status = 200};
    capture.final_url = request.url;
    const bool liked = likes_(request);
    capture.text = liked ? "shapes and landscapes for members" : "a shop for garden tools";
    // Something changes with each visit.
    capture.page = capture.text + std::to_string(looks);
    for (int i = 0; liked && i < 4; ++i)
      capture.media.push_back({.url = "http://gallery.example/" + std::to_string(i),
                               .status = 200,
                               .bytes = "picture " + std::to_string(i)});
    return capture;
  }
  int looks = 0;

 private:
  std::function<bool(const FetchRequest&)> likes_;
};

const FetchRequest kRequest{.url = "http://gallery.example/a", .browser = false};

Recipe rich() {
  return {.via = {"http://forum.example/", "http://forum.example/t"},
          .referrer = "http://forum.example/t",
          .cookies = {"adult=1", "theme=dark"},
          .locale = "de-DE",
          .agent = "Phone/1.0",
          .exit = "tor"};
}

TEST(Recipe, OnlyWhatTheDisguiseLooksForStays) {
  Site site([](const FetchRequest& request) {
    return request.cookies.find("adult=1") != std::string::npos && request.locale == "de-DE";
  });
  const auto unmasking = unmask(site, kRequest, rich());
  ASSERT_TRUE(unmasking);
  EXPECT_TRUE(unmasking->disguised);
  EXPECT_TRUE(unmasking->steady);
  EXPECT_EQ(unmasking->smallest.parts(), "cookies, language");
  EXPECT_EQ(unmasking->smallest.cookies, std::vector<std::string>{"adult=1"});
  EXPECT_EQ(unmasking->plain.media.size(), 0u);
  EXPECT_EQ(unmasking->shown.media.size(), 4u);
  EXPECT_EQ(unmasking->looks, site.looks);
}

TEST(Recipe, EachPartAloneIsFound) {
  const std::vector<std::pair<std::string, std::function<bool(const FetchRequest&)>>> kKinds = {
      {"pages before", [](const auto& request) { return request.via.size() >= 2; }},
      {"referrer",
       [](const auto& request) { return request.referrer.find("forum") != std::string::npos; }},
      {"cookies",
       [](const auto& request) { return request.cookies.find("theme") != std::string::npos; }},
      {"language", [](const auto& request) { return request.locale == "de-DE"; }},
      {"browser", [](const auto& request) { return request.agent == "Phone/1.0"; }},
      {"network", [](const auto& request) { return request.exit == "tor"; }}};
  for (const auto& [part, likes] : kKinds) {
    Site site(likes);
    EXPECT_EQ(unmask(site, kRequest, rich())->smallest.parts(), part);
  }
}

TEST(Recipe, AnOpenPageIsNotDisguisedAndARestlessOneIsSaidToBe) {
  Site open([](const FetchRequest&) { return true; });
  EXPECT_FALSE(unmask(open, kRequest, rich())->disguised);
  EXPECT_EQ(open.looks, 2);
  int count = 0;
  Site restless([&](const FetchRequest&) { return ++count % 2 == 1; });
  const auto unmasking = unmask(restless, kRequest, rich());
  EXPECT_FALSE(unmasking->steady);
  EXPECT_EQ(restless.looks, 4);
}

TEST(Recipe, IsReadAsItIsWrittenAndNothingElseIsRead) {
  const auto again = read_recipe(recipe_json(rich()));
  ASSERT_TRUE(again) << again.error().sentence;
  EXPECT_EQ(recipe_json(*again), recipe_json(rich()));
  EXPECT_TRUE(read_recipe(json::object{})->empty());
  for (const char* text :
       {"[]", "1", R"({"refferer":"http://a.example"})", R"({"via":"http://a.example"})",
        R"({"via":["no address"]})", R"({"cookies":["a"]})", R"({"cookies":["a=b;c=d"]})",
        R"({"agent":"a\nX-Other: b"})", R"({"locale":1})", R"({"referrer":"ftp://a.example"})"})
    EXPECT_FALSE(read_recipe(*parse_json(text))) << text;
}

// Pages of one template: other words, other pictures, another count of them.
std::string page_of(int pictures, const std::string& words) {
  std::string html = "<html><head><link rel=stylesheet href=/css/site-3f2a.css?v=" + words +
                     "><script src=//cdn.example/app.9c81.js></script><script src=/js/grid.js>"
                     "</script><link rel='shortcut icon' href=\"/i/fav.png\"></head><body><div "
                     "class=\"top bar\"><a class=logo>" +
                     words + "</a><ul class=menu>";
  for (int i = 0; i < 5; ++i) html += "<li class=item><a class=link>" + words + "</a></li>";
  html += "</ul></div><main class=grid>";
  for (int i = 0; i < pictures; ++i)
    html += "<figure class=cell><a class=zoom><img class=thumb src=/" + words + std::to_string(i) +
            ".jpg></a><figcaption class=cap><span class=by>" + words +
            "</span></figcaption></figure>";
  return html + "</main><footer class=foot><p class=fine>" + words +
         "</p><form action=/pay/go.php><input name=a><button class=go>x</button></form></footer>";
}

TEST(Fingerprint, ATemplateIsKnownAgainWhateverStandsInIt) {
  const auto a = read_marks(page_of(3, "lake")), b = read_marks(page_of(80, "mountain"));
  EXPECT_EQ(a.structure.size(), 16u);
  EXPECT_LE(mark_distance(a.structure, b.structure), kNearBits);
  EXPECT_EQ(a.paths, b.paths);
  EXPECT_EQ(a.favicon, "/i/fav.png");
  std::string other = "<html><body><table class=forum>";
  for (int i = 0; i < 20; ++i)
    other +=
        "<tr class=row" + std::to_string(i % 3) + "><td class=who><b>x</b><td class=what><pre>y";
  EXPECT_GT(mark_distance(a.structure, read_marks(other + "</table><hr><address>z").structure), 16);
  EXPECT_EQ(read_marks("<p>short").structure, "");
  EXPECT_EQ(mark_distance("", a.structure), 64);
}

TEST(Fingerprint, WalletsAreKeptAsDigestsOnly) {
  const std::string wallet = "0x" + std::string(40, 'a');
  const auto marks = read_marks("<p>pay " + wallet + ", or " + wallet + " or bc1" +
                                std::string(39, 'q') + " or 0x12 or 1234567890123456789012345678");
  ASSERT_EQ(marks.payments.size(), 2u);
  EXPECT_EQ(marks.payments[0].size(), 64u);
}

TEST(Fingerprint, HalfTagsAndOddQuotesEndQuietly) {
  for (const char* html : {"<", "<a", "<a href", "<a href=", "<a href='", "<!--", "<script src=\"x",
                           "<link rel=icon href", "<a / = ' \" >", "<a =b c>"})
    (void)read_marks(html);
}

}  // namespace
}  // namespace hotline::net
