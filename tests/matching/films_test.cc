#include "matching/films.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>

#include "base/text.h"
#include "matching/durable_file.h"

namespace hotline::matching {
namespace {

std::string vector_file(const std::string& name) {
  auto bytes = read_file(std::string(HOTLINE_SOURCE_DIR) + "/tests/media/vectors/" + name);
  EXPECT_TRUE(bytes) << name;
  return bytes.value_or("");
}

std::vector<FilmFrame> frames_of(const std::string& name) {
  const auto frames = media::parse_vpdq(vector_file("vpdq/" + name + ".txt"));
  EXPECT_TRUE(frames);
  return film_frames(*frames);
}

/// Any share, in both directions: the counts themselves are looked at.
FilmRule whatever() {
  FilmRule rule;
  rule.query_percent_min = rule.known_percent_min = 0;
  return rule;
}

class Films : public testing::Test {
 protected:
  void SetUp() override {
    index_ = *Index::in_memory({.merge_in_background = false});
    ASSERT_TRUE(index_->set_lists({{"films"}, {"innocent", 31, 50, true}}));
    films_ = *FilmIndex::on(*index_);
  }
  std::unique_ptr<Index> index_;
  std::unique_ptr<FilmIndex> films_;
};

// Each row of the reference's own counts, films answering out of one index.
TEST_F(Films, TheReferenceCountsTheSameFramesInBothDirections) {
  const std::string table = vector_file("vpdq/match.csv");
  const auto lines = split(table, '\n');
  std::map<std::string, FilmNumber> numbers;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    auto& row = rows.emplace_back();
    for (const auto field : split(lines[i], ',')) row.emplace_back(field);
    numbers.try_emplace(row.at(1), numbers.size() + 1);
  }
  ASSERT_EQ(rows.size(), 13U);
  for (const auto& [name, number] : numbers)
    ASSERT_TRUE(films_->apply({{{{number, 0, frames_of(name), "", "", name}}}}));
  for (const bool merged : {false, true}) {
    if (merged) ASSERT_TRUE(index_->compact());
    for (const auto& row : rows)
      for (const int radius : {30, 31}) {
        FilmRule rule = whatever();
        rule.radius = radius;
        const auto frames = frames_of(row[0]);
        const auto answer = films_->answer({.frames = frames, .rule = rule});
        EXPECT_EQ(std::to_string(answer.query_frames), row[2]);
        const auto hit = std::ranges::find(answer.hits, numbers[row[1]], &FilmHit::number);
        const std::size_t first = radius == 30 ? 4 : 6;
        if (row[first] == "0") {
          EXPECT_EQ(hit, answer.hits.end()) << row[0] << " " << row[1];
          continue;
        }
        ASSERT_NE(hit, answer.hits.end()) << row[0] << " " << row[1];
        EXPECT_EQ(std::to_string(hit->query_matched), row[first]) << row[0] << " " << row[1];
        EXPECT_EQ(std::to_string(hit->known_matched), row[first + 1]) << row[0] << " " << row[1];
        EXPECT_EQ(std::to_string(hit->known_frames), row[3]);
        EXPECT_EQ(films_->find(hit->number)->ref, row[1]);
      }
  }
}

TEST_F(Films, BothSharesMustReachTheirThresholdsAndTheThresholdItselfIsEnough) {
  std::mt19937_64 random(5);
  std::vector<FilmFrame> frames(10);
  for (auto& frame : frames) frame = {{{random(), random(), random(), random()}}, 90};
  frames.push_back({frames[0].picture, 49});  // Not good enough: neither matched nor counted.
  frames.push_back(frames[1]);                // Comes twice: counts twice.
  ASSERT_TRUE(films_->apply({{{{1, 0, frames, "", "", ""}}}}));
  // Four frames of five have a partner; of the known film's eleven, frame 1 twice, so five.
  std::vector<FilmFrame> query(frames.begin(), frames.begin() + 4);
  query.push_back({{{random(), random(), random(), random()}}, 90});
  const auto hits = [&](double query_min, double known_min) {
    FilmRule rule;
    rule.query_percent_min = query_min;
    rule.known_percent_min = known_min;
    return films_->answer({.frames = query, .rule = rule}).hits;
  };
  ASSERT_EQ(hits(80, 0).size(), 1U);
  EXPECT_EQ(hits(80, 0)[0].known_matched, 5);
  EXPECT_EQ(hits(80, 0)[0].known_frames, 11);
  EXPECT_EQ(hits(80.1, 0).size(), 0U);
  EXPECT_EQ(hits(0, 100.0 * 5 / 11).size(), 1U);
  EXPECT_EQ(hits(0, 46).size(), 0U);
  EXPECT_EQ(hits(80, 46).size(), 0U);
}

TEST_F(Films, TmkScoresAreThoseOfTheReferenceAndWhatIsRemovedIsGone) {
  const std::string name = "tmk/shapes_a_320x240_2997fps_h264_low.tmk";
  ASSERT_TRUE(films_->apply({{{{7, 0, {}, vector_file(name), "{}", "low"}}}}));
  const auto asked = media::parse_tmk(vector_file("tmk/shapes_a_320x240_25fps_h264.tmk"));
  ASSERT_TRUE(asked);
  for (const bool merged : {false, true}) {
    if (merged) {
      ASSERT_TRUE(index_->compact());
      films_ = *FilmIndex::on(*index_);  // The averages are read from the segment.
    }
    const auto hits = films_->answer({.tmk = &*asked, .rule = {}}).hits;
    ASSERT_EQ(hits.size(), 1U);
    EXPECT_EQ(hits[0].number, 7U);
    EXPECT_EQ(hits[0].by, FilmMatchedBy::tmk);
    EXPECT_NEAR(hits[0].level1, 0.999440, 0.0005);
    EXPECT_NEAR(hits[0].level2, 0.999421, 0.0005);
    EXPECT_EQ(films_->answer({.tmk = &*asked, .rule = {.level2_min = 0.9999}}).hits.size(), 0U);
  }
  ASSERT_TRUE(films_->apply({{{{.number = 7}, true}}}));
  EXPECT_EQ(films_->answer({.tmk = &*asked, .rule = {}}).hits.size(), 0U);
  EXPECT_FALSE(films_->find(7));
  EXPECT_EQ(index_->size().entries, 0U);
}

TEST_F(Films, AFilmThatIsPutAgainLosesWhatItHadBefore) {
  const auto a = frames_of("shapes_a_320x240_25fps_h264.every_frame");
  const auto b = frames_of("shapes_b_128x128_30fps_vp9.one_per_second");
  ASSERT_TRUE(films_->apply({{{{1, 0, a, "", "", "a"}}}}));
  ASSERT_TRUE(films_->apply({{{{1, 0, b, "", "", "b"}}}}));
  EXPECT_EQ(films_->answer({.frames = a, .rule = {}}).hits.size(), 0U);
  EXPECT_EQ(films_->answer({.frames = b, .rule = {}}).hits.size(), 1U);
  EXPECT_EQ(index_->size().pictures, b.size());
}

TEST_F(Films, FramesOfAnAllowListCountForNoFilm) {
  const auto a = frames_of("shapes_a_320x240_25fps_h264.one_per_second");
  ASSERT_TRUE(films_->apply({{{{1, 0, a, "", "", "a"}}}}));
  std::vector<Change> cards;
  for (std::size_t i = 0; i < 2; ++i) cards.push_back({{i + 1, 1, a[i].picture, 100}});
  ASSERT_TRUE(films_->apply({}, cards));
  const auto answer = films_->answer({.frames = a, .rule = whatever()});
  EXPECT_EQ(answer.innocent_frames, 2);
  ASSERT_EQ(answer.hits.size(), 1U);
  EXPECT_EQ(answer.hits[0].query_matched, static_cast<int>(a.size()) - 2);
}

TEST_F(Films, AFolderKeepsThem) {
  const std::string folder = testing::TempDir() + "films_test";
  std::filesystem::remove_all(folder);
  const auto a = frames_of("shapes_a_320x240_25fps_h264.every_frame");
  const std::string tmk = vector_file("tmk/shapes_a_320x240_25fps_h264.tmk");
  {
    auto index = *Index::open(folder, {});
    ASSERT_TRUE(index->set_lists({{"films"}}));
    ASSERT_TRUE((*FilmIndex::on(*index))->apply({{{{1, 0, a, tmk, "", "a"}}}}));
  }
  auto index = *Index::open(folder, {.read_only = true});
  const auto films = *FilmIndex::on(*index);
  const auto asked = media::parse_tmk(tmk);
  const auto hits = films->answer({.frames = a, .tmk = &*asked, .rule = {}}).hits;
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].query_percent(), 100);
  EXPECT_EQ(hits[0].known_percent(), 100);
  EXPECT_GT(hits[0].level2, 0.999);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace hotline::matching
