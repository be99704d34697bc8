// The Messages tab: a question to whoever holds the receipt, and what they wrote back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/intake.h"
#include "intake/receipt.h"
#include "web/console_seed.h"

namespace hotline::web::test {
namespace {

using accounts::Role;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsoleMessages : public ::testing::Test {
 protected:
  ConsoleMessages() : console_(hotline::test::sqlite_database()) {
    for (const auto& [name, role] : {std::pair{"anna", Role::analyst}, {"mara", Role::manager}})
      hotline::test::add_person(*console_.database, console_.tenant, name, role,
                                console_.clock.now());
    EXPECT_TRUE(console_.settings.set("hotline.dir", console_.folder.string()));
  }
  std::vector<intake::FiledReport> file(const std::string& id, intake::Submission submission,
                                        bool with_receipt = true) {
    const auto receipt = intake::Receipt::from_secret("fifteen bytes!!");
    if (with_receipt) {
      submission.parcel = receipt.parcel();
      submission.parcel_key = receipt.keys().public_key;
    }
    return *console_.database->transact([&](db::Transaction& tx) {
      return intake::file_submission(tx, vault_, console_.tenant, id, submission,
                                     console_.clock.now());
    });
  }
  static intake::Submission report() {
    intake::Submission made;
    made.addresses = {"http://gallery.example/hills"};
    return made;
  }

  Console console_;
  static std::string made(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    return folder.string();
  }
  intake::Vault vault_ = *intake::Vault::open(made(console_.folder / "keys"));
};

TEST_F(ConsoleMessages, AnAnalystAsksAndReadsTheAnswerDefanged) {
  const auto filed = file("drop000000000001", report()).at(0).report;
  const auto path = "/cases/" + filed.casefile.str() + "/messages";
  Visitor anna(console_);
  anna.sign_in("anna");
  EXPECT_THAT(anna.get(path).body, HasSubstr("Nothing written yet."));
  const auto asked =
      anna.post(path, fields({{"report", filed.id.str()}, {"text", "Which <page> was it?"}}));
  EXPECT_EQ(Visitor::location(asked), path);
  EXPECT_THAT(anna.get(path).body, HasSubstr("Which &lt;page&gt; was it?"));
  intake::Submission answer;
  answer.kind = intake::SubmissionKind::message;
  answer.remarks = "http://gallery.example/third";
  file("drop000000000002", answer);
  const auto page = anna.get(path).body;
  EXPECT_THAT(page, HasSubstr("The reporter"));
  EXPECT_THAT(page, HasSubstr("gallery[.]example"));
  EXPECT_EQ(anna.post(path, fields({{"report", filed.id.str()}, {"text", " "}})).status, 400);
  EXPECT_THAT(anna.get("/cases/" + filed.casefile.str() + "/timeline").body,
              HasSubstr("A reporter wrote back"));
}

TEST_F(ConsoleMessages, APasswordIsShownToAGraderAndWrittenDownFirst) {
  auto given = report();
  given.needed = "password link nonsense";
  given.password = Sensitive<std::string>("open <sesame>");
  const auto filed = file("drop000000000001", given).at(0).report;
  const auto path = "/cases/" + filed.casefile.str();
  Visitor anna(console_);
  anna.sign_in("anna");
  const auto tab = anna.get(path + "/addresses").body;
  EXPECT_THAT(tab, HasSubstr("Needed to get there: password, link"));
  EXPECT_THAT(tab, Not(HasSubstr("sesame")));
  EXPECT_THAT(anna.get(path + "/timeline").body, Not(HasSubstr("Read the password")));
  const auto shown = anna.post(path + "/password", fields({{"report", filed.id.str()}}));
  EXPECT_THAT(shown.body, HasSubstr("open &lt;sesame&gt;"));
  EXPECT_THAT(anna.get(path + "/timeline").body, HasSubstr("Read the password"));
  Visitor mara(console_);
  mara.sign_in("mara");
  EXPECT_EQ(mara.post(path + "/password", fields({{"report", filed.id.str()}})).status, 403);
}

TEST_F(ConsoleMessages, WhereNoneWasGivenThereIsNoneToShow) {
  const auto filed = file("drop000000000001", report()).at(0).report;
  Visitor anna(console_);
  anna.sign_in("anna");
  const auto path = "/cases/" + filed.casefile.str();
  EXPECT_THAT(anna.get(path + "/addresses").body, Not(HasSubstr("Show the password")));
  EXPECT_EQ(anna.post(path + "/password", fields({{"report", filed.id.str()}})).status, 404);
}

TEST_F(ConsoleMessages, AManagerReadsAndDoesNotAsk) {
  const auto filed = file("drop000000000001", report()).at(0).report;
  const auto path = "/cases/" + filed.casefile.str() + "/messages";
  Visitor mara(console_);
  mara.sign_in("mara");
  EXPECT_THAT(mara.get(path).body, Not(HasSubstr("Send the question")));
  EXPECT_EQ(mara.post(path, fields({{"report", filed.id.str()}, {"text", "Where?"}})).status, 403);
}

TEST_F(ConsoleMessages, WithoutAReceiptThereIsNobodyToAsk) {
  const auto filed = file("drop000000000001", report(), false).at(0).report;
  const auto path = "/cases/" + filed.casefile.str() + "/messages";
  Visitor anna(console_);
  anna.sign_in("anna");
  EXPECT_THAT(anna.get(path).body, HasSubstr("Nobody who reported this holds a receipt."));
  EXPECT_EQ(anna.post(path, fields({{"report", filed.id.str()}, {"text", "Where?"}})).status, 404);
}

}  // namespace
}  // namespace hotline::web::test
