#include "intake/intake.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "casework/casework_store.h"
#include "facts/facts.h"
#include "intake/access_store.h"
#include "intake/messages.h"
#include "support/test_database.h"

namespace hotline::intake {
namespace {

namespace files = std::filesystem;
using casework::CaseworkStore;

/// Keeps what it is given; answers with `trouble` if there is one.
class KeptMails final : public net::Mailer {
 public:
  Result<std::string> send(const net::Mail& mail) override {
    mails.push_back(mail);
    if (trouble) return std::unexpected(*trouble);
    return "250 2.0.0 taken";
  }
  std::vector<net::Mail> mails;
  std::optional<Error> trouble;
};

class Intake : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    folder_ = files::temp_directory_path() / ("intake_" + std::to_string(::getpid()));
    files::remove_all(folder_);
    files::create_directories(folder_ / "mails");
    std::ofstream(folder_ / "mails" / "en.txt") << mails("");
    std::ofstream(folder_ / "mails" / "ar.txt") << mails("ع ");
    vault_ = *Vault::open(folder_.string());
    texts_ = *MailTexts::load((folder_ / "mails").string());
    drop_ = *Drop::open((folder_ / "drop").string(), keys_.public_key, 0);
    reader_ = *DropReader::open((folder_ / "drop").string(), keys_);
    tenant_ = TenantId::make(now_);
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return CaseworkStore(tx).add_tenant({tenant_, "Main", "GB"});
    }));
  }
  void TearDown() override { files::remove_all(folder_); }

  static std::string mails(const std::string& mark) {
    std::string text = "# comment\n";
    for (const char* stage : {"received", "acted", "outside_remit", "not_found", "question"})
      text += "[" + std::string(stage) + "]\nSubject: " + mark + stage +
              " {organisation}\n\nText {check}\n";
    return text;
  }
  static Submission submission(std::vector<std::string> addresses,
                               std::string secret = "fifteen bytes!!") {
    Submission made;
    made.addresses = std::move(addresses);
    made.language = "ar";
    if (secret.empty()) return made;
    const auto receipt = Receipt::from_secret(secret);
    made.parcel = receipt.parcel();
    made.parcel_key = receipt.keys().public_key;
    return made;
  }
  static Submission with_mail(Submission made) {
    made.email = Sensitive<std::string>("person@mail.example");
    return made;
  }
  std::vector<FiledReport> file(const std::string& id, const Submission& submission) {
    auto filed = database().transact([&](db::Transaction& tx) {
      return file_submission(tx, *vault_, tenant_, id, submission, now_);
    });
    EXPECT_TRUE(filed) << filed.error().sentence;
    return filed.value_or(std::vector<FiledReport>());
  }
  int tell(const CaseId& casefile, Stage stage) {
    const auto told = database().transact(
        [&](db::Transaction& tx) { return tell_reporters(tx, casefile, stage, now_); });
    EXPECT_TRUE(told) << told.error().sentence;
    return told.value_or(-1);
  }
  Drained drained() {
    const auto result = drain(database(), *reader_, *vault_, tenant_, now_, 100);
    EXPECT_TRUE(result) << result.error().sentence;
    return result.value_or(Drained());
  }
  std::size_t facts(std::string_view kind) {
    return database()
        .read([&](db::Transaction& tx) {
          return facts::FactStore(tx).of_kind("", kind, instant(0), now_ + std::chrono::hours(1));
        })
        ->size();
  }
  std::size_t reports_of(const CaseId& id) {
    return database()
        .read([&](db::Transaction& tx) { return CaseworkStore(tx).reports_of_case(id); })
        ->size();
  }
  Result<Parcel> parcel(const std::string& secret = "fifteen bytes!!") {
    EXPECT_TRUE(publish_due(database(), status(), 100));
    return read_parcel(status(), Receipt::from_secret(secret));
  }
  int send() {
    const MailRoom room{*vault_,
                        *texts_,
                        mailer_,
                        "answers@hotline.example",
                        "Hotline",
                        "https://hotline.example",
                        "https://report.example"};
    const auto sent = send_due(database(), room, now_, 100);
    EXPECT_TRUE(sent) << sent.error().sentence;
    return sent.value_or(-1);
  }
  std::string status() const { return (folder_ / "status").string(); }

  Instant now_ = *parse_rfc3339("2030-03-04T09:00:00Z");
  files::path folder_;
  crypto::KeyPair keys_ = crypto::make_box_keys();
  std::optional<Vault> vault_;
  std::optional<MailTexts> texts_;
  std::unique_ptr<Drop> drop_;
  std::optional<DropReader> reader_;
  TenantId tenant_;
  KeptMails mailer_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Intake, test::kEngines);

