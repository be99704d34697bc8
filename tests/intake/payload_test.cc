#include "intake/payload.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::intake {
namespace {

/// Begins like a JPEG and goes on as noise.
std::string picture() {
  return "\xff\xd8\xff\xe0" + crypto::random_bytes(1200);
}

std::string wrapped(const std::string& text, std::size_t width, const std::string& between) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); i += width) made += text.substr(i, width) + between;
  return made;
}

/// No 24 characters of `coded` in a row are left.
bool is_gone(const std::string& given, const std::string& coded) {
  const auto kept = without_payload(given);
  for (std::size_t i = 0; i + 24 <= coded.size(); i += 8)
    if (kept.find(coded.substr(i, 24)) != std::string::npos) return false;
  return true;
}

TEST(Payload, AFileIsLeftOutHoweverItIsWrittenDown) {
  const auto bytes = picture();
  std::string escapes, numbers, hex_numbers;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    escapes += "%" + hex(std::string(1, c));
    numbers += std::to_string(byte) + ", ";
    hex_numbers += "0x" + hex(std::string(1, c)) + " ";
  }
  for (const auto& coded : {base64(bytes), base64url(bytes), hex(bytes), escapes}) {
    for (const std::string before :
         {"", "look: ", "data:image/jpeg;base64,", "http://a.example/?q=", "http://a.example/",
          "a.example/x?data:image/jpeg;base64,", "two words\n"})
      EXPECT_TRUE(is_gone(before + coded, coded)) << before << coded.substr(0, 40);
    for (const std::size_t width : {40, 60, 64, 76})
      EXPECT_TRUE(is_gone(wrapped(coded, width, "\n"), coded)) << width << coded.substr(0, 40);
    EXPECT_TRUE(is_gone(wrapped(coded, 8, " "), wrapped(coded, 8, " ")));
  }
  EXPECT_TRUE(is_gone(numbers, numbers));
  EXPECT_TRUE(is_gone(hex_numbers, hex_numbers));
  EXPECT_TRUE(is_gone(wrapped(hex(bytes), 2, " "), wrapped(hex(bytes), 2, " ")));
}

TEST(Payload, WordsAndAddressesStayAsTheyAre) {
  const std::string token(900, 'Q');  // Signed links of stores carry such.
  for (const auto& text : std::vector<std::string>{
           "I saw it on the third page, at about 14:00, user name xX_river_Xx.",
           "http://gallery.example/a/b?c=d#e\nhxxp://gallery[.]example/x",
           "https://store.example/o?X-Security-Token=" + wrapped(std::string(900, 'Q'), 9, "xY3"),
           "https://a.example/%D8%B4%D9%8A%D8%A1/%D8%B5%D9%88%D8%B1%D8%A9-"
           "%D8%B7%D8%A8%D9%8A%D8%B9%D9%8A%D8%A9-%D8%AC%D9%85%D9%8A%D9%84%D8%A9-%D8%AC%D8%AF%D8%A7",
           "رأيت هذا في مجموعة اسمها الجبال والبحيرات والأنهار والغابات والصحاري والسهول",
           "これは空白のない長い文章です。これは空白のない長い文章です。これは空白のない長い文章で"
           "す"
           "。",
           "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=landscape",
           "group 1\ngroup 2\ngroup 3\n", "", " \n ", "0123456789abcdef0123456789abcdef"}) {
    EXPECT_EQ(without_payload(text), text);
  }
  EXPECT_EQ(without_payload("a " + token + " b"), "a […] b");
}

TEST(Payload, WhatIsLeftOutOnceStaysTheSame) {
  const auto once = without_payload("x\n" + wrapped(base64(picture()), 76, "\n") + "a river");
  EXPECT_EQ(once, "x\n[…]\na river");
  EXPECT_EQ(without_payload(once), once);
}

}  // namespace
}  // namespace hotline::intake
