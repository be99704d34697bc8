#include "matching/list_reader.h"

#include <gtest/gtest.h>

namespace hotline::matching {
namespace {

const std::string kMd5 = std::string(31, '1') + "A", kSha1 = std::string(40, '2'),
                  kSha256 = std::string(64, '3'), kPdq = std::string(64, 'f');

std::vector<ListLine> read(std::string_view text, ListFormat format) {
  std::vector<ListLine> lines;
  EXPECT_EQ(guess_format(text), format);
  const Done done = read_list(text, format, [&](ListLine&& line) { lines.push_back(line); });
  EXPECT_TRUE(done) << done.error().sentence;
  return lines;
}
std::string trouble(std::string_view text, ListFormat format) {
  const Done done = read_list(text, format, [](ListLine&&) {});
  return done ? "" : done.error().sentence;
}

TEST(ListReader, LinesAreReadByTypeOrLength) {
  const auto lines = read(kMd5 + "\n# a remark\n\n" + kSha1 + "\r\nsha256 " + kSha256 + "\nPDQ " +
                              kPdq + " 77\n" + kPdq,
                          ListFormat::lines);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_TRUE(lines[0].entry.digests.md5);
  EXPECT_EQ((*lines[0].entry.digests.md5)[15], 0x1a);
  EXPECT_TRUE(lines[1].entry.digests.sha1);
  EXPECT_TRUE(lines[2].entry.digests.sha256);
  EXPECT_EQ(lines[3].entry.quality, 77);
  EXPECT_EQ(lines[4].entry.picture.hex(), kPdq);
}

TEST(ListReader, CsvColumnsAreFoundByTheirNames) {
  const auto lines = read("\xEF\xBB\xBFMD5;SHA1;PhotoDNA;Image ID;Baseline\n" + kMd5 + ";" + kSha1 +
                              ";;\"4;7\"\"11\";True\n;" + kSha1 + ";;;\n",
                          ListFormat::csv);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].entry.ref, "4;7\"11");
  EXPECT_TRUE(lines[0].entry.digests.md5 && lines[0].entry.digests.sha1);
  EXPECT_FALSE(lines[1].entry.digests.md5);
  EXPECT_EQ(trouble("a,b\n1,2\n", ListFormat::csv),
            "The first line names no column md5, sha1, sha256 or pdq.");
  EXPECT_EQ(trouble("md5\n12\n", ListFormat::csv), "Line 2: a digest has the wrong length.");
}

TEST(ListReader, OurOwnFormatKeepsItsAttributes) {
  const auto lines =
      read(R"({"ref":"r-1","sha256":")" + kSha256 + R"(","category":"A","graders":2})" + "\n" +
               R"({"ref":"r-1","withdrawn":true})",
           ListFormat::known);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].entry.note, R"({"category":"A","graders":2})");
  EXPECT_TRUE(lines[1].withdrawn);
}

TEST(ListReader, VicsIsReadMediumByMedium) {
  const std::string media = R"({"MediaID":7,"Category":1,"MD5":")" + kMd5 +
                            R"(","Comments":"a \"]} b","MediaFiles":[{"MD5":")" + kMd5 +
                            R"(","FileName":"x"}]},{"MediaID":8,"Category":0,"MD5":")" + kMd5 +
                            R"("},{"MediaID":9,"Category":null,"MD5":")" + kMd5 + R"("})";
  for (
      const std::string& text :
      {R"({"@odata.context":"http://x.example/$metadata#Cases","value":[{"CaseID":"{1}","Media":[)" +
           media + "]}]}",
       R"({"odata.metadata":"http://x.example/1.3.xml#Media","value":[)" + media + "]}"}) {
    const auto lines = read(text, ListFormat::vics);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].entry.ref, "7");
    EXPECT_EQ(lines[0].entry.note, R"({"category":1})");
    EXPECT_FALSE(lines[0].innocent);
    EXPECT_TRUE(lines[1].innocent);
    EXPECT_FALSE(lines[2].innocent) << "null is not 0";
  }
  EXPECT_EQ(trouble(R"({"value":[{"MD5":"12"}]})", ListFormat::vics),
            "Medium 1: a digest has the wrong length.");
  EXPECT_EQ(trouble(R"({"value":[{"MD5":)", ListFormat::vics),
            "Medium 1: it is no whole JSON object.");
}

TEST(ListReader, TheZeroHashIsNoHash) {
  EXPECT_EQ(trouble(std::string(64, '0'), ListFormat::lines),
            "Line 1: there is no hash (the zero hash is none).");
}

}  // namespace
}  // namespace hotline::matching