TEST_P(Intake, ASubmissionIsFiledWithItsCaseAndFact) {
  const auto filed = file("drop000000000001", submission({"hxxp://gallery[.]example/a"}));
  ASSERT_EQ(filed.size(), 1u);
  EXPECT_FALSE(filed[0].report.duplicate);
  EXPECT_EQ(filed[0].address.canonical, "http://gallery.example/a");
  EXPECT_EQ(filed[0].address.host, "gallery.example");
  EXPECT_EQ(filed[0].address.verbatim, "hxxp://gallery[.]example/a");
  EXPECT_EQ(facts("report_received"), 1u);
}

TEST_P(Intake, TheSameDropIdIsFiledOnce) {
  const auto first = file("drop000000000001", submission({"http://gallery.example/a"}));
  EXPECT_TRUE(file("drop000000000001", submission({"http://gallery.example/a"})).empty());
  EXPECT_EQ(reports_of(first.at(0).report.casefile), 1u);
  EXPECT_EQ(facts("report_received"), 1u);
}

TEST_P(Intake, ASecondReportOfTheSamePageIsFolded) {
  const auto first = file("drop000000000001", submission({"http://gallery.example/a"}));
  const auto second =
      file("drop000000000002", submission({"HTTP://GALLERY.example:80/a#x"}, "another secret!"));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_TRUE(second[0].report.duplicate);
  EXPECT_EQ(second[0].report.casefile, first.at(0).report.casefile);
  EXPECT_EQ(reports_of(first[0].report.casefile), 2u);
}

TEST_P(Intake, SeveralAddressesAreSeveralReportsUnderOneReceipt) {
  const auto filed =
      file("drop000000000001",
           submission({"http://a.example/", "see http://b.example/1 and http://c.example/2",
                       "http://a.example"}));
  ASSERT_EQ(filed.size(), 3u);
  EXPECT_EQ(filed[1].address.canonical, "http://b.example/1");
  EXPECT_TRUE(file("drop000000000001", submission({"http://a.example/"})).empty());
  tell(filed[1].report.casefile, Stage::acted);
  const auto read = parcel();
  ASSERT_TRUE(read);
  ASSERT_EQ(read->reports.size(), 3u);
  EXPECT_EQ(read->reports[0].back().stage, Stage::received);
  EXPECT_EQ(read->reports[1].back().stage, Stage::acted);
}

TEST_P(Intake, NonsenseIsKeptAsTextWithACase) {
  for (const std::string text : {"<script>alert(1)</script>", "not an address at all",
                                 "javascript:alert(1)", "http://", "://", "user name on the app"}) {
    const auto filed = file(hex(crypto::sha256(text)).substr(0, 32), submission({text}, ""));
    ASSERT_EQ(filed.size(), 1u) << text;
    EXPECT_EQ(filed[0].address.verbatim, text);
    EXPECT_EQ(filed[0].address.canonical, "") << text;
    EXPECT_FALSE(filed[0].report.casefile.empty());
  }
}

TEST_P(Intake, ReportsWithoutAnAddressStandForThemselves) {
  auto given = submission({}, "");
  given.elsewhere = "a group in an app";
  const auto first = file("drop000000000001", given);
  const auto second = file("drop000000000002", given);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_NE(first[0].report.casefile, second.at(0).report.casefile);
  EXPECT_TRUE(first[0].address.verbatim.starts_with("a group in an app"));
}

