#include "takedown/monitor.h"

#include "takedown_case.h"

namespace hotline::takedown {
namespace {

/// A page with one picture, or whatever the test says.
class MonitorTest : public TakedownCase {
 protected:
  void SetUp() override {
    TakedownCase::SetUp();
    if (IsSkipped()) return;
    fetcher_.answer = [this](const net::FetchRequest& request) -> Result<net::Capture> {
      if (request.url == "http://canary.example/") {
        net::Capture canary;
        canary.verdict = canaries_up_ ? net::FetchVerdict::answered : net::FetchVerdict::no_answer;
        canary.status = 200;
        return canary;
      }
      if (jail_broken_) return fail(ErrorKind::unavailable, "The jail did not start.");
      if (request.url != kPage) return absent_;
      return page_;
    };
    page_ = shown();
    absent_.verdict = net::FetchVerdict::answered;
    absent_.status = 404;
    monitor_ = std::make_unique<Monitor>(
        database(), fetcher_, *takedown_,
        RemovalPhrases::load(HOTLINE_SOURCE_DIR "/policy/soft_gone.json").value(), settings_);
    in_tx([&](db::Transaction& tx) {
      return Monitor::remember(tx, casefile_.id, shown(), "http://door.example/", now_);
    });
  }

  static net::Capture shown() {
    net::Capture page;
    page.verdict = net::FetchVerdict::answered;
    page.status = 200;
    page.text = "An album of hills and lakes and boats in the evening light over two summers.";
    page.page = "<img>";
    page.media = {{"http://gallery.example/i/1.jpg", "192.0.2.7", 200, "image/jpeg", "one"}};
    return page;
  }
  void show_status(int status) {
    page_ = net::Capture{};
    page_.verdict = net::FetchVerdict::answered;
    page_.status = status;
  }
  void show_text(std::string text) {
    show_status(200);
    page_.page = page_.text = std::move(text);
  }
  Checked check(const NoticeId& id) {
    auto checked = monitor_->check(id, trace_, now_);
    EXPECT_TRUE(checked) << (checked ? "" : checked.error().sentence);
    return checked.value_or(Checked{});
  }
  Verdict verdict(const NoticeId& id) { return check(id).verdict; }

