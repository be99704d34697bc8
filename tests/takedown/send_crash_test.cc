// Killed anywhere around SMTP: nothing lost, nothing doubled but the one window that SMTP leaves
// open, and there with the identical Message-ID and the identical bytes.
#include "takedown_case.h"

namespace hotline::takedown {
namespace {

struct Killed {};

class SendCrash : public TakedownCase {
 protected:
  /// The message as it went over the wire.
  static std::string wire(const net::Mail& mail) { return net::compose(mail).value(); }
};

TEST_P(SendCrash, BeforeTheMarkNothingHasHappened) {
  const auto notice = open(request());
  now_ += 121s;
  // A transaction that never commits is what a kill before the first step leaves.
  EXPECT_EQ(letters(notice.id)[0].state, LetterState::planned);
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
}

TEST_P(SendCrash, BetweenMarkAndSmtpItLeavesLater) {
  const auto notice = open(request());
  now_ += 121s;
  mailer_.answer = [](const net::Mail&) -> Result<std::string> { throw Killed(); };
  EXPECT_THROW((void)takedown_->send(database(), mailer_, notice.id, now_), Killed);
  EXPECT_EQ(letters(notice.id)[0].state, LetterState::sending);
  EXPECT_TRUE(mailer_.taken.empty());
  mailer_.answer = nullptr;
  now_ += 10min;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
}

TEST_P(SendCrash, AfterTheFinalDotTheSecondIsTheSameMessageByteForByte) {
  const auto notice = open(request());
  now_ += 121s;
  int tries = 0;
  mailer_.answer = [&](const net::Mail& mail) -> Result<std::string> {
    if (tries++ == 0) {
      mailer_.taken.push_back(mail);  // The server has it; its 250 never reached us.
      throw Killed();
    }
    return "250 2.0.0 queued";
  };
  EXPECT_THROW((void)takedown_->send(database(), mailer_, notice.id, now_), Killed);
  now_ += 3h;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  ASSERT_EQ(mailer_.taken.size(), 2u);
  EXPECT_EQ(mailer_.taken[0].message_id, mailer_.taken[1].message_id);
  EXPECT_EQ(wire(mailer_.taken[0]), wire(mailer_.taken[1]));
}

TEST_P(SendCrash, AMailServerThatFailsIsAskedAgainWithTheSameMessage) {
  const auto notice = open(request());
  now_ += 121s;
  std::vector<std::string> tried;
  mailer_.answer = [&](const net::Mail& mail) -> Result<std::string> {
    tried.push_back(wire(mail));
    if (tried.size() < 5) return fail(ErrorKind::unavailable, "The mail server did not answer.");
    return "250 ok";
  };
  for (int i = 0; i < 4; ++i) {
    const auto sent = send(notice.id);
    EXPECT_EQ(sent.what, Sent::What::not_now);
    ASSERT_TRUE(sent.again);
    now_ = *sent.again;
  }
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  for (const auto& one : tried) EXPECT_EQ(one, tried.front());
  EXPECT_EQ(mailer_.taken.size(), 1u);
}

TEST_P(SendCrash, WithdrawnOnItsWayTheHostIsToldToBeSure) {
  const auto notice = open(request());
  now_ += 121s;
  mailer_.answer = [](const net::Mail&) -> Result<std::string> { throw Killed(); };
  EXPECT_THROW((void)takedown_->send(database(), mailer_, notice.id, now_), Killed);
  mailer_.answer = nullptr;
  const auto cancelled = database().transact([&](db::Transaction& tx) {
    return takedown_->cancel(tx, notice.id, "per_a", "Stop.", now_);
  });
  EXPECT_EQ(cancelled.error().kind, ErrorKind::conflict);
  in_tx([&](db::Transaction& tx) { return takedown_->withdraw(tx, casefile_.id, "per_a", now_); });
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  ASSERT_EQ(mailer_.taken.size(), 1u);
  EXPECT_NE(mailer_.taken[0].message_id.find(".withdrawal."), std::string::npos);
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
}

TEST_P(SendCrash, WithdrawnWhileTheServerTakesItTheLetterSaysWhatLeft) {
  const auto notice = open(request());
  now_ += 121s;
  bool first = true;
  mailer_.answer = [&](const net::Mail&) -> Result<std::string> {
    if (std::exchange(first, false))
      in_tx([&](db::Transaction& tx) {
        return takedown_->withdraw(tx, casefile_.id, "per_a", now_);
      });
    return "250 ok";
  };
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(read(notice.id).state, NoticeState::withdrawn);
  EXPECT_EQ(letters(notice.id)[0].state, LetterState::sent);
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);  // The withdrawal follows.
  EXPECT_EQ(mailer_.taken.size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(Engines, SendCrash, test::kEngines);

}  // namespace
}  // namespace hotline::takedown
