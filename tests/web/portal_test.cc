#include "web/portal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "intake/parcel.h"
#include "web/portal_journey.h"
#include "web/portal_sources.h"

namespace hotline::web {
namespace {

namespace files = std::filesystem;

constexpr const char* kWeb = HOTLINE_SOURCE_DIR "/web";

std::string entity_free(std::string text) {
  for (const auto& [from, to] :
       {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}})
    text = replace_all(text, from, to);
  return text;
}

/// The value of the hidden field.
std::string hidden(const http::Response& page, const std::string& field) {
  const std::string begin = "name=\"" + field + "\" value=\"";
  const auto from = page.body.find(begin);
  if (from == std::string::npos) return "";
  const auto value = page.body.substr(from + begin.size());
  return entity_free(value.substr(0, value.find('"')));
}

bool shows(const http::Response& page, std::string_view text) {
  return page.body.find(text) != std::string::npos;
}

class PortalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = files::temp_directory_path() / ("portal_" + std::to_string(::getpid()));
    files::remove_all(folder_);
    open(0);
  }
  void TearDown() override { files::remove_all(folder_); }

  void open(std::int64_t reserve) {
    drop_ = *intake::Drop::open((folder_ / "drop").string(), keys_.public_key, reserve);
    auto made =
        portal_router({settings_, pages_, messages_, *drop_, clock_, key_, status(), "css"});
    ASSERT_TRUE(made) << made.error().sentence;
    router_ = *std::move(made);
  }
  std::string status() const { return (folder_ / "status").string(); }

  http::Response get(const std::string& path, const std::string& accept = "") {
    http::Request request;
    request.method = "GET";
    request.path = path;
    if (!accept.empty()) request.headers["accept-language"] = accept;
    if (!encoding_.empty()) request.headers["accept-encoding"] = encoding_;
    return router_.answer(request);
  }
  std::string encoding_;  ///< What the browser takes.
  http::Response post(const std::string& path,
                      const std::vector<std::pair<std::string, std::string>>& fields) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    if (!encoding_.empty()) request.headers["accept-encoding"] = encoding_;
    for (const auto& [name, value] : fields) request.form.add(name, value);
    return router_.answer(request);
  }
  /// Answers the page as a browser would.
  http::Response next(const http::Response& page,
                      std::vector<std::pair<std::string, std::string>> fields,
                      const std::string& go = "next", const std::string& language = "en") {
    fields.insert(fields.begin(),
                  {{"state", hidden(page, "state")}, {"page", hidden(page, "page")}, {"go", go}});
    return post("/" + language + "/report", fields);
  }
  /// The check page of a bystander with this address.
  http::Response checked(const std::string& address, const std::string& answer = "code") {
    auto page = next(get("/en/report"), {{"topic", "online"}});
    page = next(page, {{"text", address}});
    return next(page, {{"answer", answer}, {"email", "person@mail.example"}});
  }
  std::vector<intake::Submission> dropped() {
    const auto reader = *intake::DropReader::open((folder_ / "drop").string(), keys_);
    std::vector<intake::Submission> all;
    const auto waiting = reader.waiting(100);
    for (const auto& batch : *waiting) {
      auto submissions = *reader.read(batch);
      for (auto& one : submissions) all.push_back(*std::move(one.submission));
    }
    return all;
  }
  static std::string code_on(const http::Response& page) {
    const std::string begin = "<bdi class=\"code\" dir=\"ltr\">";
    const auto from = page.body.find(begin);
    return from == std::string::npos ? "" : page.body.substr(from + begin.size(), 31);
  }

  files::path folder_;
  Settings settings_ = *Settings::defaults();
  Pages pages_ = *Pages::load(std::string(kWeb) + "/portal");
  Messages messages_ = *Messages::load(std::string(kWeb) + "/messages");
  crypto::KeyPair keys_ = crypto::make_box_keys();
  crypto::Key key_{std::string(32, 'k')};
  FakeClock clock_{*parse_rfc3339("2030-03-04T09:41:22Z")};
  std::unique_ptr<intake::Drop> drop_;
  http::Router router_;
};

