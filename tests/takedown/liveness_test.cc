#include "takedown/liveness.h"

#include <gtest/gtest.h>

namespace hotline::takedown {
namespace {

using net::Capture;
using net::FetchVerdict;

const std::string kGallery =
    "Landscapes of the north, album seven. Twelve pictures of hills, lakes and boats in the "
    "evening "
    "light, taken over two summers. Use the arrows to go on to the next picture, or go back to the "
    "list of all albums. Printed copies can be ordered from the shop.";
const std::string kRemoved = "This album has been removed. Go to the start page.";
const std::string kOther =
    "Welcome to our bakery. Fresh bread every morning from six, cakes to order, and coffee at the "
    "window. We are closed on Mondays and on public holidays. Find us beside the old station.";

net::FetchedMedia medium(std::string url, std::string bytes, int status = 200) {
  return {std::move(url), "192.0.2.7", status, "image/jpeg", std::move(bytes)};
}

Capture answered(int status, std::string text, std::vector<net::FetchedMedia> media = {}) {
  Capture capture;
  capture.verdict = FetchVerdict::answered;
  capture.status = status;
  capture.content_type = "text/html";
  capture.page = "<p>" + text;
  capture.text = std::move(text);
  capture.media = std::move(media);
  return capture;
}

Capture failed(FetchVerdict verdict) {
  Capture capture;
  capture.verdict = verdict;
  return capture;
}

Capture picture(std::string bytes) {
  Capture capture = answered(200, "");
  capture.content_type = "image/jpeg";
  capture.page = std::move(bytes);
  return capture;
}

Capture titled(Capture capture, std::string title) {
  capture.title = std::move(title);
  return capture;
}

const auto kOne = medium("http://gallery.example/1.jpg", "one");
const auto kTwo = medium("http://gallery.example/2.jpg", "two");
const auto kLogo = medium("http://gallery.example/logo.png", "logo");

struct Row {
  const char* what;
  std::optional<Capture> now;
  Verdict verdict;
  const char* why;
  bool unreachable = false;
  std::optional<bool> canaries = true;
  bool moved = false;
  std::optional<Capture> before = answered(200, kGallery, {kOne, kTwo});
  std::optional<Capture> absent = {};
  std::optional<Capture> learned = {};
};

RemovalPhrases phrases() {
  return RemovalPhrases::load(HOTLINE_SOURCE_DIR "/policy/soft_gone.json").value();
}

std::vector<Row> rows() {
  using enum Verdict;
  const Capture text_only = answered(200, kGallery);
  std::vector<Row> all = {
      {"nothing has changed", answered(200, kGallery, {kOne, kTwo}), up, "media_there"},
      {"one of two is still there", answered(200, kGallery, {kOne}), up, "media_there"},
      {"another text around the same picture", answered(200, kOther, {kTwo}), up, "media_there"},
      {"the page says removed, the picture is there", answered(200, kRemoved, {kOne}), up,
       "media_there"},
      {"the picture is served with a 404", answered(404, kRemoved, {kOne}), up, "media_there"},
      {"the picture is served with a 403", answered(403, "", {kOne}), up, "media_there"},
      {"404", answered(404, "Not found"), gone, "status_404"},
      {"410", answered(410, "Gone"), gone, "status_410"},
      {"no such name", failed(FetchVerdict::no_name), gone, "no_name"},
      {"404, but nothing answers us", answered(404, ""), unknown, "canaries_fail", false, false},
      {"no such name, but nothing answers us", failed(FetchVerdict::no_name), unknown,
       "canaries_fail", false, false},
      {"a removed page, but nothing answers us", answered(200, kRemoved), unknown, "canaries_fail",
       false, false},
      {"404 and no canaries are configured", answered(404, ""), gone, "status_404", false, {}},
      {"our jail failed", std::nullopt, unknown, "jail_failed"},
      {"no answer", failed(FetchVerdict::no_answer), unknown, "no_answer", true},
      {"no answer and nothing answers us", failed(FetchVerdict::no_answer), unknown,
       "canaries_fail", false, false},
      {"no answer and no canaries: says nothing",
       failed(FetchVerdict::no_answer),
       unknown,
       "no_answer",
       false,
       {}},
      {"we may not open it", failed(FetchVerdict::refused), unknown, "refused"},
      {"500", answered(500, ""), unknown, "status_500", true},
      {"502", answered(502, "Bad gateway"), unknown, "status_502", true},
      {"503 that says removed", answered(503, kRemoved), unknown, "status_503", true},
      {"504", answered(504, ""), unknown, "status_504", true},
      {"401", answered(401, ""), blocked, "status_401"},
      {"403", answered(403, "Forbidden"), blocked, "status_403"},
      {"429", answered(429, ""), blocked, "status_429"},
      {"451", answered(451, ""), blocked, "status_451"},
      {"400", answered(400, ""), blocked, "status_400"},
      {"a redirect that leads nowhere", answered(302, ""), changed, "status_302"},
      {"no status at all", answered(0, ""), unknown, "no_status", true},
      {"says removed, nothing there", answered(200, kRemoved), soft_gone, "says_removed"},
      {"says removed with a logo beside", answered(200, kRemoved, {kLogo}), soft_gone,
       "says_removed"},
      {"says so in the title only", titled(answered(200, kOther), "Page not found"), soft_gone,
       "says_removed"},
      {"says removed in German", answered(200, "Dieser Inhalt wurde gelöscht."), soft_gone,
       "says_removed"},
      {"says removed in French", answered(200, "Cet album a été supprimé."), soft_gone,
       "says_removed"},
      {"says removed in Russian", answered(200, "Страница не найдена"), soft_gone, "says_removed"},
      {"says removed in Japanese", answered(200, "ページが見つかりません"), soft_gone,
       "says_removed"},
      {"says removed in Arabic", answered(200, "الصفحة غير موجودة"), soft_gone, "says_removed"},
      {"says removed, with as many pictures as before",
       answered(200, kRemoved, {kLogo, medium("x", "y")}), changed, "text_differs"},
      {"says removed far down, in somebody's comment",
       answered(200, kOther + std::string(1600, ' ') + "my picture was removed"), changed,
       "text_differs"},
      {"another page", answered(200, kOther), changed, "text_differs"},
      {"the same page, pictures left out", answered(200, kGallery), changed, "media_differ"},
      {"the same page, other bytes at the same places",
       answered(200, kGallery,
                {medium("http://gallery.example/1.jpg", "new"),
                 medium("http://gallery.example/2.jpg", "new2")}),
       changed, "media_differ"},
      {"the same page, its pictures answer 404",
       answered(200, kGallery,
                {medium("http://gallery.example/1.jpg", "", 404),
                 medium("http://gallery.example/2.jpg", "", 410)}),
       soft_gone, "media_gone"},
      {"the same page, one picture 404 and one silent",
       answered(200, kGallery, {medium("http://gallery.example/1.jpg", "", 404)}), changed,
       "media_differ"},
      {"another network, still there", answered(200, kGallery, {kOne}), moved, "hosting_changed",
       false, true, true},
      {"another network, closed to us", answered(403, ""), moved, "hosting_changed", false, true,
       true},
      {"another network, gone", answered(404, ""), gone, "status_404", false, true, true},
      {"another network, another page", answered(200, kOther), changed, "text_differs", false, true,
       true},
      {"another network, silent", failed(FetchVerdict::no_answer), unknown, "no_answer", true, true,
       true},
      {"a capped page that still has it",
       [] {
         auto page = answered(200, kGallery, {kOne});
         page.verdict = FetchVerdict::too_large;
         return page;
       }(),
       up, "media_there"},
  };
  // Pages without media, media without a page, and hosts whose habits we know.
  all.push_back(
      {"text only, as it was", text_only, up, "same_page", false, true, false, text_only});
  all.push_back({"text only, another date on it", answered(200, kGallery + " Updated today."), up,
                 "same_text", false, true, false, text_only});
  all.push_back({"text only, says removed", answered(200, kRemoved), soft_gone, "says_removed",
                 false, true, false, text_only});
  all.push_back({"a picture by itself", picture("bytes"), up, "media_there", false, true, false,
                 picture("bytes")});
  all.push_back({"another picture at its place", picture("placeholder"), changed, "text_differs",
                 false, true, false, picture("bytes")});
  all.push_back({"never captured, answers", answered(200, kOther), up, "answers", false, true,
                 false, std::nullopt});
  all.push_back({"never captured, says removed", answered(200, kRemoved), soft_gone, "says_removed",
                 false, true, false, std::nullopt});
  all.push_back({"like an address that cannot exist", answered(200, kOther), soft_gone,
                 "like_absent", false, true, false, answered(200, kGallery, {kOne}),
                 answered(200, kOther)});
  all.push_back({"a host that shows one page for everything", answered(200, kGallery), changed,
                 "media_differ", false, true, false, answered(200, kGallery, {kOne}),
                 answered(200, kGallery)});
  all.push_back({"as this host's removed pages look",
                 answered(200, kOther + " Today."),
                 soft_gone,
                 "learned",
                 false,
                 true,
                 false,
                 answered(200, kGallery, {kOne}),
                 {},
                 answered(200, kOther)});
  return all;
}

TEST(Liveness, JudgesEveryRowOfTheTable) {
  const auto words = phrases();
  const auto all = rows();
  EXPECT_GE(all.size(), 60u);
  for (const auto& row : all) {
    Look look;
    look.capture = row.now;
    look.canaries_answer = row.canaries;
    look.hosting_moved = row.moved;
    if (row.absent) look.absent_page = fingerprint(*row.absent);
    if (row.learned) look.learned_removed.push_back(fingerprint(*row.learned));
    const auto before = row.before ? std::optional(fingerprint(*row.before)) : std::nullopt;
    const auto judgement = judge(look, before, words);
    EXPECT_EQ(name(judgement.verdict), name(row.verdict)) << row.what << ": " << judgement.why;
    EXPECT_EQ(judgement.why, row.why) << row.what;
    EXPECT_EQ(judgement.unreachable, row.unreachable) << row.what;
  }
}

TEST(Liveness, NothingIsEverGoneWhileOurCanariesFail) {
  const auto words = phrases();
  for (const auto& row : rows()) {
    Look look;
    look.capture = row.now;
    look.canaries_answer = false;
    const auto before = row.before ? std::optional(fingerprint(*row.before)) : std::nullopt;
    const auto judgement = judge(look, before, words);
    EXPECT_NE(judgement.verdict, Verdict::gone) << row.what;
    EXPECT_NE(judgement.verdict, Verdict::soft_gone) << row.what;
    EXPECT_FALSE(judgement.unreachable) << row.what;
  }
}

TEST(Liveness, ASketchForgivesADateAndNotAnotherPage) {
  const auto page = fingerprint(answered(200, kGallery));
  EXPECT_LE(text_distance(page, fingerprint(answered(200, kGallery + " 4 March"))), kSameText);
  EXPECT_GT(text_distance(page, fingerprint(answered(200, kOther))), kSameText);
  EXPECT_FALSE(same_text(fingerprint(answered(200, "")), fingerprint(Capture{})));
}

TEST(Liveness, PhrasesAreLoadedAndShortOnesRefused) {
  EXPECT_GE(phrases().all().size(), 60u);
  EXPECT_FALSE(RemovalPhrases::parse(R"({"phrases": ["no"]})"));
  EXPECT_FALSE(RemovalPhrases::parse(R"({"words": []})"));
}

TEST(Liveness, VerdictNamesGoBothWays) {
  for (const auto* text : {"up", "gone", "soft_gone", "changed", "moved", "blocked", "unknown"})
    EXPECT_EQ(name(parse_verdict(text).value()), text);
  EXPECT_FALSE(parse_verdict("down"));
}

}  // namespace
}  // namespace hotline::takedown
