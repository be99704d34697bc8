#include "intake/report_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/text.h"

namespace hotline::intake {
namespace {

namespace files = std::filesystem;

class Lines : public ::testing::Test {
 protected:
  Lines()
      : folder_(files::temp_directory_path() / ("lines_" + std::to_string(::getpid()))),
        drop_(*Drop::open(folder_.string(), keys_.public_key, 0)) {}
  ~Lines() override { files::remove_all(folder_); }
  std::vector<LineAnswer> take(const LineSource& source, const std::vector<ReportLine>& lines) {
    const auto answers = take_lines(*drop_, source, lines, now_);
    EXPECT_TRUE(answers) << answers.error().sentence;
    return answers.value_or(std::vector<LineAnswer>());
  }
  std::vector<Submission> dropped() {
    const auto reader = *DropReader::open(folder_.string(), keys_);
    std::vector<Submission> all;
    const auto batches = *reader.waiting(1000);
    for (const auto& batch : batches) {
      const auto read = *reader.read(batch);
      for (const auto& one : read) all.push_back(*one.submission);
    }
    return all;
  }
  files::path folder_;
  crypto::KeyPair keys_ = crypto::make_box_keys();
  std::unique_ptr<Drop> drop_;
  Instant now_ = *parse_rfc3339("2030-03-04T09:41:22Z");
};

TEST_F(Lines, EachLineOfAFileHasItsOwnAnswer) {
  const auto lines = lines_from_csv(
      "\xef\xbb\xbf"
      "address,app,group,user,seen,remarks,reference\r\n"
      "http://gallery.example/a,,,,today,\"two\nlines, \"\"quoted\"\"\",t-1\r\n"
      ",Example Chat,boats,someone,,,\r\n"
      "not an address,,,,,,\r\n"
      ",,,,,,\r\n"
      "http://gallery.example/b,,,,tomorrow,,\r\n"
      "http://gallery.example/c,,\r\n");
  ASSERT_TRUE(lines) << lines.error().sentence;
  const auto answers = take({"csv", "partner", ""}, *lines);
  ASSERT_EQ(answers.size(), 6u);
  EXPECT_EQ(answers[0].number, 2);
  EXPECT_EQ(answers[1].number, 4);  // The line before it holds a line break.
  for (const std::size_t good : {0u, 1u})
    EXPECT_TRUE(answers[good].taken) << answers[good].sentence;
  for (const std::size_t bad : {2u, 3u, 4u, 5u}) EXPECT_FALSE(answers[bad].taken) << bad;
  EXPECT_EQ(answers[0].theirs, "t-1");
  std::set<std::string> where;
  for (const auto& one : dropped()) {
    EXPECT_EQ(one.door, "csv");
    where.insert(one.addresses.empty() ? one.elsewhere : one.addresses[0] + one.remarks);
  }
  EXPECT_EQ(where, (std::set<std::string>{"http://gallery.example/atwo\nlines, \"quoted\"",
                                          "app: Example Chat\ngroup: boats\nuser: someone"}));
}

TEST_F(Lines, TheSameFileAgainMakesNothingNew) {
  const auto lines = *lines_from_csv(
      "address;reference\nhttp://gallery.example/a;\nhttp://gallery.example/a;\n"
      "http://gallery.example/b;x\n");
  const auto first = take({"csv", "partner", ""}, lines);
  EXPECT_EQ(dropped().size(), 3u);  // Two people may report one address.
  for (int i = 0; i < 50; ++i) {
    const auto again = take({"csv", "partner", ""}, lines);
    for (std::size_t k = 0; k < again.size(); ++k)
      EXPECT_EQ(again[k].reference, first[k].reference);
  }
  EXPECT_EQ(dropped().size(), 3u);
  take({"csv", "another partner", ""}, lines);
  EXPECT_EQ(dropped().size(), 6u);
}

TEST_F(Lines, WhatIsNoFileOfLinesIsRefusedWhole) {
  EXPECT_FALSE(lines_from_csv("picture\nx\n"));
  EXPECT_FALSE(lines_from_csv("address\n\"never closed\n"));
  EXPECT_TRUE(lines_from_csv("address\n")->empty());
  for (const char* text : {"", "[]", "{}", "{\"reports\":[]}", "{\"reports\":{}}",
                           "{\"reports\":[{}],\"file\":\"x\"}"})
    EXPECT_FALSE(lines_from_json(text)) << text;
  std::string many = "{\"reports\":[{}";
  for (int i = 0; i < 100; ++i) many += ",{}";
  EXPECT_FALSE(lines_from_json(many + "]}"));
}

TEST_F(Lines, JsonTakesTextsOnly) {
  const auto lines = *lines_from_json(
      R"({"reports":[{"address":"http://gallery.example/a"},{"address":7},{"bytes":"x"},3,)"
      R"({"app":"Example","user":"someone"}]})");
  const auto answers = take({"api", "mem_1", "key"}, lines);
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_EQ((std::vector<bool>{answers[0].taken, answers[1].taken, answers[2].taken,
                               answers[3].taken, answers[4].taken}),
            (std::vector<bool>{true, false, false, false, true}));
  take({"api", "mem_1", "key"}, lines);
  EXPECT_EQ(dropped().size(), 2u);
  take({"api", "mem_1", "other key"}, lines);
  EXPECT_EQ(dropped().size(), 4u);
}

TEST_F(Lines, NoFileComesThroughHoweverItIsWrapped) {
  const std::string payload(3000, 'Q');
  std::vector<ReportLine> lines;
  for (auto field : {&ReportLine::address, &ReportLine::remarks, &ReportLine::access}) {
    for (const std::string& wrapped :
         {"data:image/png;base64," + payload, "  DATA:video/mp4," + payload, payload}) {
      ReportLine line;
      line.address = "http://gallery.example/a";
      line.*field = wrapped;
      lines.push_back(line);
    }
  }
  for (const auto& answer : take({"csv", "partner", ""}, lines)) EXPECT_FALSE(answer.taken);
  EXPECT_TRUE(dropped().empty());
}

TEST_F(Lines, AMailIsReadLineByLine) {
  const auto found = lines_from_mail(
      "Dear colleagues,\n\nhxxp://gallery[.]example/a\nsee http://gallery.example/b and "
      "http://gallery.example/c\nnote: seen by a teacher\n\n"
      "app: Example Chat\ngroup: boats\nuser: someone\n\ntoken: s3cret\n\n> http://old.example/\n"
      "-- \nhttp://signature.example/\n");
  EXPECT_EQ(found.token, "s3cret");
  std::vector<std::string> said;
  for (const auto& line : found.lines)
    said.push_back(std::to_string(line.number) + " " +
                   (line.wrong.empty() ? line.address + line.app : "wrong"));
  EXPECT_EQ(said, (std::vector<std::string>{"1 wrong", "3 hxxp://gallery[.]example/a",
                                            "4 http://gallery.example/b",
                                            "4 http://gallery.example/c", "7 Example Chat"}));
  EXPECT_EQ(found.lines[1].remarks, "seen by a teacher");
  EXPECT_EQ(wrong_with(found.lines[4]), "");
}

TEST_F(Lines, AnswersAreCsv) {
  EXPECT_EQ(answers_csv({{2, true, "abc", "", ""}, {3, false, "", "", "No."}}),
            "line,reference,result,sentence\r\n2,abc,taken,\"\"\r\n3,,refused,\"No.\"\r\n");
}

}  // namespace
}  // namespace hotline::intake
