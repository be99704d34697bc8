#include "takedown/takedown.h"

#include "takedown_case.h"

namespace hotline::takedown {
namespace {

class TakedownTest : public TakedownCase {};

TEST_P(TakedownTest, AbroadItLeavesWhenTheCountdownEndsAndNotBefore) {
  const auto notice = open(request());
  EXPECT_EQ(notice.state, NoticeState::ready);
  EXPECT_EQ(notice.leaves_at, now_ + 120s);
  EXPECT_EQ(send(notice.id).what, Sent::What::later);
  EXPECT_TRUE(mailer_.taken.empty());
  now_ += 120s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  ASSERT_EQ(mailer_.taken.size(), 1u);
  EXPECT_EQ(mailer_.taken[0].to, "abuse@isp.example");
  const auto sent = read(notice.id);
  EXPECT_EQ(sent.state, NoticeState::sent);
  EXPECT_EQ(sent.deadline, now_ + 24h);
  EXPECT_EQ(letters(notice.id)[0].server_line, "250 2.0.0 queued");
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  EXPECT_EQ(facts(), "notice_opened notice_sent");
}

TEST_P(TakedownTest, AtHomeItWaitsForThePolice) {
  const auto notice = open(request("GB"));
  EXPECT_EQ(notice.state, NoticeState::held);
  now_ += 24h;
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  EXPECT_TRUE(mailer_.taken.empty());
  const auto released = in_tx([&](db::Transaction& tx) {
    return takedown_->release(tx, notice.id, "per_police", "No investigation.", now_);
  });
  EXPECT_EQ(released->state, NoticeState::ready);
  now_ += 120s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(facts(), "notice_opened notice_held notice_released notice_sent");
}

TEST_P(TakedownTest, TheGateCanBeSwitchedOff) {
  set("takedown.police_gate", "false");
  make_takedown();
  EXPECT_EQ(open(request("GB")).state, NoticeState::ready);
}

TEST_P(TakedownTest, HoldAndReleaseNeedAReasonAndHoldStopsTheCountdown) {
  const auto notice = open(request());
  const auto without = database().transact(
      [&](db::Transaction& tx) { return takedown_->hold(tx, notice.id, "per_police", " ", now_); });
  EXPECT_EQ(without.error().kind, ErrorKind::invalid);
  in_tx([&](db::Transaction& tx) {
    return takedown_->hold(tx, notice.id, "per_police", "Investigation under way.", now_);
  });
  now_ += 1h;
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  EXPECT_TRUE(mailer_.taken.empty());
  in_tx([&](db::Transaction& tx) {
    return takedown_->release(tx, notice.id, "per_police", "Done.", now_);
  });
  now_ += 120s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
}

TEST_P(TakedownTest, TheSameCaseAndHostNeverHasTwoNotices) {
  const auto first = open(request());
  const auto second = open(request());
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(letters(first.id).size(), 1u);
  EXPECT_EQ(facts(), "notice_opened");
}

TEST_P(TakedownTest, ACancelledNoticeNeverLeavesUntilAPersonResumesIt) {
  const auto notice = open(request());
  in_tx([&](db::Transaction& tx) {
    return takedown_->cancel(tx, notice.id, "per_a", "Wrong page.", now_);
  });
  now_ += 1h;
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  EXPECT_EQ(read(notice.id).trouble, "cancelled");
  in_tx([&](db::Transaction& tx) {
    return takedown_->resume(tx, notice.id, "per_a", "It was right.", now_);
  });
  now_ += 120s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.size(), 1u);
}

TEST_P(TakedownTest, WhatHasLeftCannotBeCancelled) {
  const auto notice = open_and_send();
  const auto late = database().transact([&](db::Transaction& tx) {
    return takedown_->cancel(tx, notice.id, "per_a", "Late.", now_);
  });
  EXPECT_EQ(late.error().kind, ErrorKind::conflict);
}

TEST_P(TakedownTest, AWithdrawnAssessmentTellsTheHostThatWasWrittenTo) {
  const auto notice = open_and_send();
  in_tx([&](db::Transaction& tx) { return takedown_->withdraw(tx, casefile_.id, "per_a", now_); });
  EXPECT_EQ(read(notice.id).state, NoticeState::withdrawn);
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  ASSERT_EQ(mailer_.taken.size(), 2u);
  EXPECT_NE(mailer_.taken[1].subject.find("Ingetrokken"), std::string::npos);
  EXPECT_TRUE(mailer_.taken[1].attachments.empty());
}

TEST_P(TakedownTest, AWithdrawnAssessmentIsSilentWhereNothingLeft) {
  const auto notice = open(request());
  in_tx([&](db::Transaction& tx) { return takedown_->withdraw(tx, casefile_.id, "per_a", now_); });
  now_ += 1h;
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  EXPECT_TRUE(mailer_.taken.empty());
  // Decided again: the same notice lives again, with a new letter of its own.
  auto otherwise = request();
  otherwise.category = "C";
  otherwise.baseline = false;
  EXPECT_EQ(open(otherwise).id, notice.id);
  now_ += 120s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(read(notice.id).category, "C");
  EXPECT_EQ(mailer_.taken[0].attachments[0].name, "notice.json");
}

TEST_P(TakedownTest, TheSilentHostIsRemindedAndThenItsNetworkIsTold) {
  const auto notice = open_and_send();
  const auto deadline = [&] {
    return in_tx([&](db::Transaction& tx) { return takedown_->deadline(tx, notice.id, now_); })
        .value();
  };
  EXPECT_EQ(deadline(), notice.deadline);  // Not yet.
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  now_ += 24h;
  EXPECT_EQ(deadline(), now_ + 48h);
  EXPECT_EQ(read(notice.id).state, NoticeState::reminded);
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  now_ += 48h;
  EXPECT_EQ(deadline(), now_ + 48h);
  EXPECT_EQ(read(notice.id).state, NoticeState::escalated);
  EXPECT_EQ(read(notice.id).step, Rung::upstream);
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  ASSERT_EQ(mailer_.taken.size(), 3u);
  EXPECT_EQ(mailer_.taken[1].to, "abuse@isp.example");
  EXPECT_EQ(mailer_.taken[2].to, "noc@upstream.example");
  EXPECT_EQ(facts(), "notice_opened notice_sent notice_reminded notice_escalated");
}

TEST_P(TakedownTest, WithoutANetworkAboveAPersonIsAsked) {
  auto what = request();
  what.hosting.upstream.clear();
  const auto notice = open(what);
  now_ += 121s;
  send(notice.id);
  for (const auto wait : {24h, 48h}) {
    now_ += wait;
    in_tx([&](db::Transaction& tx) { return takedown_->deadline(tx, notice.id, now_); });
    send(notice.id);
  }
  EXPECT_EQ(read(notice.id).trouble, "no_upstream");
  EXPECT_EQ(mailer_.taken.size(), 2u);
}

TEST_P(TakedownTest, NeedTimeMovesTheDeadlineOnce) {
  const auto notice = open_and_send();
  const auto token = takedown_->answer_token(notice.id);
  const auto answer = [&](Answer what, std::string_view words) {
    return in_tx([&](db::Transaction& tx) {
             return takedown_->answered(tx, token, what, words, "", now_);
           })
        .value();
  };
  answer(Answer::need_time, "Tomorrow.");
  EXPECT_EQ(read(notice.id).deadline, *notice.deadline + 12h);
  answer(Answer::need_time, "Tomorrow.");  // A reload.
  answer(Answer::need_time, "The day after.");
  EXPECT_EQ(read(notice.id).deadline, *notice.deadline + 12h);
  EXPECT_EQ(facts(), "notice_opened notice_sent notice_answered notice_answered");
}

TEST_P(TakedownTest, AnswersLeadToLooksAndToPeopleNeverToAnEnd) {
  const auto notice = open_and_send();
  const auto token = takedown_->answer_token(notice.id);
  const auto answer = [&](Answer what) {
    in_tx([&](db::Transaction& tx) {
      return takedown_->answered(tx, token, what, "", "other@host.example", now_);
    });
  };
  answer(Answer::removed);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  const auto due =
      in_tx([&](db::Transaction& tx) { return jobs::JobStore(tx).next_due(); }).value();
  EXPECT_LE(due, now_);  // The look is due at once.
  answer(Answer::not_ours);
  EXPECT_EQ(read(notice.id).trouble, "not_ours");
  answer(Answer::dispute);
  EXPECT_EQ(read(notice.id).trouble, "dispute");
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
}

TEST_P(TakedownTest, TheAnswerLinkIsSecretAndEnds) {
  const auto notice = open_and_send();
  const auto token = takedown_->answer_token(notice.id);
  EXPECT_EQ(token.size(), 27u);  // 160 bits.
  EXPECT_EQ(takedown_->answer_link(notice.id), "https://feeds.hotline.example/n/" + token);
  const auto view = [&](std::string_view what, Instant at) {
    return database().read(
        [&](db::Transaction& tx) { return takedown_->answer_view(tx, what, at); });
  };
  EXPECT_TRUE(view(token, now_));
  auto other = token;
  other[0] = other[0] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {other, std::string(), token + "A", std::string(5000, 'x')})
    EXPECT_EQ(view(wrong, now_).error().sentence, view(token, now_ + 365 * 24h).error().sentence);
  EXPECT_EQ(view(token, now_ + 365 * 24h).error().kind, ErrorKind::not_found);
  // Nothing stored opens the page.
  for (const auto& letter : letters(notice.id)) {
    EXPECT_EQ(letter.text.find(token), std::string::npos);
    EXPECT_NE(letter.text.find(kLinkPlaceholder), std::string::npos);
  }
  EXPECT_NE(mailer_.taken[0].text.find(token), std::string::npos);
}