TEST_P(Intake, TheDropIsDrainedExactlyOnce) {
  ASSERT_TRUE(drop_->put("drop000000000001", submission({"http://a.example/"})));
  ASSERT_TRUE(drop_->put("drop000000000002", submission({"http://b.example/"}, "another secret!")));
  EXPECT_EQ(drained().submissions, 2);
  EXPECT_EQ(drained().submissions, 0);
  EXPECT_EQ(facts("report_received"), 2u);
}

TEST_P(Intake, KilledBetweenFilingAndRemovingNothingIsFiledTwice) {
  ASSERT_TRUE(drop_->put("drop000000000001", submission({"http://a.example/"})));
  const auto batch = reader_->read(reader_->waiting(1)->at(0));
  file("drop000000000001", *batch->at(0).submission);  // and then kill -9
  const auto after = drained();
  EXPECT_EQ(after.submissions, 0);
  EXPECT_EQ(after.repeated, 1);
  EXPECT_EQ(facts("report_received"), 1u);
  EXPECT_TRUE(reader_->waiting(10)->empty());
}

TEST_P(Intake, ABrokenFileDoesNotStopTheOthers) {
  std::ofstream(folder_ / "drop" / "a-00000000-000000000000-00000000.batch") << "nonsense";
  ASSERT_TRUE(drop_->put("drop000000000001", submission({"http://a.example/"})));
  const auto result = drained();
  EXPECT_EQ(result.broken, 1);
  EXPECT_EQ(result.submissions, 1);
}

TEST_P(Intake, AQuestionAndItsAnswerTravelByTheReceiptAlone) {
  const auto filed = file("drop000000000001", submission({"http://a.example/"}));
  const auto& report = filed.at(0).report;
  const auto person = casework::PersonId::make(now_);
  const auto ask = [&](std::string_view text) {
    return database().transact([&](db::Transaction& tx) {
      return ask_reporter(tx, report.casefile, report.id, text, person, now_);
    });
  };
  EXPECT_EQ(ask(" \n").error().kind, ErrorKind::invalid);
  ASSERT_TRUE(ask("Which page of it was it?"));
  ASSERT_EQ(parcel()->messages.size(), 1u);
  EXPECT_FALSE(parcel()->messages[0].from_reporter);
  EXPECT_EQ(parcel()->messages[0].text, "Which page of it was it?");

  Submission answer = submission({});
  answer.kind = SubmissionKind::message;
  answer.remarks = "The third one.";
  for (int twice = 0; twice < 2; ++twice) file("drop000000000002", answer);
  const auto read = parcel();
  ASSERT_EQ(read->messages.size(), 2u);
  EXPECT_TRUE(read->messages[1].from_reporter);
  EXPECT_EQ(read->messages[1].text, "The third one.");
  EXPECT_EQ(facts("reporter_asked"), 1u);
  EXPECT_EQ(facts("reporter_answered"), 1u);
  EXPECT_EQ(facts("report_received"), 1u);

  const auto talk =
      database().read([&](db::Transaction& tx) { return conversations(tx, report.casefile); });
  ASSERT_TRUE(talk);
  ASSERT_EQ(talk->size(), 1u);
  EXPECT_EQ(talk->at(0).lines.at(1).author, "reporter");

  Submission wish = submission({});
  wish.kind = SubmissionKind::erase;
  file("drop000000000003", wish);
  EXPECT_TRUE(parcel()->messages.empty());
  EXPECT_EQ(facts("messages_erased"), 1u);
}

TEST_P(Intake, AMessageUnderAReceiptThatNobodyKnowsIsNothing) {
  Submission answer = submission({}, "quite a secret!");
  answer.kind = SubmissionKind::message;
  answer.remarks = "Hello?";
  EXPECT_TRUE(file("drop000000000002", answer).empty());
  EXPECT_EQ(facts("reporter_answered"), 0u);
}

