#include "intake/receipt.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace hotline::intake {
namespace {

Receipt receipt() {
  return Receipt::from_secret("fifteen bytes!!");
}

/// The code without its dashes.
std::string bare() {
  return replace_all(receipt().str(), "-", "");
}

TEST(Receipt, HasTwentyFourSymbolsInGroupsAndACheckSymbol) {
  const auto text = receipt().str();
  EXPECT_EQ(text.size(), 31u);
  EXPECT_EQ(split(text, '-').size(), 7u);
  EXPECT_EQ(text.find_first_of("ILOU"), std::string::npos);
}

TEST(Receipt, IsReadAsItIsShown) {
  const auto again = Receipt::parse(receipt().str());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->str(), receipt().str());
  EXPECT_EQ(again->parcel(), receipt().parcel());
  EXPECT_EQ(again->keys().public_key, receipt().keys().public_key);
}

TEST(Receipt, IsReadHoweverPeopleTypeIt) {
  const auto text = receipt().str();
  for (const std::string& typed :
       {lower_ascii(text), replace_all(text, "-", ""), replace_all(text, "-", " "),
        replace_all(text, "-", "\u2013"), replace_all(text, "-", "\u00a0"),
        "\u2066" + text + "\u2069", "  " + text + " .\n", replace_all(text, "0", "o"),
        replace_all(text, "0", "O"), replace_all(text, "1", "l"), replace_all(text, "1", "I")})
    EXPECT_TRUE(Receipt::parse(typed)) << typed;
}

TEST(Receipt, IsReadInTheDigitsOfManyScripts) {
  // Arabic-Indic, Persian, Devanagari, Bengali, Thai, Burmese, Khmer, full-width.
  for (const char32_t zero : {0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0x1040, 0x17E0, 0xFF10}) {
    std::string typed;
    for (const char c : receipt().str()) {
      if (c < '0' || c > '9') {
        typed += c;
        continue;
      }
      const char32_t digit = zero + static_cast<char32_t>(c - '0');
      if (digit < 0x800) {
        typed += static_cast<char>(0xC0 | (digit >> 6));
      } else {
        typed += static_cast<char>(0xE0 | (digit >> 12));
        typed += static_cast<char>(0x80 | ((digit >> 6) & 0x3f));
      }
      typed += static_cast<char>(0x80 | (digit & 0x3f));
    }
    const auto read = Receipt::parse(typed);
    ASSERT_TRUE(read) << typed;
    EXPECT_EQ(read->parcel(), receipt().parcel());
  }
}

TEST(Receipt, EveryWrongSymbolIsNoticed) {
  const std::string all = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (std::size_t i = 0; i < bare().size(); ++i)
    for (const char c : all) {
      std::string typed = bare();
      if (typed[i] == c) continue;
      typed[i] = c;
      EXPECT_FALSE(Receipt::parse(typed)) << i << c;
    }
}

TEST(Receipt, EveryTwoSwappedSymbolsAreNoticed) {
  for (std::size_t i = 0; i < bare().size(); ++i)
    for (std::size_t j = i + 1; j < bare().size(); ++j) {
      std::string typed = bare();
      if (typed[i] == typed[j]) continue;
      std::swap(typed[i], typed[j]);
      EXPECT_FALSE(Receipt::parse(typed)) << i << " " << j;
    }
}

TEST(Receipt, NonsenseIsInvalid) {
  for (const std::string& typed :
       {std::string(), std::string("hello"), bare() + "0", bare().substr(1),
        std::string(100000, '0'), std::string("\xff\xfe\x00", 3),
        std::string("U") + bare().substr(1)}) {
    const auto read = Receipt::parse(typed);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::invalid);
  }
}

TEST(Receipt, ParcelNamesDoNotRepeat) {
  EXPECT_TRUE(is_parcel(receipt().parcel()));
  EXPECT_NE(receipt().parcel(), Receipt::from_secret("fifteen bytes!?").parcel());
  EXPECT_FALSE(is_parcel("../../etc/passwd"));
}

}  // namespace
}  // namespace hotline::intake