  test::FakeFetcher fetcher_;
  net::Capture page_, absent_;
  bool canaries_up_ = true;
  bool jail_broken_ = false;
  TraceNow trace_;
  std::unique_ptr<Monitor> monitor_;
};

TEST_P(MonitorTest, GoneCountsWhenASecondLookAgrees) {
  const auto notice = open_and_send();
  show_status(404);
  const Instant first = now_;
  auto checked = check(notice.id);
  EXPECT_EQ(checked.verdict, Verdict::gone);
  EXPECT_FALSE(checked.may_leave);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  EXPECT_EQ(checked.again, now_ + 5min);
  now_ += 1min;
  check(notice.id);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);  // Too soon to agree.
  now_ += 4min;
  checked = check(notice.id);
  EXPECT_EQ(checked.state, NoticeState::removed);
  EXPECT_EQ(checked.again, now_ + 24h);
  EXPECT_EQ(read(notice.id).first_removed_at, first);
}

TEST_P(MonitorTest, AHiccupBetweenTwoLooksIsNoRemoval) {
  const auto notice = open_and_send();
  show_status(404);
  check(notice.id);
  now_ += 5min;
  page_ = shown();
  EXPECT_EQ(verdict(notice.id), Verdict::up);
  now_ += 1h;
  show_status(404);
  check(notice.id);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
}

TEST_P(MonitorTest, OurOwnOutageIsNeverARemoval) {
  const auto notice = open_and_send();
  canaries_up_ = false;
  page_ = net::Capture{};
  page_.verdict = net::FetchVerdict::no_name;
  for (int look = 0; look < 60; ++look) {
    const auto checked = check(notice.id);
    EXPECT_EQ(checked.verdict, Verdict::unknown);
    EXPECT_FALSE(checked.may_leave);
    now_ += 1h;
  }
  canaries_up_ = true;
  jail_broken_ = true;
  for (int look = 0; look < 60; ++look) {
    EXPECT_EQ(check(notice.id).why, "jail_failed");
    now_ += 1h;
  }
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
}

TEST_P(MonitorTest, ASilentHostIsUnavailableOnlyAfterADayOfLooks) {
  const auto notice = open_and_send();
  page_ = net::Capture{};
  page_.verdict = net::FetchVerdict::no_answer;
  const Instant first = now_;
  for (int look = 0; look < 24; ++look) {
    EXPECT_TRUE(check(notice.id).may_leave);
    EXPECT_EQ(read(notice.id).state, NoticeState::sent) << look;
    now_ += 1h;
  }
  check(notice.id);
  EXPECT_EQ(read(notice.id).ending, Ending::unavailable);
  EXPECT_EQ(read(notice.id).first_removed_at, first);
}

TEST_P(MonitorTest, TwoSilentLooksADayApartAreTooFew) {
  const auto notice = open_and_send();
  page_ = net::Capture{};
  page_.verdict = net::FetchVerdict::no_answer;
  check(notice.id);
  now_ += 48h;
  check(notice.id);
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
}

TEST_P(MonitorTest, ARemovedPageWithStatus200IsLearnedForThatHost) {
  const auto notice = open_and_send();
  show_text("This album has been removed by us. Go to the start page of the gallery now.");
  EXPECT_EQ(verdict(notice.id), Verdict::soft_gone);
  now_ += 5min;
  check(notice.id);
  EXPECT_EQ(read(notice.id).ending, Ending::soft_gone);
  // The next notice to this host knows the page, whatever phrases we know.
  auto what = request();
  what.hosting.episode = "hos_2";
  const auto second = open(what);
  EXPECT_EQ(check(second.id).why, "learned");
}

TEST_P(MonitorTest, AnotherPageIsAPersonsBusiness) {
  const auto notice = open_and_send();
  show_text("Welcome to our bakery with fresh bread every morning from six and cakes to order.");
  for (int look = 0; look < 30; ++look) {
    const auto checked = check(notice.id);
    EXPECT_EQ(checked.verdict, Verdict::changed);
    EXPECT_FALSE(checked.may_leave);
    now_ += 1h;
  }
  EXPECT_EQ(read(notice.id).state, NoticeState::sent);
  EXPECT_EQ(read(notice.id).trouble, "changed");
  in_tx([&](db::Transaction& tx) {
    return takedown_->confirm_gone(tx, notice.id, "per_a", "I looked: it is gone.", now_);
  });
  EXPECT_EQ(read(notice.id).ending, Ending::confirmed);
}

TEST_P(MonitorTest, AMoveIsFollowedWithANoticeToTheNewHost) {
  const auto notice = open_and_send();
  trace_ = [this](const Notice&) -> std::optional<HostingNow> {
    HostingNow there{true, request("FR", "abuse@second.example").hosting};
    there.hosting.episode = "hos_2";
    return there;
  };
  const auto checked = check(notice.id);
  EXPECT_EQ(checked.verdict, Verdict::moved);
  EXPECT_EQ(read(notice.id).state, NoticeState::moved);
  ASSERT_TRUE(checked.next_notice);
  EXPECT_EQ(read(*checked.next_notice).contact, "abuse@second.example");
  EXPECT_FALSE(checked.again);
}

TEST_P(MonitorTest, AfterARemovalItIsWatchedForAMonthAndReopenedOnReturn) {
  const auto notice = open_and_send();
  show_status(410);
  check(notice.id);
  now_ += 5min;
  check(notice.id);
  const Instant removed = now_;
  std::vector<int> days;
  for (auto again = std::optional(removed + 24h); again;) {
    now_ = *again;
    days.push_back(static_cast<int>((now_ - removed) / 24h));
    again = check(notice.id).again;
  }
  EXPECT_EQ(days, (std::vector<int>{1, 3, 7, 14, 30}));
  EXPECT_EQ(read(notice.id).state, NoticeState::removed);
  page_ = shown();
  EXPECT_EQ(check(notice.id).state, NoticeState::ready);
  EXPECT_EQ(read(notice.id).returns, 1);
}

TEST_P(MonitorTest, AChangedPageAfterARemovalIsNoReturn) {
  const auto notice = open_and_send();
  show_status(410);
  check(notice.id);
  now_ += 5min;
  check(notice.id);
  show_text("Welcome to our bakery with fresh bread every morning from six and cakes to order.");
  now_ += 24h;
  EXPECT_EQ(check(notice.id).state, NoticeState::removed);
}

TEST_P(MonitorTest, ItLooksAsTheCaptureDidAndSaysNothingInTheRequest) {
  const auto notice = open_and_send();
  check(notice.id);
  ASSERT_EQ(fetcher_.asked.size(), 1u);
  EXPECT_EQ(fetcher_.asked[0].url, kPage);
  EXPECT_EQ(fetcher_.asked[0].referrer, "http://door.example/");
}

TEST_P(MonitorTest, WhatHasEndedIsNotLookedAt) {
  const auto notice = open_and_send();
  in_tx([&](db::Transaction& tx) { return takedown_->withdraw(tx, casefile_.id, "per_a", now_); });
  const auto checked = check(notice.id);
  EXPECT_TRUE(fetcher_.asked.empty());
  EXPECT_FALSE(checked.again);
  EXPECT_FALSE(checked.may_leave);
}

TEST_P(MonitorTest, AHeldNoticeThatIsGoneNeedsNoRelease) {
  const auto notice = open(request("GB"));
  show_status(404);
  check(notice.id);
  now_ += 5min;
  check(notice.id);
  EXPECT_EQ(read(notice.id).state, NoticeState::removed);
  EXPECT_EQ(facts(), "notice_opened notice_held item_removed");
}

INSTANTIATE_TEST_SUITE_P(Engines, MonitorTest, test::kEngines);

}  // namespace
}  // namespace hotline::takedown