TEST_P(Intake, TheParcelFollowsTheStages) {
  const auto filed = file("drop000000000001", submission({"http://a.example/"}));
  EXPECT_EQ(parcel()->reports.at(0).size(), 1u);
  EXPECT_EQ(tell(filed.at(0).report.casefile, Stage::checking), 1);
  EXPECT_EQ(tell(filed[0].report.casefile, Stage::checking), 0);
  EXPECT_EQ(tell(filed[0].report.casefile, Stage::received), 0);
  EXPECT_EQ(tell(filed[0].report.casefile, Stage::outside_remit), 1);
  const auto read = parcel();
  ASSERT_TRUE(read);
  ASSERT_EQ(read->reports.at(0).size(), 3u);
  EXPECT_EQ(read->reports[0][2].stage, Stage::outside_remit);
  EXPECT_EQ(*publish_due(database(), status(), 100), 0);
}

TEST_P(Intake, ThoseWhoWantNoAnswerGetNoParcel) {
  const auto filed = file("drop000000000001", submission({"http://a.example/"}, ""));
  EXPECT_EQ(tell(filed.at(0).report.casefile, Stage::acted), 0);
  EXPECT_EQ(*publish_due(database(), status(), 100), 0);
}

TEST_P(Intake, MailsGoOutOnceInTheReportersLanguage) {
  const auto filed = file("drop000000000001", with_mail(submission({"http://a.example/"})));
  EXPECT_EQ(send(), 1);
  EXPECT_EQ(send(), 0);
  ASSERT_EQ(mailer_.mails.size(), 1u);
  EXPECT_EQ(mailer_.mails[0].to, "person@mail.example");
  EXPECT_EQ(mailer_.mails[0].subject, "ع received Hotline");
  EXPECT_EQ(mailer_.mails[0].text, "Text https://report.example/ar/check\n");
  EXPECT_TRUE(mailer_.mails[0].message_id.ends_with("@hotline.example"));
  tell(filed.at(0).report.casefile, Stage::checking);
  EXPECT_EQ(send(), 0);
  tell(filed[0].report.casefile, Stage::acted);
  EXPECT_EQ(send(), 1);
  EXPECT_NE(mailer_.mails[0].message_id, mailer_.mails[1].message_id);
}

TEST_P(Intake, AQuestionIsMailedAboutOnceAndNotWhatItAsks) {
  const auto filed = file("drop000000000001", with_mail(submission({"http://a.example/"})));
  const auto& report = filed.at(0).report;
  EXPECT_EQ(send(), 1);
  const auto ask = [&](std::string_view text) {
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) {
      return ask_reporter(tx, report.casefile, report.id, text, casework::PersonId::make(now_),
                          now_);
    }));
  };
  ask("Which page of it was it?");
  EXPECT_EQ(send(), 1);
  EXPECT_EQ(send(), 0);
  ask("And when?");
  EXPECT_EQ(send(), 1);
  ASSERT_EQ(mailer_.mails.size(), 3u);
  EXPECT_EQ(mailer_.mails[1].subject, "ع question Hotline");
  EXPECT_EQ(mailer_.mails[1].text.find("page of it"), std::string::npos);
  EXPECT_NE(mailer_.mails[1].message_id, mailer_.mails[2].message_id);
}

TEST_P(Intake, APasswordLiesSealedAndWithItsReport) {
  auto given = submission({"http://a.example/", "http://b.example/"});
  given.needed = "password login login nonsense";
  given.password = Sensitive<std::string>("open sesame");
  const auto filed = file("drop000000000001", given);
  const auto& report = filed.at(1).report;
  const auto rows = database().read(
      [&](db::Transaction& tx) { return AccessStore(tx).of_case(report.casefile); });
  ASSERT_TRUE(rows);
  const auto& row = rows->at(report.id.str());
  EXPECT_EQ(row.needed, "login password");
  EXPECT_EQ(row.password.find("sesame"), std::string::npos);
  const auto& safe = vault_->access();
  EXPECT_EQ(safe.unseal(report.id.str(), row.password)->reveal(), "open sesame");
  EXPECT_FALSE(safe.unseal(filed[0].report.id.str(), row.password));
}