TEST_F(PortalTest, ABystanderReportsOnFourScreensAndGetsAReceipt) {
  const auto page = checked("hxxp://gallery[.]example/a");
  EXPECT_TRUE(shows(page, "hxxp://gallery[.]example/a"));
  const auto thanks = next(page, {}, "send");
  EXPECT_EQ(thanks.status, 200);
  const auto receipt = intake::Receipt::parse(code_on(thanks));
  ASSERT_TRUE(receipt) << code_on(thanks);
  const auto all = dropped();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].addresses, std::vector<std::string>{"hxxp://gallery[.]example/a"});
  EXPECT_EQ(all[0].parcel, receipt->parcel());
  EXPECT_EQ(all[0].email.reveal(), "");
  EXPECT_EQ(rfc3339(all[0].received_at), "2030-03-04T09:00:00Z");
}

TEST_F(PortalTest, AReloadedLastPageIsTheSameReportWithTheSameReceipt) {
  const auto page = checked("http://gallery.example/a");
  const auto first = next(page, {}, "send");
  clock_.advance(std::chrono::hours(2));
  const auto second = next(page, {}, "send");
  EXPECT_EQ(code_on(first), code_on(second));
  EXPECT_EQ(dropped().size(), 1u);
}

TEST_F(PortalTest, TwoReportersOfOnePageAreTwoSubmissions) {
  const auto first = next(checked("http://gallery.example/a"), {}, "send");
  const auto second = next(checked("http://gallery.example/a"), {}, "send");
  EXPECT_NE(code_on(first), code_on(second));
  EXPECT_EQ(dropped().size(), 2u);
}

TEST_F(PortalTest, WithoutAnAnswerThereIsNoReceipt) {
  const auto thanks = next(checked("http://gallery.example/a", "none"), {}, "send");
  EXPECT_EQ(code_on(thanks), "");
  EXPECT_EQ(dropped().at(0).parcel, "");
}

TEST_F(PortalTest, AMailAddressGoesIntoTheDropOnly) {
  const auto thanks = next(checked("http://gallery.example/a", "mail"), {}, "send");
  EXPECT_NE(code_on(thanks), "");
  EXPECT_FALSE(shows(thanks, "person@mail.example"));
  EXPECT_EQ(dropped().at(0).email.reveal(), "person@mail.example");
}

TEST_F(PortalTest, NonsenseAndMarkupAreKeptAsTextAndThanked) {
  for (const std::string text :
       {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "what?",
        "http://127.0.0.1/", "javascript:alert(1)", "{{t_start_title}}"}) {
    const auto page = checked(text);
    if (text.find('<') != std::string::npos) {
      EXPECT_FALSE(shows(page, text)) << text;
      EXPECT_TRUE(entity_free(page.body).find(text) != std::string::npos) << text;
    }
    EXPECT_EQ(next(page, {}, "send").status, 200);
    bool found = false;
    for (const auto& one : dropped())
      found = found || one.addresses == std::vector<std::string>{text};
    EXPECT_TRUE(found) << text;
  }
}

TEST_F(PortalTest, ABookInTheAddressFieldIsClippedAndThanked) {
  const auto thanks = next(checked("hill.example/" + std::string(1'000'000, '/')), {}, "send");
  EXPECT_EQ(thanks.status, 200);
  EXPECT_EQ(dropped().at(0).addresses.at(0).size(), intake::kAddressBytesMax);
}

