#include "takedown/ladder.h"

#include <gtest/gtest.h>

#include "takedown/takedown_case.h"

namespace hotline::takedown {
namespace {

Notice sample() {
  Notice notice;
  notice.contact = "abuse@isp.example";
  notice.hosting.upstream = "noc@upstream.example";
  notice.hosting.cdn = "range-cdn";
  notice.hosting.country = "NL";
  notice.locations = {"http://www.gallery.example/a"};
  notice.hosting.above = {{"owner", "owner@gallery.example"},
                          {"registrar", "abuse@registrar.example"}};
  return notice;
}

constexpr std::string_view kAll = R"({"rungs":[{"rung":"host","asks":2},{"rung":"owner"},
  {"rung":"cdn","wait":"24h"},{"rung":"upstream"},{"rung":"registrar"},{"rung":"registry"},
  {"rung":"authority"}],
  "cdn":{"range-cdn":"abuse@cdn.example"},"registry":{"example":"abuse@registry.example"},
  "authority":{"*":"desk@authority.example"},
  "calendar":{"NL":{"days":[1,2,3,4,5],"from":"09:00","to":"17:00","minutes_east":60,
                    "holidays":["2030-03-04"]}}})";

TEST(Ladder, TheShippedOneCanBeRead) {
  EXPECT_TRUE(Ladder::load(HOTLINE_SOURCE_DIR "/policy/ladder.json"));
}

TEST(Ladder, EveryRungIsAskedInOrderAndOnce) {
  const auto ladder = Ladder::parse(kAll);
  ASSERT_TRUE(ladder) << ladder.error().sentence;
  const auto notice = sample();
  std::string asked;
  for (auto rung = ladder->above(notice, Rung::host); rung; rung = ladder->above(notice, *rung))
    asked += std::string(name(*rung)) + "=" + ladder->mailbox(notice, *rung) + " ";
  EXPECT_EQ(asked,
            "owner=owner@gallery.example cdn=abuse@cdn.example upstream=noc@upstream.example "
            "registrar=abuse@registrar.example registry=abuse@registry.example "
            "authority=desk@authority.example ");
}

TEST(Ladder, WhoWasAskedAsTheHostIsNotAskedAsTheNetworkAbove) {
  const auto ladder = Ladder::parse(kAll);
  auto notice = sample();
  notice.hosting.cdn.clear();
  notice.hosting.above.clear();
  notice.hosting.upstream = notice.contact;
  EXPECT_EQ(ladder->above(notice, Rung::host), Rung::registry);
}

TEST(Ladder, WorkingHoursAreThoseOfTheCountry) {
  const auto ladder = *Ladder::parse(kAll);
  const auto at = [](const char* text) { return parse_rfc3339(text).value(); };
  // Saturday evening; Monday the 4th is a holiday; the 5th opens at 09:00 there, 08:00 UTC.
  EXPECT_EQ(ladder.working_moment("NL", at("2030-03-02T20:00:00Z")), at("2030-03-05T08:00:00Z"));
  EXPECT_EQ(ladder.working_moment("NL", at("2030-03-05T10:00:00Z")), at("2030-03-05T10:00:00Z"));
  EXPECT_EQ(ladder.working_moment("NL", at("2030-03-05T16:00:00Z")), at("2030-03-06T08:00:00Z"));
  EXPECT_EQ(ladder.working_moment("SE", at("2030-03-02T20:00:00Z")), at("2030-03-02T20:00:00Z"));
}

TEST(Ladder, AFileThatCannotBeMeantIsRefused) {
  for (
      const std::string_view text :
      {"{}", R"({"rungs":[]})", R"({"rungs":[{"rung":"cdn"}]})",
       R"({"rungs":[{"rung":"host"},{"rung":"host"}]})", R"({"rungs":[{"rung":"moon"}]})",
       R"({"rungs":[{"rung":"host","wait":"soon"}]})",
       R"({"rungs":[{"rung":"host"}],"cdn":{"x":"a b@c"}})",
       R"({"rungs":[{"rung":"host"}],"calendar":{"NL":{"days":[]}}})",
       R"({"rungs":[{"rung":"host"}],"calendar":{"NL":{"days":[9]}}})",
       R"({"rungs":[{"rung":"host"}],"calendar":{"NL":{"days":[1],"from":"17:00","to":"09:00"}}})"})
    EXPECT_FALSE(Ladder::parse(text)) << text;
}

}  // namespace
}  // namespace hotline::takedown
