#include "takedown/gate.h"

#include <gtest/gtest.h>

#include "takedown/takedown_case.h"

namespace hotline::takedown {
namespace {

class GateTest : public TakedownCase {
 protected:
  void SetUp() override {
    TakedownCase::SetUp();
    if (IsSkipped()) return;
    Agency agency{tenant_.id,       "national", "National Police", {"GB"}, {},
                  keys_.public_key, 48h,        "per_admin",       now_};
    in_tx([&](db::Transaction& tx) -> Done {
      TRY_DONE(GateStore(tx).put_agency(agency));
      return {};
    });
  }
  std::string document(std::string id = "pre-1", std::string more = "") {
    return R"({"format":"hotline-authority","version":1,"id":")" + id +
           R"(","agency":"national","categories":["A","B"],"known_only":true,"valid_from":")" +
           rfc3339(now_ - 1h) + R"(","valid_until":")" + rfc3339(now_ + 24h * 90) + "\"" + more +
           "}";
  }
  Result<Authority> accept(const std::string& text) {
    return database().transact([&](db::Transaction& tx) {
      return takedown_->accept_authority(tx, tenant_.id, "national", text,
                                         crypto::sign(keys_, text), "per_p", now_);
    });
  }
  OpenRequest at_home(bool known = true) {
    auto what = request("GB", "abuse@home.example");
    what.known = known;
    return what;
  }
  crypto::SigningKeys keys_ = crypto::make_signing_keys();
};

TEST_P(GateTest, AKnownItemUnderASignedPolicyLeavesWithoutWaitingAndNamesIt) {
  ASSERT_TRUE(accept(document()));
  const auto notice = open(at_home());
  EXPECT_EQ(notice.state, NoticeState::ready);
  EXPECT_EQ(notice.authority, "pre-1");
  EXPECT_EQ(notice.agency, "national");
  EXPECT_EQ(facts(), "notice_opened notice_authorised");
}

TEST_P(GateTest, WhatIsNewOrOfAnotherCategoryWaits) {
  ASSERT_TRUE(accept(document()));
  EXPECT_EQ(open(at_home(false)).state, NoticeState::held);
  auto other = at_home();
  other.hosting.episode = "hos_2";
  other.category = "C";
  EXPECT_EQ(open(other).state, NoticeState::held);
}

TEST_P(GateTest, AnInvestigationOfAnyPartStopsIt) {
  ASSERT_TRUE(accept(document()));
  const std::pair<std::string, std::string> flags[] = {
      {"host", "gallery.example"}, {"network", "64500"}, {"item", std::string(64, 'a')}};
  int number = 0;
  for (const auto& [kind, value] : flags) {
    in_tx([&](db::Transaction& tx) {
      return GateStore(tx).put_investigation(
          {tenant_.id, kind, value, "national", "per_p", "ours", now_, now_ + 24h});
    });
    auto what = at_home();
    what.hosting.episode = "hos_" + std::to_string(10 + number++);
    EXPECT_EQ(open(what).state, NoticeState::held) << kind;
    in_tx([&](db::Transaction& tx) {
      return GateStore(tx).end_investigation(tenant_.id, kind, value);
    });
  }
}

TEST_P(GateTest, RevokedItStopsWhatHasNotLeftAndNothingElsePasses) {
  ASSERT_TRUE(accept(document()));
  const auto notice = open(at_home());
  EXPECT_EQ(in_tx([&](db::Transaction& tx) {
              return takedown_->revoke_authority(tx, tenant_.id, "pre-1", "per_p", "A case.", now_);
            }).value(),
            1);
  EXPECT_EQ(read(notice.id).state, NoticeState::held);
  now_ += 121s;
  EXPECT_EQ(send(notice.id).what, Sent::What::nothing);
  auto next_one = at_home();
  next_one.hosting.episode = "hos_2";
  EXPECT_EQ(open(next_one).state, NoticeState::held);
  EXPECT_EQ(accept(document()).error().kind, ErrorKind::conflict);  // Its name is used up.
}

TEST_P(GateTest, WhatComesBackAfterARevocationWaits) {
  ASSERT_TRUE(accept(document()));
  const auto notice = open(at_home());
  now_ += 121s;
  ASSERT_EQ(send(notice.id).what, Sent::What::sent);
  in_tx([&](db::Transaction& tx) {
    return takedown_->record_gone(tx, notice.id, Ending::gone, now_, "system", now_);
  });
  in_tx([&](db::Transaction& tx) {
    return takedown_->revoke_authority(tx, tenant_.id, "pre-1", "per_p", "A case.", now_);
  });
  in_tx([&](db::Transaction& tx) { return takedown_->record_back(tx, notice.id, now_); });
  EXPECT_EQ(read(notice.id).state, NoticeState::held);
}

TEST_P(GateTest, ADocumentThatIsNotTheAgencysIsRefused) {
  const auto forged = document();
  const auto other = crypto::make_signing_keys();
  const auto try_it = [&](const std::string& text, const std::string& signature) {
    return database().transact([&](db::Transaction& tx) {
      return takedown_->accept_authority(tx, tenant_.id, "national", text, signature, "per_p",
                                         now_);
    });
  };
  EXPECT_FALSE(try_it(forged, crypto::sign(other, forged)));
  EXPECT_FALSE(try_it(forged + " ", crypto::sign(keys_, forged)));
  EXPECT_FALSE(try_it(forged, ""));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"hotline-authority", "other"},
           {"\"national\"", "\"north\""},
           {"[\"A\",\"B\"]", "[]"},
           {"\"known_only\":true,", ""},
           {"pre-1", "PRE 1"},
           {rfc3339(now_ + 24h * 90), rfc3339(now_ + 24h * 900)},
           {rfc3339(now_ + 24h * 90), rfc3339(now_ - 24h)}}) {
    std::string wrong = document();
    wrong.replace(wrong.find(from), from.size(), to);
    EXPECT_FALSE(accept(wrong)) << wrong;
  }
}

