// Twenty portals behind one listener: each its own, and nothing of one in another.
#include "web/portal_house.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "casework/casework_store.h"
#include "intake/drop.h"
#include "intake/intake.h"
#include "intake/pack.h"
#include "support/test_database.h"
#include "web/portal.h"

namespace hotline::web {
namespace {

namespace files = std::filesystem;
const std::string kWeb = HOTLINE_SOURCE_DIR "/web";

std::string id_of(int number) {
  return "land_" + std::string(1, static_cast<char>('a' + number));
}
std::string host_of(int number) {
  return "report." + std::string(1, static_cast<char>('a' + number)) + ".example";
}

class House : public ::testing::Test {
 protected:
  static constexpr int kPortals = 20;
  void SetUp() override {
    folder_ = files::temp_directory_path() / ("house_" + std::to_string(::getpid()));
    files::remove_all(folder_);
    ASSERT_TRUE(settings_.set("hotline.dir", folder_.string()));
    at_ = places(settings_);
    files::create_directories(at_.dir);
    keys_.push_back(*intake::drop_keys(at_.keys));
    for (int i = 0; i < kPortals; ++i) publish(i);
    reopen();
  }
  void TearDown() override { files::remove_all(folder_); }

  void publish(int number) {
    const auto own = intake::portal_places(at_.dir, at_.keys, id_of(number));
    files::create_directories(own.pack);
    std::ofstream(own.pack + "/portal.toml")
        << "id = \"" << id_of(number) << "\"\nname = \"Portal " << id_of(number)
        << "\"\ncountry = \"XX\"\npartner = \"Partner of " << id_of(number)
        << "\"\npublic_url = \"https://" << host_of(number) << "\"\nhosts = [\"" << host_of(number)
        << "\"]\nlanguages = [\"en\"]\nemergency = \"11" << number << "\"\n[law]\nen = \"Law of "
        << id_of(number) << ".\"\n[[help]]\nname = \"Help of " << id_of(number)
        << "\"\nphone = \"555\"\n";
    keys_.push_back(*intake::drop_keys(own.keys));
    std::ofstream(at_.dir + "/portals/stamp") << number;
  }
  void reopen() {
    auto house = PortalHouse::open(
        {settings_, pages_, messages_, clock_, crypto::Key(std::string(32, 'k')), "css", kWeb});
    ASSERT_TRUE(house) << house.error().sentence;
    house_ = *std::move(house);
  }
  http::Response ask(const std::string& method, const std::string& host, const std::string& path,
                     const http::Fields& form = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.headers["host"] = host;
    request.form = form;
    return house_->answer(request);
  }
  static std::string hidden(const std::string& body, const std::string& field) {
    const std::string begin = "name=\"" + field + "\" value=\"";
    const auto from = body.find(begin);
    if (from == std::string::npos) return "";
    const auto value = body.substr(from + begin.size());
    return value.substr(0, value.find('"'));
  }
  /// A report on the single page; the receipt.
  std::string report(const std::string& host, const std::string& base, const std::string& address) {
    const auto page = ask("GET", host, base + "/en/quick");
    http::Fields form;
    form.add("state", hidden(page.body, "state"));
    form.add("text", address);
    form.add("answer", "code");
    const auto thanks = ask("POST", host, base + "/en/quick", form);
    EXPECT_EQ(thanks.status, 200);
    const std::string begin = "<bdi class=\"code\" dir=\"ltr\">";
    const auto from = thanks.body.find(begin);
    EXPECT_NE(from, std::string::npos);
    return from == std::string::npos ? "" : thanks.body.substr(from + begin.size(), 31);
  }
  std::size_t waiting(const std::string& folder, const crypto::KeyPair& keys) {
    std::size_t count = 0;
    const auto reader = *intake::DropReader::open(folder, keys);
    const auto batches = *reader.waiting(1000);
    for (const auto& batch : batches) {
      const auto read = *reader.read(batch);
      for (const auto& one : read) count += one.submission ? 1 : 0;
    }
    return count;
  }