TEST_P(TakedownTest, WhatWaitedForAContactLeavesWhenItIsConfirmedAndNeverWhenRefused) {
  set("takedown.list_contact_confirmed", "false");
  make_takedown();
  const auto notice = open(request());
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::waits_for_contact);
  in_tx([&](db::Transaction& tx) {
    return takedown_->refuse_contact(tx, tenant_.id, "abuse@isp.example", "per_a", "A victim.",
                                     now_);
  });
  EXPECT_EQ(send(notice.id).what, Sent::What::waits_for_contact);
  EXPECT_EQ(read(notice.id).trouble, "contact_refused");
  in_tx([&](db::Transaction& tx) {
    return takedown_->approve_contact(tx, tenant_.id, "abuse@isp.example", "per_a",
                                      "It is theirs after all.", now_);
  });
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  const auto events = in_tx([&](db::Transaction& tx) {
    return ContactStore(tx).events(tenant_.id, "abuse@isp.example");
  });
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->front().deed, "approved");
  EXPECT_FALSE(database().transact([&](db::Transaction& tx) {
    return takedown_->approve_contact(tx, tenant_.id, "abuse@isp.example", "per_a", " ", now_);
  }));
}

TEST_P(TakedownTest, AnAliasSendsLettersToTheMailboxThatStandsForIt) {
  const auto notice = open(request());
  in_tx([&](db::Transaction& tx) -> Done {
    ContactStore contacts(tx);
    TRY(target, contacts.meet(tenant_.id, "team@isp.example", "person", now_));
    TRY(alias, contacts.find(tenant_.id, "abuse@isp.example"));
    alias->alias_of = target.email;
    TRY_DONE(contacts.describe(*alias));
    Contact loop = target;
    loop.alias_of = alias->email;
    EXPECT_FALSE(contacts.describe(loop));  // An alias of an alias.
    return {};
  });
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken.back().to, "team@isp.example");
  EXPECT_EQ(read(notice.id).contact, "team@isp.example");
}