TEST_F(PortalTest, EveryPageFitsIntoAFormThatMayBePosted) {
  auto page = checked(std::string(100'000, '"'));
  for (const char* more : {"access", "remarks"})
    page = next(next(page, {}, more), {{"text", std::string(100'000, '"')}});
  EXPECT_LT(hidden(page, "state").size(), 56u * 1024);
  EXPECT_EQ(next(page, {}, "send").status, 200);
}

TEST_F(PortalTest, AFullDiskIsNeverAReceipt) {
  open(std::int64_t{1} << 60);
  const auto page = next(checked("http://gallery.example/a"), {}, "send");
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(code_on(page), "");
  EXPECT_TRUE(shows(page, messages_.tr("en", "trouble_title")));
  open(0);
  const auto again =
      post("/en/report",
           {{"state", hidden(page, "state")}, {"page", hidden(page, "page")}, {"go", "send"}});
  EXPECT_NE(code_on(again), "");
  EXPECT_EQ(dropped().size(), 1u);
}

TEST_F(PortalTest, AMistakeIsNamedOnTopAndBesideItsFieldAndNothingTypedIsLost) {
  auto page = next(get("/en/report"), {{"topic", "online"}});
  page = next(page, {{"text", "http://gallery.example/a"}});
  page = next(page, {{"answer", "mail"}, {"email", "no address"}});
  EXPECT_TRUE(shows(page, "<title>Error: "));
  EXPECT_TRUE(shows(page, "href=\"#email\""));
  EXPECT_TRUE(shows(page, "id=\"email\""));
  EXPECT_TRUE(shows(page, "id=\"wrong-email\""));
  EXPECT_TRUE(shows(page, "value=\"no address\""));
  EXPECT_TRUE(shows(page, "value=\"mail\" checked"));
}

TEST_F(PortalTest, EveryErrorLinkHasItsField) {
  const auto start = get("/en/report");
  auto address = next(start, {{"topic", "online"}});
  auto danger = next(start, {{"topic", "child"}});
  auto place = next(address, {{"text", ""}}, "place");
  auto elsewhere = next(place, {{"place", "game"}});
  auto answer = next(elsewhere, {{"text", "a game"}});
  for (const auto& page : {start, address, danger, place, elsewhere, answer}) {
    const auto wrong = next(page, {});
    const auto from = wrong.body.find("<li><a href=\"#");
    ASSERT_NE(from, std::string::npos) << hidden(page, "page");
    const auto field = wrong.body.substr(from + 14, wrong.body.find('"', from + 14) - from - 14);
    EXPECT_TRUE(shows(wrong, "id=\"" + field + "\"")) << field;
    EXPECT_EQ(hidden(wrong, "page"), hidden(page, "page"));
  }
}

TEST_F(PortalTest, WithoutAnAddressWeAskWhereAndHow) {
  auto page = next(get("/en/report"), {{"topic", "online"}});
  page = next(page, {{"text", ""}}, "place");
  page = next(page, {{"place", "game"}});
  page = next(page, {{"text", "user name in a game"}});
  page = next(page, {{"answer", "none"}});
  next(page, {}, "send");
  const auto all = dropped();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].addresses.empty());
  EXPECT_EQ(all[0].place, "game");
  EXPECT_EQ(all[0].elsewhere, "user name in a game");
}

TEST_F(PortalTest, AChildsOwnPictureLeadsToHelpAndMayStillBeReported) {
  auto page = next(get("/en/report"), {{"topic", "child"}});
  page = next(page, {{"danger", "yes"}});
  EXPECT_TRUE(shows(page, "class=\"urgent\""));
  EXPECT_TRUE(shows(page, messages_.tr("en", "help_child_1")));
  page = next(page, {});
  EXPECT_EQ(hidden(page, "page"), "address");
}

TEST_F(PortalTest, WhatIsChangedOnTheCheckPageLeadsBackToIt) {
  auto page = next(checked("http://gallery.example/a"), {}, "address");
  EXPECT_EQ(hidden(page, "page"), "address");
  EXPECT_TRUE(shows(page, "http://gallery.example/a</textarea>"));
  page = next(page, {{"text", "http://gallery.example/b"}});
  EXPECT_EQ(hidden(page, "page"), "check");
  page = next(next(page, {}, "when"), {{"when", "today"}});
  EXPECT_EQ(hidden(page, "page"), "check");
  next(page, {}, "send");
  EXPECT_EQ(dropped().at(0).addresses.at(0), "http://gallery.example/b");
  EXPECT_EQ(dropped().at(0).seen_when, "today");
}

TEST_F(PortalTest, WhatWasNeededToGetThereAndItsPassword) {
  auto page = next(checked("http://gallery.example/a"), {}, "access");
  EXPECT_TRUE(shows(page, messages_.tr("en", "access_pay")));
  page = next(page, {{"need_pay", "yes"}, {"need_password", "yes"}, {"password", "open sesame"}});
  EXPECT_EQ(hidden(page, "page"), "check");
  EXPECT_TRUE(shows(page, messages_.tr("en", "access_pay")));
  EXPECT_FALSE(shows(page, "sesame"));
  EXPECT_TRUE(shows(next(page, {}, "access"), "value=\"open sesame\""));
  next(page, {}, "send");
  EXPECT_EQ(dropped().at(0).needed, "pay password");
  EXPECT_EQ(dropped().at(0).password.reveal(), "open sesame");
}

TEST_F(PortalTest, AnotherDayIsAPastOneOrLeftOut) {
  auto page = next(checked("http://gallery.example/a"), {}, "when");
  for (const char* wrong : {"2999-01-01", "2025-02-30", "yesterday", "31.3.2025"}) {
    const auto again = next(page, {{"when", "earlier"}, {"date", wrong}});
    EXPECT_EQ(hidden(again, "page"), "when") << wrong;
    EXPECT_TRUE(shows(again, messages_.tr("en", "error_date"))) << wrong;
  }
  EXPECT_EQ(hidden(next(page, {{"when", "earlier"}}), "page"), "check");
  page = next(page, {{"when", "earlier"}, {"date", "2020-03-31"}});
  EXPECT_EQ(hidden(page, "page"), "check");
  EXPECT_TRUE(shows(page, "2020-03-31"));
  next(page, {}, "send");
  EXPECT_EQ(dropped().at(0).seen_when, "2020-03-31");
}

TEST_F(PortalTest, BackKeepsWhatWasTyped) {
  auto page = next(get("/en/report"), {{"topic", "online"}});
  page = next(page, {{"text", "http://gallery.example/a"}}, "back");
  EXPECT_EQ(hidden(page, "page"), "topic");
  page = next(page, {{"topic", "online"}});
  EXPECT_TRUE(shows(page, "http://gallery.example/a</textarea>"));
}

TEST_F(PortalTest, ASkippedQuestionCannotBeSent) {
  const auto start = get("/en/report");
  const auto page =
      post("/en/report", {{"state", hidden(start, "state")}, {"page", "check"}, {"go", "send"}});
  EXPECT_EQ(hidden(page, "page"), "topic");
  EXPECT_TRUE(dropped().empty());
}

TEST_F(PortalTest, AChangedOrOldStateStartsAgain) {
  const auto page = checked("http://gallery.example/a");
  auto state = hidden(page, "state");
  state[state.size() / 2] = state[state.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(post("/en/report", {{"state", state}, {"page", "check"}, {"go", "send"}}).status, 400);
  EXPECT_EQ(post("/en/report", {}).status, 400);
  clock_.advance(std::chrono::hours(25));
  EXPECT_EQ(next(page, {}, "send").status, 400);
  EXPECT_TRUE(dropped().empty());
}

TEST_F(PortalTest, TheStateCannotBeReadFromThePage) {
  const auto page = checked("http://gallery.example/a", "mail");
  const auto bytes = unbase64url(hidden(page, "state"));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->find("gallery"), std::string::npos);
}

TEST_F(PortalTest, WhoFillsTheTrapIsToldAndNothingIsSent) {
  const auto page = checked("http://gallery.example/a");
  const auto told = next(page, {{"website", "http://x.example"}}, "send");
  EXPECT_TRUE(shows(told, messages_.tr("en", "error_trap")));
  EXPECT_TRUE(dropped().empty());
  EXPECT_NE(code_on(next(told, {}, "send")), "");
}

TEST_F(PortalTest, TheSinglePageSendsTheSame) {
  const auto page = get("/en/quick");
  const auto wrong = post("/en/quick", {{"state", hidden(page, "state")}, {"remarks", "kept"}});
  EXPECT_TRUE(shows(wrong, "kept</textarea>"));
  EXPECT_TRUE(shows(wrong, "href=\"#text\""));
  EXPECT_TRUE(shows(wrong, "href=\"#answer-none\""));
  const auto thanks = post("/en/quick", {{"state", hidden(wrong, "state")},
                                         {"text", "http://a.example/\r\nhttp://b.example/"},
                                         {"answer", "code"}});
  EXPECT_TRUE(intake::Receipt::parse(code_on(thanks)));
  EXPECT_EQ(dropped().at(0).addresses.size(), 2u);
}

TEST_F(PortalTest, TheReceiptOpensItsStatusAndNothingElse) {
  const auto thanks = next(checked("http://gallery.example/a", "mail"), {}, "send");
  const auto receipt = intake::Receipt::parse(code_on(thanks));
  ASSERT_TRUE(receipt);
  const auto code = lower_ascii(replace_all(receipt->str(), "-", " "));
  EXPECT_TRUE(shows(post("/en/check", {{"code", code}}), "not known"));
  intake::Parcel parcel;
  parcel.reports = {
      {{intake::Stage::received, clock_.now()}, {intake::Stage::acted, clock_.now()}}};
  parcel.has_contact = true;
  ASSERT_TRUE(
      intake::write_parcel(status(), receipt->parcel(), receipt->keys().public_key, parcel));
  const auto page = post("/en/check", {{"code", code}});
  EXPECT_TRUE(shows(page, messages_.tr("en", "stage_acted")));
  EXPECT_TRUE(shows(page, "2030-03-04"));
  EXPECT_TRUE(shows(post("/en/check", {{"code", "<b>nonsense"}}), "value=\"&lt;b&gt;nonsense\""));

  const auto erased = post("/en/erase", {{"code", hidden(page, "code")}});
  EXPECT_EQ(erased.status, 200);
  int wishes = 0;
  for (const auto& one : dropped())
    if (one.kind == intake::SubmissionKind::erase && one.parcel == receipt->parcel()) ++wishes;
  EXPECT_EQ(wishes, 1);
}

TEST_F(PortalTest, EveryLanguageHasItsDirectionAndItsOwnText) {
  std::vector<std::string> codes = {"en"};
  for (const auto& language : messages_.languages())
    if (language.code != "en") codes.push_back(language.code);
  ASSERT_TRUE(settings_.set("portal.languages", join(codes, ",")));
  open(0);
  for (const auto& language : messages_.languages()) {
    const auto page = get("/" + language.code + "/");
    EXPECT_TRUE(shows(page, "<html lang=\"" + language.code + "\" dir=\"" +
                                (language.right_to_left ? "rtl" : "ltr") + "\">"));
    EXPECT_TRUE(shows(page, messages_.tr(language.code, "start_title")));
  }
  EXPECT_TRUE(shows(get("/", "ar-EG,en;q=0.5"), "dir=\"rtl\""));
  EXPECT_TRUE(shows(get("/", "xx"), "lang=\"en\""));
  EXPECT_EQ(get("/en").status, 303);
}

TEST_F(PortalTest, WhatIsNotThereIsAPageToo) {
  EXPECT_EQ(get("/en/nothing").status, 404);
  EXPECT_TRUE(shows(get("/ar/nothing"), "dir=\"rtl\""));
  EXPECT_EQ(post("/en/", {}).status, 405);
}

TEST_F(PortalTest, PagesAreSmallAndCallNobodyElse) {
  for (const char* path : {"/en/", "/ar/", "/en/report", "/en/quick", "/en/check"}) {
    const auto page = get(path);
    // Some are filled up with blanks already.
    EXPECT_LT(page.body.find_last_not_of(' '), 14u * 1024) << path;
    EXPECT_FALSE(shows(page, "<script")) << path;
    EXPECT_FALSE(shows(page, " style=")) << path;
    EXPECT_FALSE(shows(page, "type=\"file\"")) << path;
    EXPECT_FALSE(shows(page, "src=\"http")) << path;
    EXPECT_FALSE(shows(page, "Set-Cookie")) << path;
  }
}

TEST(PortalMessages, NoPublicSentenceIsMissingInAnyLanguage) {
  const auto pages = Pages::load(std::string(kWeb) + "/portal");
  const auto messages = Messages::load(std::string(kWeb) + "/messages");
  ASSERT_TRUE(pages) << pages.error().sentence;
  ASSERT_TRUE(messages) << messages.error().sentence;
  for (const auto& key : pages->message_keys()) EXPECT_TRUE(messages->has("en", key)) << key;
  const auto english = messages->keys("en");
  for (const auto& language : messages->languages()) {
    for (const auto& key : english)
      EXPECT_TRUE(messages->has(language.code, key)) << language.code << " " << key;
    for (const auto& key : messages->keys(language.code))
      EXPECT_TRUE(messages->has("en", key))
          << language.code << " has " << key << ", which English has not";
  }
}

TEST(PortalMessages, ThoseThatPagesChooseByCodeAreThere) {
  const auto messages = Messages::load(std::string(kWeb) + "/messages");
  for (const auto ask : {Ask::topic, Ask::place, Ask::answer, Ask::when})
    for (const auto value : choices(ask))
      EXPECT_TRUE(messages->has("en", std::string(name(ask)) + "_" + std::string(value))) << value;
  for (const auto stage : {"received", "checking", "acted", "outside_remit", "not_found"}) {
    EXPECT_TRUE(messages->has("en", "stage_" + std::string(stage)));
    EXPECT_TRUE(messages->has("en", "stage_" + std::string(stage) + "_text"));
  }
  for (const auto topic : {"child", "behaviour", "other"})
    EXPECT_TRUE(messages->has("en", "help_" + std::string(topic) + "_title"));
}

TEST_F(PortalTest, APageIsOneRequestAndAllowsNoStyleButItsOwn) {
  const auto page = get("/en/");
  EXPECT_FALSE(shows(page, "stylesheet"));
  const auto from = page.body.find("<style>") + 7;
  const auto style = page.body.substr(from, page.body.find("</style>") - from);
  std::string policy;
  for (const auto& [name, value] : page.headers)
    if (name == "Content-Security-Policy") policy = value;
  EXPECT_NE(policy.find("style-src 'sha256-" + base64(crypto::sha256(style)) + "'"),
            std::string::npos);
}

TEST_F(PortalTest, PagesOfReportingAndOfHelpHaveOneSize) {
  std::set<std::size_t> sizes;
  http::Request browser;
  encoding_ = "gzip, deflate";
  browser.headers["accept-encoding"] = encoding_;
  const auto measure = [&](http::Response page) {
    finish_page(browser, page);
    sizes.insert(page.body.size());
  };
  for (const std::string language : {"en", "ar"}) {
    for (const char* path : {"/", "/quick", "/check", "/answers", "/work", "/worried", "/nowhere"})
      measure(get("/" + language + path));
    auto page = get("/" + language + "/report");
    measure(page);
    measure(page = next(page, {{"topic", "child"}}, "next", language));
    measure(page = next(page, {{"danger", "yes"}}, "next", language));
    measure(page = next(page, {}, "next", language));
    measure(page = next(page, {{"text", "http://gallery.example/a"}}, "next", language));
    measure(page = next(page, {{"answer", "code"}}, "next", language));
    measure(next(page, {}, "send", language));
  }
  EXPECT_EQ(sizes, std::set<std::size_t>{8192});
}

TEST_F(PortalTest, WithoutAnAddressAppGroupAndUserAreTold) {
  auto page = next(get("/en/report"), {{"topic", "online"}});
  page = next(page, {}, "place");
  page = next(page, {{"place", "app"}});
  EXPECT_TRUE(shows(page, "name=\"group\""));
  EXPECT_TRUE(shows(next(page, {}), "Write how we can find it"));
  page = next(page, {{"app", "Riverchat"}, {"group", "Hills & lakes"}, {"user", "heron_7"}});
  page = next(page, {{"answer", "none"}});
  EXPECT_TRUE(shows(page, "Riverchat"));
  EXPECT_EQ(next(page, {}, "send").status, 200);
  EXPECT_EQ(dropped().at(0).elsewhere, "app: Riverchat\ngroup: Hills & lakes\nuser: heron_7");
}

TEST_F(PortalTest, TheCheckPageSaysHowManyAddressesItRead) {
  const auto page = checked("look: http://hill.example/a\nand hxxps://lake[.]example/b !!");
  EXPECT_TRUE(shows(page, "We read 2 web addresses from it."));
}

TEST_F(PortalTest, TheHolderOfAReceiptReadsQuestionsAndWritesBack) {
  const auto thanks = next(checked("http://gallery.example/a"), {}, "send");
  const auto code = code_on(thanks);
  intake::Parcel parcel;
  parcel.reports = {{{intake::Stage::received, clock_.now()}}};
  parcel.messages = {{false, "Which <page> was it?", clock_.now()}};
  const auto sent = dropped().at(0);
  ASSERT_TRUE(intake::write_parcel(status(), sent.parcel, sent.parcel_key, parcel));
  const auto page = post("/en/check", {{"code", code}});
  EXPECT_TRUE(shows(page, "Which &lt;page&gt; was it?"));
  EXPECT_TRUE(shows(page, "Delete the messages"));
  const auto fields = [&](const std::string& text) {
    return std::vector<std::pair<std::string, std::string>>{
        {"state", hidden(page, "state")}, {"code", hidden(page, "code")}, {"text", text}};
  };
  EXPECT_TRUE(shows(post("/en/message", fields(" ")), "Write your message first"));
  for (int twice = 0; twice < 2; ++twice)
    EXPECT_TRUE(shows(post("/en/message", fields("The third.")), "We have your message"));
  const auto all = dropped();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].kind, intake::SubmissionKind::message);
  EXPECT_EQ(all[1].remarks, "The third.");
  EXPECT_EQ(all[1].parcel, sent.parcel);
}

TEST_F(PortalTest, AFloodIsTakenAndWaitsAndAPersonInItCanComeForward) {
  http::Response page;
  for (int i = 0; i <= PortalSources::kShare; ++i) {
    page = checked("http://gallery.example/" + std::to_string(i));
    page = next(page, {}, "send");
    ASSERT_EQ(page.status, 200);
  }
  EXPECT_TRUE(shows(page, "Read mine sooner"));
  const auto code = code_on(page);
  const auto count = [&](char lane) {
    const auto names = *intake::DropReader::open((folder_ / "drop").string(), keys_)->waiting(999);
    return std::count_if(names.begin(), names.end(), [&](auto& name) { return name[0] == lane; });
  };
  EXPECT_EQ(count('a'), PortalSources::kShare);
  EXPECT_EQ(count('b'), 1);
  const auto early = next(page, {}, "sooner");
  EXPECT_TRUE(shows(early, "Read mine sooner"));
  EXPECT_EQ(count('a'), PortalSources::kShare);
  clock_.advance(std::chrono::seconds(11));
  const auto late = next(page, {}, "sooner");
  EXPECT_FALSE(shows(late, "Read mine sooner"));
  EXPECT_EQ(code_on(late), code);
  EXPECT_EQ(count('a'), PortalSources::kShare + 1);
}

}  // namespace
}  // namespace hotline::web