  files::path folder_;
  Settings settings_ = *Settings::defaults();
  Places at_;
  Pages pages_ = *Pages::load(kWeb + "/portal");
  Messages messages_ = *Messages::load(kWeb + "/messages");
  FakeClock clock_{*parse_rfc3339("2030-03-04T09:41:22Z")};
  std::vector<crypto::KeyPair> keys_;  ///< The main portal's first.
  std::unique_ptr<PortalHouse> house_;
};

TEST_F(House, TwentyAnswerByHostAndByPathWithNothingOfEachOther) {
  ASSERT_EQ(house_->ids().size(), 20u);
  for (int i = 0; i < kPortals; ++i) {
    for (const auto& page :
         {ask("GET", host_of(i), "/en/"), ask("GET", "hotline.example", "/p/" + id_of(i) + "/en/"),
          ask("GET", lower_ascii(host_of(i)) + ".:8443", "/")}) {
      EXPECT_EQ(page.status, 200);
      for (const std::string what : {"Portal ", "Partner of ", "Law of ", "Help of "})
        EXPECT_NE(page.body.find(what + id_of(i)), std::string::npos) << what << i;
      for (int other = 0; other < kPortals; ++other) {
        if (other == i) continue;
        EXPECT_EQ(page.body.find(id_of(other)), std::string::npos) << i << " shows " << other;
      }
    }
  }
  const auto main = ask("GET", "hotline.example", "/en/");
  EXPECT_EQ(main.body.find("land_"), std::string::npos);
  // On a portal's own host there is no other portal.
  EXPECT_EQ(ask("GET", host_of(0), "/p/" + id_of(1) + "/en/").status, 404);
  EXPECT_EQ(ask("GET", "hotline.example", "/p/land_zz/en/").status, 404);
}

TEST_F(House, EveryAddressOfAPortalBelowAPathStaysBelowIt) {
  for (const std::string path : {"/en/", "/en/report", "/en/quick", "/en/check", "/en/nothing"}) {
    const auto page = ask("GET", "hotline.example", "/p/land_a" + path);
    for (const std::string attribute : {" href=\"", " action=\"", " formaction=\"", " src=\""})
      for (auto at = page.body.find(attribute + "/"); at != std::string::npos;
           at = page.body.find(attribute + "/", at + 1))
        EXPECT_EQ(page.body.substr(at + attribute.size(), 10), "/p/land_a/") << path;
  }
  EXPECT_EQ(ask("GET", "hotline.example", "/p/land_a").status, 303);
}

TEST_F(House, WhatAReporterTypesIsNotMoved) {
  http::Response page = http::html("<a href=\"/en/\">x</a> href=&quot;/en/ href='/en/");
  EXPECT_EQ(mounted(page, "/p/a").body, "<a href=\"/p/a/en/\">x</a> href=&quot;/en/ href='/en/");
  EXPECT_EQ(mounted(http::plain(" href=\"/en/"), "/p/a").body, " href=\"/en/");
}

TEST_F(House, AReportLiesInItsOwnDropUnderItsOwnKey) {
  report(host_of(3), "", "http://gallery.example/a");
  report("hotline.example", "/p/" + id_of(3), "http://gallery.example/b");
  for (int i = 0; i < kPortals; ++i) {
    const auto own = intake::portal_places(at_.dir, at_.keys, id_of(i));
    EXPECT_EQ(waiting(own.drop, keys_[static_cast<std::size_t>(i) + 1]), i == 3 ? 2u : 0u);
  }
  EXPECT_EQ(waiting(at_.drop, keys_[0]), 0u);
  // Neither the main key nor another portal's opens it.
  const auto own = intake::portal_places(at_.dir, at_.keys, id_of(3));
  EXPECT_EQ(waiting(own.drop, keys_[0]), 0u);
  EXPECT_EQ(waiting(own.drop, keys_[5]), 0u);
}

TEST_F(House, AReceiptOfAnotherPortalIsUnknown) {
  const auto code = report(host_of(3), "", "http://gallery.example/a");
  const auto receipt = intake::Receipt::parse(code);
  ASSERT_TRUE(receipt);
  const auto own = intake::portal_places(at_.dir, at_.keys, id_of(3));
  intake::Parcel parcel;
  parcel.reports = {{{intake::Stage::acted, clock_.now()}}};
  ASSERT_TRUE(
      intake::write_parcel(own.status, receipt->parcel(), receipt->keys().public_key, parcel));
  http::Fields form;
  form.add("code", code);
  const auto there = ask("POST", host_of(3), "/en/check", form);
  EXPECT_NE(there.body.find(messages_.tr("en", "stage_acted")), std::string::npos);
  for (const std::string host : {host_of(4), std::string("hotline.example")}) {
    const auto elsewhere = ask("POST", host, "/en/check", form);
    EXPECT_EQ(elsewhere.body.find(messages_.tr("en", "stage_acted")), std::string::npos);
    EXPECT_NE(elsewhere.body.find(messages_.tr("en", "status_unknown")), std::string::npos);
  }
}

TEST_F(House, APageOfOnePortalCannotBeSentToAnother) {
  const auto page = ask("GET", host_of(1), "/en/quick");
  http::Fields form;
  form.add("state", hidden(page.body, "state"));
  form.add("text", "http://gallery.example/a");
  form.add("answer", "none");
  EXPECT_EQ(ask("POST", host_of(2), "/en/quick", form).status, 400);
}

TEST_F(House, PublishedAndWithdrawnPortalsAreTakenUpWhileItRuns) {
  publish(20);
  EXPECT_EQ(ask("GET", host_of(20), "/en/").body.find("Portal land_u"), std::string::npos);
  ASSERT_TRUE(house_->refresh());
  EXPECT_NE(ask("GET", host_of(20), "/en/").body.find("Portal land_u"), std::string::npos);
  files::remove(at_.dir + "/portals/land_u/pack/portal.toml");
  std::ofstream(at_.dir + "/portals/stamp") << "withdrawn";
  ASSERT_TRUE(house_->refresh());
  EXPECT_EQ(ask("GET", host_of(20), "/en/").body.find("Portal land_u"), std::string::npos);
}

TEST_F(House, AnUnsignedLanguageIsNotShown) {
  const auto own = intake::portal_places(at_.dir, at_.keys, id_of(0));
  std::string text;
  {
    std::ifstream in(own.pack + "/portal.toml");
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::ofstream(own.pack + "/portal.toml") << replace_all(text, "[\"en\"]", "[\"fa\", \"en\"]");
  reopen();
  EXPECT_EQ(ask("GET", host_of(0), "/fa/").status, 404);
  ASSERT_TRUE(settings_.set("portal.unreviewed_languages", "true"));
  reopen();
  EXPECT_EQ(ask("GET", host_of(0), "/fa/").status, 200);
}

TEST_F(House, TenantsAreFiledApartWhateverASubmissionSays) {
  const auto database = test::sqlite_database();
  const auto vault = *intake::Vault::open(folder_.string());
  std::vector<casework::TenantId> tenants;
  for (int i = 0; i < 2; ++i) {
    tenants.push_back(casework::TenantId::make(clock_.now() + std::chrono::seconds(i)));
    ASSERT_TRUE(database->transact([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).add_tenant({tenants.back(), "T", "XX"});
    }));
  }
  const auto code = report(host_of(0), "", "http://gallery.example/a");
  report(host_of(1), "", "http://gallery.example/a");
  // A stolen portal machine seals what it likes: another portal's receipt, another portal's name.
  const auto receipt = *intake::Receipt::parse(code);
  intake::Submission forged;
  forged.portal = id_of(0);
  forged.addresses = {"http://gallery.example/forged"};
  forged.parcel = receipt.parcel();
  forged.parcel_key = receipt.keys().public_key;
  const auto second = intake::portal_places(at_.dir, at_.keys, id_of(1));
  for (int i = 0; i < 2; ++i) {
    const auto own = intake::portal_places(at_.dir, at_.keys, id_of(i));
    if (i == 1)
      ASSERT_TRUE(
          (*intake::Drop::open(own.drop, keys_[2].public_key, 0))->put("forged0000000000", forged));
    const auto reader = *intake::DropReader::open(own.drop, keys_[static_cast<std::size_t>(i) + 1]);
    const auto drained =
        intake::drain(*database, reader, vault, tenants[static_cast<std::size_t>(i)], clock_.now(),
                      100, id_of(i));
    ASSERT_TRUE(drained) << drained.error().sentence;
    EXPECT_EQ(drained->submissions, 1) << i;
    EXPECT_EQ(drained->broken, i) << "the forged one is set aside";
  }
  for (int i = 0; i < 2; ++i) {
    const auto& tenant = tenants[static_cast<std::size_t>(i)];
    const auto cases = database->read(
        [&](db::Transaction& tx) { return casework::CaseworkStore(tx).recent_cases(tenant, 10); });
    ASSERT_EQ(cases->size(), 1u);  // The same address is a case of its own for each.
    const auto reports = database->read([&](db::Transaction& tx) {
      return casework::CaseworkStore(tx).reports_of_case(cases->front().id);
    });
    ASSERT_EQ(reports->size(), 1u);
    EXPECT_EQ(reports->front().portal, id_of(i));
    EXPECT_FALSE(reports->front().duplicate);
  }
}

}  // namespace
}  // namespace hotline::web
