#include "intake/mail_door.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "support/test_database.h"

namespace hotline::intake {
namespace {

namespace files = std::filesystem;

class MailDoorTest : public test::OnBothDatabases {
 protected:
  void SetUp() override {
    OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    folder_ = files::temp_directory_path() / ("mail_door_" + std::to_string(::getpid()));
    files::remove_all(folder_);
    drop_ = *Drop::open(folder_.string(), keys_.public_key, 0);
    const auto tenant = casework::TenantId::make(now_);
    ASSERT_TRUE(database().transact([&](db::Transaction& tx) -> Done {
      TRY_DONE(casework::CaseworkStore(tx).add_tenant({tenant, "Main", "GB"}));
      MailSenderStore store(tx);
      TRY_DONE(store.put({"desk@signed.example", tenant, "", "signed.example", now_}));
      return store.put({"desk@token.example", tenant, hex(crypto::sha256("s3cret")), "", now_});
    }));
  }
  void TearDown() override { files::remove_all(folder_); }
  TakenMail take(const std::string& from, const std::string& text,
                 std::vector<std::string> dkim = {}) {
    net::ReceivedMail mail;
    mail.from = from;
    mail.key = "m1@mail.example";
    mail.text = text;
    mail.dkim_domains = std::move(dkim);
    const auto taken =
        take_mail({database(), *drop_, "notices@hotline.example", "Hotline"}, mail, now_);
    EXPECT_TRUE(taken) << taken.error().sentence;
    return *taken;
  }
  std::size_t dropped() {
    std::size_t count = 0;
    const auto reader = *DropReader::open(folder_.string(), keys_);
    const auto batches = *reader.waiting(1000);
    for (const auto& batch : batches) count += reader.read(batch)->size();
    return count;
  }
  files::path folder_;
  crypto::KeyPair keys_ = crypto::make_box_keys();
  std::unique_ptr<Drop> drop_;
  Instant now_ = *parse_rfc3339("2030-03-04T09:41:22Z");
};

TEST_P(MailDoorTest, TheFromLineAloneProvesNothing) {
  for (const char* from : {"desk@signed.example", "desk@token.example", "who@else.example"}) {
    const auto taken = take(from, "http://gallery.example/a\n");
    EXPECT_EQ(taken.outcome, MailOutcome::unproven) << from;
    EXPECT_FALSE(taken.answer) << from;
  }
  // A valid signature of somebody else's domain, a wrong token, the right token of another.
  EXPECT_EQ(take("desk@signed.example", "http://gallery.example/a\n", {"else.example"}).outcome,
            MailOutcome::unproven);
  EXPECT_EQ(take("desk@token.example", "token: guess\nhttp://gallery.example/a\n").outcome,
            MailOutcome::unproven);
  EXPECT_EQ(take("desk@signed.example", "token: s3cret\nhttp://gallery.example/a\n").outcome,
            MailOutcome::unproven);
  EXPECT_EQ(take("desk@token.example", "http://gallery.example/a\n", {"token.example"}).outcome,
            MailOutcome::unproven);
  EXPECT_EQ(dropped(), 0u);
}

TEST_P(MailDoorTest, ASignatureOrATokenIsProofAndEveryLineIsAnswered) {
  const auto taken =
      take("desk@signed.example",
           "http://gallery.example/a\nhello\n\napp: Example\nuser: someone\n", {"signed.example"});
  EXPECT_EQ(taken.outcome, MailOutcome::taken);
  EXPECT_EQ(taken.taken, 2);
  EXPECT_EQ(taken.refused, 1);
  ASSERT_TRUE(taken.answer);
  EXPECT_EQ(taken.answer->to, "desk@signed.example");
  EXPECT_NE(taken.answer->text.find("line 1: taken, "), std::string::npos);
  EXPECT_NE(taken.answer->text.find("line 2: refused. "), std::string::npos);
  // Others may read the answer.
  EXPECT_EQ(taken.answer->text.find("gallery"), std::string::npos);
  EXPECT_EQ(take("desk@token.example", "token: s3cret\n\nhttp://gallery.example/a\n").taken, 1);
  EXPECT_EQ(dropped(), 3u);
}

TEST_P(MailDoorTest, TheSameMailAgainIsTheSameReportsAndTheSameAnswer) {
  const auto first = take("desk@signed.example", "http://gallery.example/a\n", {"signed.example"});
  for (int i = 0; i < 10; ++i) {
    const auto again =
        take("desk@signed.example", "http://gallery.example/a\n", {"signed.example"});
    EXPECT_EQ(again.answer->message_id, first.answer->message_id);
    EXPECT_EQ(again.answer->text, first.answer->text);
  }
  EXPECT_EQ(dropped(), 1u);
}

TEST_P(MailDoorTest, AnsweringMachinesAreNotAnswered) {
  net::ReceivedMail mail;
  mail.from = "desk@signed.example";
  mail.dkim_domains = {"signed.example"};
  mail.text = "http://gallery.example/a\n";
  mail.automatic = true;
  const auto taken =
      take_mail({database(), *drop_, "notices@hotline.example", "Hotline"}, mail, now_);
  EXPECT_EQ(taken->outcome, MailOutcome::automatic);
  EXPECT_FALSE(taken->answer);
  EXPECT_EQ(dropped(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Engines, MailDoorTest, test::kEngines);

}  // namespace
}  // namespace hotline::intake
