// A small hotline with one notice at home and one abroad, its people, and the pages over them.
#pragma once

#include <gtest/gtest.h>

#include "support/seed.h"
#include "support/test_database.h"
#include "takedown/notice_store.h"
#include "takedown/takedown.h"
#include "web/answer.h"
#include "web/gate.h"
#include "web/notices.h"

namespace hotline::web {

using namespace std::chrono_literals;
using accounts::Role;
using takedown::Notice;
using takedown::NoticeState;

class NoticePages : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(settings_.set("hotline.name", "Hotline <b>&"));
    auto texts = takedown::NoticeTexts::load(HOTLINE_SOURCE_DIR "/policy/notices");
    ASSERT_TRUE(texts);
    takedown_ = std::make_unique<takedown::Takedown>(settings_, std::move(*texts),
                                                     crypto::Key(std::string(32, 'k')));
    tenant_ = test::add_tenant(*database_, clock_.now());
    for (const auto role : accounts::kRoles)
      test::add_person(*database_, tenant_, std::string(name(role)), role, clock_.now());
    home_ = add_notice(tenant_, "GB", "http://gallery.example/home");
    abroad_ = add_notice(tenant_, "NL", "http://gallery.example/<script>alert(1)</script>");
    add_gate_routes(router_, parts_, *takedown_);
    add_notice_routes(router_, parts_, *takedown_);
    add_answer_routes(router_,
                      {*database_, clock_, settings_, pages_, *takedown_, "main { margin: 0 }"});
  }

  Notice add_notice(const casework::TenantId& tenant, const std::string& country,
                    const std::string& address) {
    auto notice = database_->transact([&](db::Transaction& tx) -> Result<Notice> {
      const auto made = test::add_case(tx, tenant, {.address = address, .items = 0}, clock_.now());
      TRY(casefile, casework::CaseworkStore(tx).casefile(made.id));
      takedown::OpenRequest request;
      request.tenant = tenant;
      request.casefile = made.id;
      request.address = casefile.address;
      request.home_country = "GB";
      request.hosting = {"hos_" + country,    "192.0.2.7", 64500, "ISP-NET", country, "",
                         "abuse@isp.example", ""};
      request.locations = {address};
      request.category = "A";
      return takedown_->open_notice(tx, request, clock_.now());
    });
    EXPECT_TRUE(notice) << (notice ? "" : notice.error().sentence);
    return notice.value_or(Notice{});
  }

  std::string enter(Role role) {
    const auto in =
        accounts::sign_in(*database_, {std::string(name(role)), std::string(test::kPassword), ""},
                          key_, clock_.now());
    EXPECT_TRUE(in);
    return in ? in->token : "";
  }
  http::Response ask(std::string method, const std::string& target, const std::string& session = "",
                     std::vector<std::pair<std::string, std::string>> form = {}) {
    http::Request request;
    request.method = std::move(method);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != target.npos) request.query = http::parse_form(target.substr(question + 1));
    if (!session.empty()) request.cookies[std::string(kSessionCookie)] = session;
    if (!session.empty()) request.form.add("form_token", accounts::form_token(session));
    for (auto& [key, value] : form) request.form.add(key, value);
    return router_.answer(std::move(request));
  }
  Notice read(const casework::NoticeId& id) {
    return *database_->read(
        [&](db::Transaction& tx) { return takedown::NoticeStore(tx).notice(id); });
  }
  static bool has(const http::Response& response, std::string_view text) {
    return response.body.find(text) != std::string::npos;
  }

  std::unique_ptr<db::Database> database_ = test::sqlite_database();
  FakeClock clock_{test::start_of_tests()};
  Settings settings_ = *Settings::defaults();
  Pages pages_ = *Pages::load(HOTLINE_SOURCE_DIR "/web");
  crypto::Key key_{std::string(32, 'k')};
  StaffParts parts_{*database_, clock_, settings_, pages_, key_};
  std::unique_ptr<takedown::Takedown> takedown_;
  http::Router router_;
  casework::TenantId tenant_;
  Notice home_, abroad_;
};

}  // namespace hotline::web
