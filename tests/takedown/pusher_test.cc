// Letters to a host that runs a receiver: the real receiver on loopback.
#include "takedown/pusher.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/text.h"
#include "http/server.h"
#include "receiver/receiver.h"
#include "takedown/takedown_case.h"

namespace hotline::takedown {
namespace {

namespace fs = std::filesystem;

class PusherTest : public TakedownCase {
 protected:
  void SetUp() override {
    TakedownCase::SetUp();
    if (IsSkipped()) return;
    folder_ = fs::temp_directory_path() / ("pusher_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "www/album");
    fs::create_directories(folder_ / "keys");
    std::ofstream(folder_ / "www/album/7") << "a page";
    clock_.set(now_);
    auto pusher = Pusher::open(settings_, (folder_ / "keys").string());
    ASSERT_TRUE(pusher) << pusher.error().sentence;
    pusher_ = std::move(*pusher);
    start_receiver();
  }
  void TearDown() override {
    server_.reset();
    fs::remove_all(folder_);
    TakedownCase::TearDown();
  }

  void start_receiver() {
    receiver::Config config;
    config.name = "ISP Example";
    config.state = (folder_ / "receiver").string();
    config.sites = {{{"gallery.example"}, "/", fs::canonical(folder_ / "www").string()}};
    config.trusted = {{"Hotline", pusher_->public_key()}};
    auto receiver = receiver::Receiver::open(config, clock_);
    ASSERT_TRUE(receiver) << receiver.error().sentence;
    receiver_ = std::move(*receiver);
    auto server = http::Server::start({}, receiver::receiver_router(*receiver_));
    ASSERT_TRUE(server) << server.error().sentence;
    server_ = std::move(*server);
  }
  void register_receiver(const std::string& key) {
    in_tx([&](db::Transaction& tx) {
      return ReceiverStore(tx).put({tenant_.id, "abuse@isp.example",
                                    "http://127.0.0.1:" + std::to_string(server_->port()), key,
                                    "system", now_});
    });
  }
  /// An open notice whose countdown is over.
  Notice due_notice() {
    const Notice notice = open(request());
    now_ += 1h;
    clock_.set(now_);
    in_tx([&](db::Transaction& tx) {
      return ContactStore(tx).approve(tenant_.id, "abuse@isp.example", "person");
    });
    return notice;
  }
  Result<Sent> push_or_mail(const NoticeId& id) {
    return takedown_->send(database(), mailer_, id, now_, pusher_.get());
  }
  std::vector<StoredReceipt> receipts(const NoticeId& id) {
    return in_tx([&](db::Transaction& tx) { return ReceiverStore(tx).receipts(id); }).value();
  }
  std::vector<HostAnswer> answers(const NoticeId& id) {
    return in_tx([&](db::Transaction& tx) { return NoticeStore(tx).answers(id); }).value();
  }

  fs::path folder_;
  FakeClock clock_{Instant{}};
  std::unique_ptr<Pusher> pusher_;
  std::unique_ptr<receiver::Receiver> receiver_;
  std::unique_ptr<http::Server> server_;
};

TEST_P(PusherTest, WhatTheReceiverTookAwayNeedsNoMail) {
  register_receiver(receiver_->public_key());
  const Notice notice = due_notice();
  const auto sent = push_or_mail(notice.id);
  ASSERT_TRUE(sent) << sent.error().sentence;
  EXPECT_EQ(sent->what, Sent::What::sent);
  EXPECT_TRUE(mailer_.taken.empty());
  EXPECT_FALSE(fs::exists(folder_ / "www/album/7"));
  // It is what the host says: the notice stays open until we have looked.
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  ASSERT_EQ(answers(notice.id).size(), 1u);
  EXPECT_EQ(answers(notice.id)[0].answer, Answer::removed);
  EXPECT_NE(answers(notice.id)[0].words.find("disabled 1"), std::string::npos);
  EXPECT_NE(letters(notice.id)[0].server_line.find("Signed receipt"), std::string::npos);
  // Anyone with the receiver's key can check what is kept.
  const auto kept = receipts(notice.id);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_TRUE(push::verify(receiver_->public_key(), kept[0].signature, kept[0].document, now_));
  EXPECT_TRUE(push::parse_receipt(kept[0].document)->all_done());
}

TEST_P(PusherTest, WithoutAReceiverItIsMailed) {
  const Notice notice = due_notice();
  ASSERT_EQ(push_or_mail(notice.id)->what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
  EXPECT_TRUE(receipts(notice.id).empty());
}

TEST_P(PusherTest, AReceiverThatIsDownDelaysNothing) {
  register_receiver(receiver_->public_key());
  server_.reset();
  const Notice notice = due_notice();
  ASSERT_EQ(push_or_mail(notice.id)->what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
  EXPECT_TRUE(answers(notice.id).empty());
}

TEST_P(PusherTest, AReceiptOfAnotherKeyCountsForNothing) {
  register_receiver(crypto::make_signing_keys().public_key);
  const Notice notice = due_notice();
  ASSERT_EQ(push_or_mail(notice.id)->what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
  EXPECT_TRUE(answers(notice.id).empty());
  EXPECT_TRUE(receipts(notice.id).empty());
}

TEST_P(PusherTest, WhatTheReceiverDidNotFindIsMailedToPeople) {
  register_receiver(receiver_->public_key());
  fs::remove(folder_ / "www/album/7");
  const Notice notice = due_notice();
  ASSERT_EQ(push_or_mail(notice.id)->what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
  ASSERT_EQ(answers(notice.id).size(), 1u);
  EXPECT_EQ(answers(notice.id)[0].answer, Answer::received);
  EXPECT_EQ(receipts(notice.id).size(), 1u);
}

TEST_P(PusherTest, KilledBetweenReceiptAndCommitTheRepeatIsTheSamePush) {
  register_receiver(receiver_->public_key());
  const Notice notice = due_notice();
  auto letter = letters(notice.id).at(0);
  letter.recipient = "abuse@isp.example";
  // The push went out, the program died: nothing of it is in the database.
  const auto lost =
      pusher_->push(database(), read(notice.id), letter, takedown_->answer_link(notice.id), now_);
  ASSERT_TRUE(lost && *lost);
  EXPECT_FALSE(fs::exists(folder_ / "www/album/7"));
  const auto again =
      pusher_->push(database(), read(notice.id), letter, takedown_->answer_link(notice.id), now_);
  ASSERT_TRUE(again && *again);
  EXPECT_EQ((*again)->stored.document, (*lost)->stored.document);
}

TEST_P(PusherTest, OnlyARealReceiverIsRegistered) {
  const auto put = [&](const std::string& mailbox, const std::string& address,
                       const std::string& key) {
    const auto done = database().transact([&](db::Transaction& tx) {
      return ReceiverStore(tx).put({tenant_.id, mailbox, address, key, "system", now_});
    });
    return done ? std::string("good") : std::string(name(done.error().kind));
  };
  const std::string key(32, 'k');
  EXPECT_EQ(put("abuse@isp.example", "https://receiver.isp.example", key), "good");
  EXPECT_EQ(put("abuse@isp.example", "https://receiver.isp.example:8443", key), "good");
  EXPECT_EQ(put("abuse@isp.example", "http://[::1]:8460", key), "good");
  EXPECT_EQ(put("abuse@isp.example", "http://receiver.isp.example", key), "invalid");
  EXPECT_EQ(put("abuse@isp.example", "https://receiver.isp.example/path", key), "invalid");
  EXPECT_EQ(put("abuse@isp.example", "ftp://receiver.isp.example", key), "invalid");
  EXPECT_EQ(put("abuse@isp.example", "https://receiver.isp.example", "short"), "invalid");
  EXPECT_EQ(put("nobody", "https://receiver.isp.example", key), "invalid");
  const auto all = in_tx([&](db::Transaction& tx) { return ReceiverStore(tx).all(tenant_.id); });
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().address, "http://[::1]:8460");
  in_tx([&](db::Transaction& tx) {
    return ReceiverStore(tx).remove(tenant_.id, "abuse@isp.example");
  });
  EXPECT_TRUE(
      in_tx([&](db::Transaction& tx) { return ReceiverStore(tx).all(tenant_.id); })->empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, PusherTest, test::kEngines);

}  // namespace
}  // namespace hotline::takedown
