#include "media/vpdq.h"

#include <gtest/gtest.h>

#include <random>

#include "media/tmk.h"
#include "media/vectors.h"

namespace hotline::media {
namespace {

std::vector<VpdqFrame> frames_of(const std::string& name) {
  auto frames = parse_vpdq(vector_file("vpdq/" + name + ".txt"));
  EXPECT_TRUE(frames.has_value()) << name;
  return frames.value_or(std::vector<VpdqFrame>{});
}

TEST(Vpdq, ThirtyOneBitsAreAMatchAndThirtyTwoAreNone) {
  const auto rows = vector_rows("vpdq/match.csv");
  ASSERT_EQ(rows.size(), 13u);
  for (const auto& row : rows) {
    const auto query = frames_of(row[0]), compared = frames_of(row[1]);
    for (const int distance : {30, 31}) {
      const auto match = vpdq_compare(query, compared, {.distance_max = distance});
      const std::size_t at = distance == 30 ? 4 : 6;
      EXPECT_EQ(std::to_string(match.query_frames), row[2]) << row[0];
      EXPECT_EQ(std::to_string(match.compared_frames), row[3]) << row[1];
      EXPECT_EQ(std::to_string(match.query_matched), row[at]) << row[0] << row[1];
      EXPECT_EQ(std::to_string(match.compared_matched), row[at + 1]) << row[0] << row[1];
    }
  }
}

TEST(Vpdq, BothFormsGoThereAndBack) {
  std::mt19937_64 random(5);
  std::vector<VpdqFrame> frames;
  for (int i = 0; i < 50; ++i)
    frames.push_back({i,
                      static_cast<int>(random() % 101),
                      {{random(), random(), random(), random()}},
                      static_cast<double>(random() % 10'000'000) / 1000});
  EXPECT_EQ(parse_vpdq(vpdq_lines(frames)), frames);
  EXPECT_EQ(parse_vpdq(vpdq_json(frames)), frames);
  EXPECT_EQ(parse_vpdq("").value().size(), 0u);
  EXPECT_EQ(parse_vpdq(" []").value().size(), 0u);
}

TEST(Vpdq, WhatOtherToolsWriteIsTaken) {
  const std::string hash(64, 'A');
  EXPECT_EQ(parse_vpdq("0,100," + hash + ",0.000\r\n\n").value().size(), 1u);
  const auto frames = parse_vpdq("[\"" + hash + ",77,1.23e+02\",\"" + hash + ",0,12.3\"]");
  ASSERT_TRUE(frames.has_value());
  EXPECT_EQ(frames->at(0).seconds, 123);
  EXPECT_EQ(frames->at(0).quality, 77);
  EXPECT_EQ(frames->at(1).frame, 1);
}

TEST(Vpdq, WhatIsBrokenIsRefusedWithItsPlace) {
  const std::string hash(64, 'a');
  const std::string good = "0,100," + hash + ",0.000\n";
  for (const auto& bad : std::vector<std::string>{
           "x", "0,100," + hash, "-1,100," + hash + ",0", "0,101," + hash + ",0",
           "0,-1," + hash + ",0", "0,100," + hash.substr(1) + ",0", "0,100," + hash + ",nan",
           "0,100," + hash + ",-1", "0,100," + hash + ",inf", "0,100," + hash + ",1e300",
           "99999999999,1," + hash + ",0"}) {
    const auto parsed = parse_vpdq(good + bad);
    ASSERT_FALSE(parsed.has_value()) << bad;
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
    EXPECT_NE(parsed.error().sentence.find('2'), std::string::npos);
  }
  for (const char* bad : {"[1]", "[\"a\"]", "[", "[[]]", "[\"a,b,c\"]"})
    EXPECT_FALSE(parse_vpdq(bad).has_value()) << bad;
}

TEST(Vpdq, NoGoodFrameIsNoMatchAndNoDivisionByZero) {
  const std::vector<VpdqFrame> poor = {{0, 49, {{1, 2, 3, 4}}, 0}};
  EXPECT_EQ(vpdq_compare(poor, poor).query_percent(), 0);
  EXPECT_EQ(vpdq_compare({}, {}).compared_percent(), 0);
}

TEST(Tmk, FilesOfTheReferenceAreReadScoredAndWrittenUnchanged) {
  const std::string a = vector_file("tmk/shapes_a_320x240_25fps_h264.tmk");
  const std::string b = vector_file("tmk/shapes_a_320x240_2997fps_h264_low.tmk");
  const auto first = parse_tmk(a), second = parse_tmk(b);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(tmk_bytes(*first), a);
  EXPECT_EQ(tmk_bytes(*second), b);
  const auto score = tmk_score(*first, *second);
  const auto row = vector_rows("tmk/scores.csv").at(0);
  EXPECT_NEAR(score->level1, std::stod(row[2]), 1e-6);
  EXPECT_NEAR(score->level2, std::stod(row[3]), 1e-6);
  EXPECT_NEAR(tmk_score(*first, *first)->level2, 1, 1e-5);
}

TEST(Tmk, WhatIsBrokenIsRefused) {
  const std::string good = vector_file("tmk/shapes_a_320x240_25fps_h264.tmk");
  EXPECT_FALSE(parse_tmk(""));
  EXPECT_FALSE(parse_tmk(good.substr(1)));
  EXPECT_FALSE(parse_tmk(good + "x"));
  for (const std::size_t place : {0u, 8u, 16u, 20u, 24u, 35u, 51u, 179u, 1203u, 263'343u}) {
    std::string bad = good;
    bad[place] = '\xff';
    bad[place - (place % 4 == 3 ? 1 : 0)] = '\xff';
    EXPECT_FALSE(parse_tmk(bad)) << place;
  }
  auto other = *parse_tmk(good);
  other.periods[0] = 100;
  EXPECT_EQ(tmk_score(other, *parse_tmk(good)).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace hotline::media