TEST_P(Intake, AMailWhoseAnswerWasLostKeepsItsMessageId) {
  file("drop000000000001", with_mail(submission({"http://a.example/"})));
  mailer_.trouble = Error{ErrorKind::unavailable, "x"};
  EXPECT_EQ(send(), 0);
  EXPECT_EQ(send(), 0);
  mailer_.trouble.reset();
  now_ += std::chrono::minutes(3);
  EXPECT_EQ(send(), 1);
  ASSERT_EQ(mailer_.mails.size(), 2u);
  EXPECT_EQ(mailer_.mails[0].message_id, mailer_.mails[1].message_id);
}

TEST_P(Intake, ARefusalIsFinal) {
  file("drop000000000001", with_mail(submission({"http://a.example/"})));
  mailer_.trouble = Error{ErrorKind::invalid, "550"};
  send();
  mailer_.trouble.reset();
  now_ += std::chrono::hours(48);
  EXPECT_EQ(send(), 0);
}

TEST_P(Intake, AnErasedContactGetsNoMailAndTheReportStays) {
  const auto filed = file("drop000000000001", with_mail(submission({"http://a.example/"})));
  EXPECT_TRUE(parcel()->has_contact);
  Submission wish = submission({});
  wish.kind = SubmissionKind::erase;
  ASSERT_TRUE(drop_->put("drop000000000002", wish));
  drained();
  EXPECT_EQ(send(), 0);
  EXPECT_TRUE(mailer_.mails.empty());
  EXPECT_EQ(facts("contact_erased"), 1u);
  EXPECT_FALSE(parcel()->has_contact);
  EXPECT_TRUE(parcel()->erased);
  EXPECT_EQ(reports_of(filed.at(0).report.casefile), 1u);
  tell(filed[0].report.casefile, Stage::acted);
  EXPECT_EQ(send(), 0);
  ASSERT_TRUE(drop_->put("drop000000000003", wish));
  drained();
  EXPECT_EQ(facts("contact_erased"), 1u);
}

TEST_P(Intake, TheContactIsNowhereInPlain) {
  file("drop000000000001", with_mail(submission({"http://a.example/"})));
  const auto rows =
      database().read([&](db::Transaction& tx) { return tx.run("SELECT sealed FROM contact"); });
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].text(0).find("person"), std::string::npos);
  const auto opened =
      vault_->unseal(Receipt::from_secret("fifteen bytes!!").parcel(), (*rows)[0].text(0));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->email.reveal(), "person@mail.example");
  EXPECT_FALSE(
      vault_->unseal(Receipt::from_secret("another secret!").parcel(), (*rows)[0].text(0)));
}

TEST(MailTexts, OursAreCompleteInEveryLanguageAndNameNothing) {
  const auto texts = MailTexts::load(HOTLINE_SOURCE_DIR "/web/mails");
  ASSERT_TRUE(texts) << texts.error().sentence;
  EXPECT_EQ(texts->languages().size(), 34u);
  for (const auto& language : texts->languages())
    for (const auto stage : kOccasions) {
      const auto mail = texts->of(language, stage);
      EXPECT_NE(mail.text.find("{check}"), std::string::npos) << language << name(stage);
      EXPECT_EQ(mail.text.find("child"), std::string::npos) << language << name(stage);
      if (language != "en") {
        EXPECT_NE(mail.text, texts->of("en", stage).text);
      }
    }
}

TEST(MailTexts, ALanguageThatLacksAStageIsRefused) {
  const auto folder = files::temp_directory_path() / ("mails_" + std::to_string(::getpid()));
  files::create_directories(folder);
  std::ofstream(folder / "en.txt") << "[received]\nSubject: a\n\nb\n";
  EXPECT_EQ(MailTexts::load(folder.string()).error().kind, ErrorKind::invalid);
  files::remove_all(folder);
}

}  // namespace
}  // namespace hotline::intake