TEST_P(GateTest, AHoldHasAnEndAndThenPeopleAreAskedAndASeniorMayConvert) {
  const auto notice = open(at_home(false));
  EXPECT_EQ(notice.hold_until, now_ + 48h);
  const auto convert = [&] {
    return database().transact([&](db::Transaction& tx) {
      return takedown_->convert(tx, notice.id, "per_s", "No answer.", now_);
    });
  };
  EXPECT_EQ(convert().error().kind, ErrorKind::conflict);
  in_tx([&](db::Transaction& tx) {
    return takedown_->hold(tx, notice.id, "per_p", "We watch it.", now_, now_ + 5h);
  });
  EXPECT_EQ(read(notice.id).hold_until, now_ + 5h);
  now_ += 5h;
  in_tx([&](db::Transaction& tx) { return takedown_->hold_ends(tx, notice.id, now_); });
  EXPECT_EQ(read(notice.id).trouble, "hold_overdue");
  EXPECT_EQ(read(notice.id).state, NoticeState::held);
  EXPECT_TRUE(convert());
  EXPECT_EQ(read(notice.id).state, NoticeState::ready);
}

TEST_P(GateTest, TheAgencyWhoseNetworkItIsDecidesAndMayHandItOver) {
  in_tx([&](db::Transaction& tx) {
    return GateStore(tx).put_agency(
        {tenant_.id, "north", "Police of the North", {"GB"}, {64500}, "", {}, "per_a", now_});
  });
  ASSERT_TRUE(accept(document()));
  const auto notice = open(at_home());
  EXPECT_EQ(notice.agency, "north");
  EXPECT_EQ(notice.state, NoticeState::held);  // Another agency's policy lets nothing pass here.
  in_tx([&](db::Transaction& tx) {
    return takedown_->hand_over(tx, notice.id, "national", "per_p", "Theirs.", now_);
  });
  EXPECT_EQ(read(notice.id).agency, "national");
}

INSTANTIATE_TEST_SUITE_P(Engines, GateTest, test::kEngines);

}  // namespace
}  // namespace hotline::takedown
