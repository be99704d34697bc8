// One case in a migrated database, with a Takedown over the shipped policy.
#pragma once

#include <filesystem>

#include "casework/casework_store.h"
#include "facts/facts.h"
#include "jobs/jobs.h"
#include "support/fake_net.h"
#include "support/test_database.h"
#include "takedown/contact_store.h"
#include "takedown/monitor.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"

namespace hotline::takedown {

using namespace std::chrono_literals;

inline const std::string kPage = "http://gallery.example/album/7";

class TakedownCase : public test::OnBothDatabases {
 protected:
  template <class Work>
  auto in_tx(Work&& work) {
    auto result = database().transact(std::forward<Work>(work));
    EXPECT_TRUE(result) << (result ? "" : result.error().sentence);
    return result;
  }

  void SetUp() override {
    test::OnBothDatabases::SetUp();
    if (IsSkipped()) return;
    settings_ = Settings::defaults().value();
    set("capture.browser", "");
    set("takedown.list_contact_confirmed", "true");  // The tests of the registry say otherwise.
    set("liveness.canaries", "http://canary.example/");
    set("feeds.public_url", "https://feeds.hotline.example");
    make_takedown();
    tenant_ = {casework::TenantId::make(now_), "Hotline", "GB"};
    in_tx([&](db::Transaction& tx) -> Done {
      casework::CaseworkStore store(tx);
      TRY_DONE(store.add_tenant(tenant_));
      TRY(address, store.find_or_add_address(tenant_.id, kPage, kPage, "gallery.example", now_));
      address_ = address;
      casefile_ = {casework::CaseId::make(now_), tenant_.id, address.id, now_};
      return store.add_case(casefile_);
    });
  }

  void set(std::string_view key, std::string_view value) { ASSERT_TRUE(settings_.set(key, value)); }

  void make_takedown() {
    auto texts = NoticeTexts::load(HOTLINE_SOURCE_DIR "/policy/notices");
    ASSERT_TRUE(texts) << texts.error().sentence;
    takedown_ =
        std::make_unique<Takedown>(settings_, std::move(*texts), crypto::Key(std::string(32, 'k')));
  }

  OpenRequest request(std::string country = "NL", std::string contact = "abuse@isp.example") {
    OpenRequest request;
    request.tenant = tenant_.id;
    request.casefile = casefile_.id;
    request.address = address_.id;
    request.home_country = "GB";
    request.hosting = {"hos_1",
                       "192.0.2.7",
                       64500,
                       "ISP-NET",
                       std::move(country),
                       "",
                       std::move(contact),
                       "noc@upstream.example"};
    request.locations = {kPage, "http://gallery.example/i/1.jpg"};
    request.items = {{"", "", std::string(64, 'a')}};
    request.category = "A";
    request.baseline = true;
    return request;
  }

  Notice open(const OpenRequest& what) {
    auto notice =
        in_tx([&](db::Transaction& tx) { return takedown_->open_notice(tx, what, now_); });
    return notice.value_or(Notice{});
  }
  Notice read(const NoticeId& id) {
    return in_tx([&](db::Transaction& tx) { return NoticeStore(tx).notice(id); })
        .value_or(Notice{});
  }
  std::vector<Letter> letters(const NoticeId& id) {
    return in_tx([&](db::Transaction& tx) { return NoticeStore(tx).letters(id); }).value();
  }
  Sent send(const NoticeId& id) {
    auto sent = takedown_->send(database(), mailer_, id, now_);
    EXPECT_TRUE(sent) << (sent ? "" : sent.error().sentence);
    return sent.value_or(Sent{});
  }
  /// Opened abroad and taken by the host's mail server.
  Notice open_and_send() {
    const auto notice = open(request());
    now_ += 121s;
    EXPECT_EQ(send(notice.id).what, Sent::What::sent);
    return read(notice.id);
  }
  /// "notice_opened notice_sent …" of the case, without liveness_checked.
  std::string facts() {
    auto all = in_tx([&](db::Transaction& tx) {
                 return facts::FactStore(tx).of_case(casefile_.id.str());
               }).value();
    std::string names;
    for (const auto& fact : all) {
      if (fact.kind == "liveness_checked") continue;
      names += (names.empty() ? "" : " ") + fact.kind;
    }
    return names;
  }

  Instant now_ = instant(1'900'000'000'000'000);
  Settings settings_;
  std::unique_ptr<Takedown> takedown_;
  test::FakeMailer mailer_;
  casework::Tenant tenant_;
  casework::Address address_;
  casework::Case casefile_;
};

}  // namespace hotline::takedown