TEST_P(TakedownTest, AnUnconfirmedContactWaitsWhereTheHotlineSaysSo) {
  set("takedown.list_contact_confirmed", "false");
  make_takedown();
  const auto notice = open(request());
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::waits_for_contact);
  EXPECT_EQ(read(notice.id).trouble, "contact_not_confirmed");
  in_tx([&](db::Transaction& tx) {
    return takedown_->set_contact(tx, notice.id, "abuse@isp.example", "per_a", "Checked by phone.",
                                  now_);
  });
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(read(notice.id).trouble, "");
}

TEST_P(TakedownTest, WithoutAMailboxAPersonNamesOne) {
  const auto notice = open(request("NL", ""));
  EXPECT_EQ(notice.trouble, "no_contact");
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::waits_for_contact);
  in_tx([&](db::Transaction& tx) {
    return takedown_->set_contact(tx, notice.id, "abuse@other.example", "per_a", "Their web page.",
                                  now_);
  });
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(mailer_.taken[0].to, "abuse@other.example");
}

TEST_P(TakedownTest, AMailboxThatRefusesIsNotTriedAgainUntilAPersonHasLooked) {
  const auto notice = open(request());
  now_ += 121s;
  mailer_.answer = [](const net::Mail&) -> Result<std::string> {
    return fail(ErrorKind::invalid, "The mail server refused for good.");
  };
  EXPECT_EQ(send(notice.id).what, Sent::What::refused);
  EXPECT_EQ(read(notice.id).trouble, "refused");
  // A person is asked; meanwhile the network above is.
  EXPECT_EQ(read(notice.id).state, NoticeState::escalated);
  EXPECT_EQ(read(notice.id).step, Rung::upstream);
  mailer_.answer = nullptr;
  in_tx([&](db::Transaction& tx) {
    return takedown_->set_contact(tx, notice.id, "abuse@new.example", "per_a", "Their web page.",
                                  now_);
  });
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
}

