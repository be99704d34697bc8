#include "takedown/replies.h"

#include <gtest/gtest.h>

#include "takedown/takedown_case.h"

namespace hotline::takedown {
namespace {

std::string report_mail(const std::string& message_id, const std::string& action,
                        const std::string& status) {
  return "From: MAILER-DAEMON@mx.isp.example\r\nTo: notices@hotline.example\r\n"
         "Message-ID: <dsn1@mx.isp.example>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
         "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver your mail.\r\n"
         "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
         "Reporting-MTA: dns; mx.isp.example\r\n\r\n"
         "Final-Recipient: rfc822; abuse@isp.example\r\nAction: " +
         action + "\r\nStatus: " + status +
         "\r\nDiagnostic-Code: smtp; 550 no such\r\n mailbox here\r\n\r\n"
         "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" +
         message_id + ">\r\nSubject: x\r\n\r\n--b--\r\n";
}

std::string human_mail(const std::string& subject, const std::string& text,
                       const std::string& more = "") {
  return "From: Abuse Team <abuse@isp.example>\r\nMessage-ID: <h" +
         std::to_string(std::hash<std::string>()(subject + text)) + "@isp.example>\r\n" + more +
         "Subject: " + subject + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text;
}

class RepliesTest : public TakedownCase {
 protected:
  bool take(const std::string& bytes, bool keep_unknown = true) {
    const auto mail = net::read_reply(bytes);
    EXPECT_TRUE(mail);
    if (!mail) return false;
    return in_tx([&](db::Transaction& tx) {
             return takedown_->take_reply(tx, tenant_.id, *mail, keep_unknown, now_);
           })
        .value_or(false);
  }
  std::vector<Reply> replies(const NoticeId& id) {
    return in_tx([&](db::Transaction& tx) { return ReplyStore(tx).of_notice(id); }).value();
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, RepliesTest, test::kEngines);

TEST_P(RepliesTest, ABounceMarksTheMailboxAndTheNextOneAboveIsAsked) {
  const auto notice = open_and_send();
  EXPECT_TRUE(take(report_mail(letters(notice.id)[0].message_id, "failed", "5.1.1")));
  const auto after = read(notice.id);
  EXPECT_EQ(after.state, NoticeState::escalated);
  EXPECT_EQ(after.step, Rung::upstream);
  EXPECT_EQ(after.trouble, "bounces");
  EXPECT_EQ(replies(notice.id).at(0).kind, ReplyKind::bounce);
  EXPECT_EQ(replies(notice.id).at(0).status, "5.1.1");
  const auto contact = in_tx(
      [&](db::Transaction& tx) { return ContactStore(tx).find(tenant_.id, "abuse@isp.example"); });
  EXPECT_EQ((*contact)->bounce, BounceState::hard);
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.back().to, "noc@upstream.example");
  EXPECT_NE(mailer_.taken.back().text.find("reach the operator"), std::string::npos);
  EXPECT_EQ(facts(), "notice_opened notice_sent notice_replied notice_escalated");
}

TEST_P(RepliesTest, TheSameBounceAgainChangesNothing) {
  const auto notice = open_and_send();
  const auto mail = report_mail(letters(notice.id)[0].message_id, "failed", "5.1.1");
  take(mail);
  const auto before = facts();
  take(mail);
  EXPECT_EQ(facts(), before);
  EXPECT_EQ(replies(notice.id).size(), 1u);
}

TEST_P(RepliesTest, ADelayIsNoBounce) {
  const auto notice = open_and_send();
  take(report_mail(letters(notice.id)[0].message_id, "delayed", "4.4.7"));
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  EXPECT_EQ(replies(notice.id).at(0).kind, ReplyKind::delayed);
}

TEST_P(RepliesTest, ABounceThatNamesNoMailOfOursChangesNothing) {
  const auto notice = open_and_send();
  take(report_mail("invented@elsewhere.example", "failed", "5.1.1"));
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  EXPECT_TRUE(replies(notice.id).empty());
  const auto unseen =
      in_tx([&](db::Transaction& tx) { return ReplyStore(tx).unseen(tenant_.id, 10); }).value();
  EXPECT_EQ(unseen.size(), 1u);  // A person sees it all the same.
}

TEST_P(RepliesTest, WhatAPersonWritesIsShownWithAMeaningAndNeverActedOn) {
  const auto notice = open_and_send();
  const auto subject = "Re: [TICKET#77] AW: [Hotline " + lower_ascii(reference(notice.id)) + "] x";
  EXPECT_TRUE(take(human_mail(subject,
                              "Hello,\r\nthe content has been removed.\r\n"
                              "> we do not agree with\r\n-----Original Message-----\r\nold")));
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  EXPECT_EQ(read(notice.id).trouble, "replied");
  const auto reply = replies(notice.id).at(0);
  EXPECT_EQ(reply.kind, ReplyKind::human);
  EXPECT_EQ(reply.meaning, "removed");
  EXPECT_EQ(reply.words, "Hello,\nthe content has been removed.");
  EXPECT_EQ(facts(), "notice_opened notice_sent notice_replied");
  in_tx([&](db::Transaction& tx) {
    return takedown_->read_reply(tx, tenant_.id, notice.id, reply.id, "per_a", now_);
  });
  EXPECT_EQ(read(notice.id).trouble, "");
}

TEST_P(RepliesTest, AnAnsweringMachineAsksNobody) {
  const auto notice = open_and_send();
  const std::string id = letters(notice.id)[0].message_id;
  take(human_mail("Out of office", "I am away.",
                  "Auto-Submitted: auto-replied\r\nIn-Reply-To: <" + id + ">\r\n"));
  EXPECT_EQ(replies(notice.id).at(0).kind, ReplyKind::automatic);
  EXPECT_EQ(read(notice.id).trouble, "");
}

TEST_P(RepliesTest, AReplyFromAnotherTenantsNoticeIsNotTaken) {
  const auto notice = open_and_send();
  const auto mail = net::read_reply(human_mail("[Hotline " + reference(notice.id) + "]", "x"));
  const auto other = casework::TenantId::make(now_ + 1s);
  EXPECT_EQ(in_tx([&](db::Transaction& tx) {
              return takedown_->take_reply(tx, other, *mail, false, now_);
            }).value(),
            false);
  EXPECT_TRUE(replies(notice.id).empty());
}

TEST_P(RepliesTest, ManyNoticesToOneMailboxLeaveInOneMailAndEachKeepsItsState) {
  const auto first = open(request());
  auto what = request();
  what.hosting.episode = "hos_2";
  what.locations = {"http://gallery.example/album/8"};
  const auto second = open(what);
  what.hosting.episode = "hos_3";
  what.urgent = true;
  const auto urgent = open(what);
  now_ += 121s;
  const auto mates =
      in_tx([&](db::Transaction& tx) { return takedown_->mail_mates(tx, first.id, now_); }).value();
  ASSERT_EQ(mates, std::vector<NoticeId>{second.id});
  EXPECT_TRUE(in_tx([&](db::Transaction& tx) {
                return takedown_->mail_mates(tx, urgent.id, now_);
              })->empty());
  ASSERT_TRUE(takedown_->send(database(), mailer_, first.id, now_, nullptr, mates));
  ASSERT_EQ(mailer_.taken.size(), 1u);
  const auto& mail = mailer_.taken[0];
  EXPECT_NE(mail.subject.find(reference(first.id)), std::string::npos);
  for (const auto& id : {first.id, second.id}) {
    EXPECT_NE(mail.text.find(reference(id)), std::string::npos);
    EXPECT_NE(mail.text.find(takedown_->answer_link(id)), std::string::npos);
    EXPECT_EQ(read(id).state, NoticeState::sent);
    EXPECT_EQ(letters(id)[0].mail, mail.message_id);
  }
  EXPECT_EQ(mail.attachments.size(), 2u);
  EXPECT_EQ(send(second.id).what, Sent::What::nothing);
  EXPECT_EQ(read(urgent.id).state, NoticeState::ready);
  // One bounce speaks of both; a removal of one says nothing of the other.
  take(report_mail(mail.message_id, "failed", "5.1.1"));
  EXPECT_EQ(read(first.id).state, NoticeState::escalated);
  EXPECT_EQ(read(second.id).state, NoticeState::escalated);
}

TEST_P(RepliesTest, AMailFoundHalfWayGoesOnAsItWasAndOnlyFromTheOneThatBeganIt) {
  const auto first = open(request());
  auto what = request();
  what.hosting.episode = "hos_2";
  const auto second = open(what);
  now_ += 121s;
  mailer_.answer = [](const net::Mail&) -> Result<std::string> {
    return fail(ErrorKind::unavailable, "killed here");
  };
  const std::vector<NoticeId> mates{second.id};
  ASSERT_TRUE(takedown_->send(database(), mailer_, first.id, now_, nullptr, mates));
  mailer_.answer = nullptr;
  now_ += 1min;
  EXPECT_EQ(send(second.id).what, Sent::What::later);
  EXPECT_EQ(mailer_.taken.size(), 0u);
  // Withdrawn meanwhile: the mail may have left, so it goes on, and the host is told afterwards.
  EXPECT_EQ(send(first.id).what, Sent::What::sent);
  ASSERT_EQ(mailer_.taken.size(), 1u);
  EXPECT_EQ(mailer_.taken[0].message_id, letters(first.id)[0].message_id);
  EXPECT_EQ(read(second.id).state, NoticeState::sent);
}

}  // namespace
}  // namespace hotline::takedown
