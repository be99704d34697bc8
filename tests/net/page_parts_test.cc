#include "net/page_parts.h"

#include <gtest/gtest.h>

#include <chrono>

namespace hotline::net {
namespace {

PageParts read(std::string_view html, std::string_view charset = "") {
  return read_page(*url::parse("http://gallery.example/a/b.html"), html, charset, 400);
}

TEST(PageParts, EveryWayToShowAPictureIsFound) {
  const auto parts = read(R"html(<!doctype html><title> My
    gallery </title><body background="/back.png">
    <img src="1.jpg"><img src=1.jpg><IMG SRC='/2.png' alt="x">
    <img srcset="s.jpg 1x, l.jpg 3x, m.jpg 2x">
    <img src="data:image/png;base64,AAAA" data-src="late.jpg">
    <picture><source srcset="p400.webp 400w, p800.webp 800w"></picture>
    <video poster="poster.jpg" src="v.mp4"><source src="v.webm"></video>
    <a href="full.JPG?x=1">big</a> <a href="page.html">no</a> <a href="clip.mp4">clip</a>
    <div style="color:red;background-image: url( 'bg.gif' )"></div>
    <input type=image src=button.gif><meta property="og:image" content="http://cdn.example/og.jpg">
    <noscript><img src="noscript.jpg"></noscript>
    <img src="javascript:alert(1)"><img src="file:///etc/hosts"><img src="">)html");
  const std::vector<std::string> expected = {
      "http://gallery.example/back.png",      "http://gallery.example/a/1.jpg",
      "http://gallery.example/2.png",         "http://gallery.example/a/l.jpg",
      "http://gallery.example/a/late.jpg",    "http://gallery.example/a/p800.webp",
      "http://gallery.example/a/v.mp4",       "http://gallery.example/a/poster.jpg",
      "http://gallery.example/a/v.webm",      "http://gallery.example/a/full.JPG?x=1",
      "http://gallery.example/a/clip.mp4",    "http://gallery.example/a/bg.gif",
      "http://gallery.example/a/button.gif",  "http://cdn.example/og.jpg",
      "http://gallery.example/a/noscript.jpg"};
  EXPECT_EQ(parts.media, expected);
  EXPECT_EQ(parts.title, "My gallery");
}

TEST(PageParts, BaseAndRefreshAreObeyed) {
  const auto parts = read(R"html(<img src=x.jpg><base href="//cdn.example/d/"><base href="/no/">
      <meta http-equiv=Refresh content="0; URL='../next'">)html");
  EXPECT_EQ(parts.media, std::vector<std::string>{"http://cdn.example/d/x.jpg"});
  ASSERT_TRUE(parts.refresh);
  EXPECT_EQ(parts.refresh->canonical(), "http://cdn.example/next");
  EXPECT_FALSE(read("<meta http-equiv=refresh content='600;url=/x'>").refresh);
  EXPECT_FALSE(read("<meta http-equiv=refresh content='5'>").refresh);
}

TEST(PageParts, TextIsWhatAPersonWouldRead) {
  EXPECT_EQ(
      read("<p>One  <b>two</b>\nthree</p><script>x()</script><style>y</style><div>four</div>").text,
      "One two three\nfour");
  EXPECT_EQ(read("<meta charset=iso-8859-1><p>Gr\xFC\xDF"
                 "e")
                .text,
            "Gr\xC3\xBC\xC3\x9F"
            "e");
  EXPECT_EQ(read("<p>\xCF\xF0\xE8", "windows-1251").text, "\xD0\x9F\xD1\x80\xD0\xB8");
  EXPECT_EQ(read("<p>\xFF", "no-such-charset").text, "\xEF\xBF\xBD");
  EXPECT_LE(read("<p>" + std::string(1'000'000, 'x')).text.size(), 65536u);
}

TEST(PageParts, HostilePagesEndInTime) {
  const auto start = std::chrono::steady_clock::now();
  const auto repeat = [](std::string_view piece) {
    std::string text;
    while (text.size() < 2'000'000) text += piece;
    return text;
  };
  for (const auto piece : {"<div>", "<a>", "<b><i>", "<table>", "<", "<!--", "&amp", "</p>", "<p>",
                           "<img src=x.jpg ", "<select>", "<svg>", "<font a=b>", "\xFF"})
    (void)read(repeat(piece));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "<img src=" + std::to_string(i) + ".jpg>";
  EXPECT_EQ(read(many).media.size(), 400u);
}

TEST(PageParts, KindsOfAnswers) {
  EXPECT_TRUE(is_media("image/png", ""));
  EXPECT_TRUE(is_media("application/octet-stream", "\xFF\xD8\xFF\xE0"));
  EXPECT_TRUE(is_media("", std::string_view("\0\0\0\x18"
                                            "ftypmp42",
                                            12)));
  EXPECT_FALSE(is_media("text/html", "\xFF\xD8\xFF\xE0"));
  EXPECT_FALSE(is_media("text/plain", "hello"));
  EXPECT_TRUE(is_page("text/html; charset=x", ""));
  EXPECT_TRUE(is_page("", " <!DOCTYPE html>"));
  EXPECT_FALSE(is_page("image/png", "<html>"));
  EXPECT_EQ(charset_of("text/html; charset=\"ISO-8859-1\""), "iso-8859-1");
  EXPECT_EQ(charset_of("text/html"), "");
}

}  // namespace
}  // namespace hotline::net