TEST_P(TakedownTest, OneMailboxGetsNoMoreThanItsHourlyShare) {
  set("takedown.contact_hourly_max", "1");
  make_takedown();
  const auto first = open(request());
  auto what = request();
  what.hosting.episode = "hos_2";
  const auto second = open(what);
  now_ += 121s;
  EXPECT_EQ(send(first.id).what, Sent::What::sent);
  EXPECT_EQ(send(second.id).what, Sent::What::later);
  now_ += 61min;
  EXPECT_EQ(send(second.id).what, Sent::What::sent);
}

TEST_P(TakedownTest, AMoveClosesThisNoticeAndOpensTheNextAtItsNewHost) {
  const auto notice = open_and_send();
  Hosting there = request("GB", "abuse@second.example").hosting;
  there.episode = "hos_2";
  const auto fresh = in_tx([&](db::Transaction& tx) {
                       return takedown_->record_moved(tx, notice.id, there, "GB", now_);
                     }).value();
  EXPECT_EQ(read(notice.id).state, NoticeState::moved);
  EXPECT_NE(fresh.id, notice.id);
  EXPECT_EQ(fresh.state, NoticeState::held);  // It moved home: the gate applies now.
  EXPECT_EQ(fresh.contact, "abuse@second.example");
  EXPECT_EQ(facts(), "notice_opened notice_sent item_moved notice_opened notice_held");
}

TEST_P(TakedownTest, WhatComesBackIsAskedForAgainAndTheFirstRemovalStands) {
  const auto notice = open_and_send();
  const Instant removed_at = now_ + 3h;
  now_ += 4h;
  in_tx([&](db::Transaction& tx) {
    return takedown_->record_gone(tx, notice.id, Ending::gone, removed_at, "system", now_);
  });
  EXPECT_EQ(read(notice.id).first_removed_at, removed_at);
  now_ += 72h;
  in_tx([&](db::Transaction& tx) { return takedown_->record_back(tx, notice.id, now_); });
  EXPECT_EQ(read(notice.id).state, NoticeState::ready);
  EXPECT_EQ(read(notice.id).returns, 1);
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::sent);
  ASSERT_EQ(mailer_.taken.size(), 2u);
  EXPECT_NE(mailer_.taken[0].message_id, mailer_.taken[1].message_id);
  now_ += 1h;
  in_tx([&](db::Transaction& tx) {
    return takedown_->record_gone(tx, notice.id, Ending::gone, now_, "system", now_);
  });
  EXPECT_EQ(read(notice.id).first_removed_at, removed_at);
  EXPECT_EQ(facts(),
            "notice_opened notice_sent item_removed item_returned notice_sent item_removed");
}

TEST_P(TakedownTest, AReturnAtHomeGoesBackToTheGateIfItWasNeverReleased) {
  const auto notice = open(request("GB"));
  in_tx([&](db::Transaction& tx) {
    return takedown_->record_gone(tx, notice.id, Ending::gone, now_, "system", now_);
  });
  in_tx([&](db::Transaction& tx) { return takedown_->record_back(tx, notice.id, now_); });
  EXPECT_EQ(read(notice.id).state, NoticeState::held);
}

TEST_P(TakedownTest, TheHoursAreCountedFromThisHostsNotice) {
  const auto notice = open_and_send();
  in_tx([&](db::Transaction& tx) {
    return takedown_->record_gone(tx, notice.id, Ending::gone, now_ + 73h, "system", now_ + 73h);
  });
  const auto all = in_tx([&](db::Transaction& tx) {
                     return facts::FactStore(tx).of_case(casefile_.id.str());
                   }).value();
  const auto& details = all.back().details;
  EXPECT_EQ(details.at("hours").as_int64(), 73);
  EXPECT_EQ(details.at("seconds_since_sent").as_int64(), 73 * 3600);
  EXPECT_EQ(details.at("seconds_since_opened").as_int64(), 73 * 3600 + 121);
}

TEST_P(TakedownTest, FactsHoldNoAddressAndNoMailbox) {
  const auto notice = open_and_send();
  in_tx([&](db::Transaction& tx) {
    return takedown_->answered(tx, takedown_->answer_token(notice.id), Answer::not_ours,
                               "See http://other.example/", "a@b.example", now_);
  });
  in_tx([&](db::Transaction& tx) { return takedown_->withdraw(tx, casefile_.id, "per_a", now_); });
  const auto all = in_tx([&](db::Transaction& tx) {
                     return facts::FactStore(tx).of_case(casefile_.id.str());
                   }).value();
  EXPECT_GE(all.size(), 4u);
  for (const auto& fact : all) {
    const auto text = json::serialize(fact.details);
    for (const char* word : {"example", "@", "192.0.2", "http"})
      EXPECT_EQ(text.find(word), std::string::npos) << fact.kind << " " << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, TakedownTest, test::kEngines);

}  // namespace
}  // namespace hotline::takedown
