// Films as they are, beside the values that the public tools give for them.
#include "media/film/film.h"

#include <gtest/gtest.h>

#include <cmath>

#include "media/vectors.h"

namespace hotline::media {
namespace {

const std::vector<std::string> kFilms = {"shapes_a_320x240_25fps_h264.mp4",
                                         "shapes_a_320x240_2997fps_h264_low.mp4",
                                         "shapes_b_128x128_30fps_vp9.webm"};

struct Watched {
  FilmEnd end;
  std::vector<VpdqFrame> frames;
};

Watched watched(const std::string& bytes, const FilmWish& wish) {
  Watched all;
  all.end = watch(source_of(bytes), wish,
                  [&](const VpdqFrame& frame, double) { all.frames.push_back(frame); });
  return all;
}

std::string stem(const std::string& name) {
  return name.substr(0, name.rfind('.'));
}

void expect_reference(bool strict) {
  for (const auto& film : kFilms) {
    for (const auto& [suffix, every] :
         {std::pair{".every_frame.txt", 0.0}, {".one_per_second.txt", 1.0}}) {
      const auto wanted = parse_vpdq(vector_file("vpdq/" + stem(film) + suffix));
      ASSERT_TRUE(wanted.has_value()) << film;
      const auto found =
          watched(vector_file("video/" + film), {.every_seconds = every, .strict = strict});
      EXPECT_EQ(found.end.trouble, "");
      EXPECT_TRUE(found.end.whole) << film;
      ASSERT_EQ(found.frames.size(), wanted->size()) << film << suffix;
      int worst = 0;
      for (std::size_t i = 0; i < wanted->size(); ++i) {
        const VpdqFrame &is = found.frames[i], &was = (*wanted)[i];
        EXPECT_EQ(is.frame, was.frame) << film;
        EXPECT_NEAR(is.seconds, was.seconds, 0.0006) << film;
        EXPECT_NEAR(is.quality, was.quality, 6) << film << " frame " << i;
        if (was.quality < 50) continue;
        const int distance = hamming(is.bits, was.bits);
        worst = std::max(worst, distance);
        EXPECT_LE(distance, was.quality >= 80 ? 6 : 22) << film << " frame " << i;
      }
      if (strict) EXPECT_EQ(worst, 0) << film << suffix;
      testing::Test::RecordProperty(film + suffix, worst);
    }
  }
}

TEST(Film, EveryFrameHasTheHashOfTheReference) {
  expect_reference(true);
}

TEST(Film, ItsOwnBrightnessGivesNearlyThatHash) {
  expect_reference(false);
}

TEST(Film, AScreeningSeesKeyFramesOfTheWholeFilm) {
  for (const auto& film : kFilms) {
    const auto all = watched(vector_file("video/" + film), {.every_seconds = 0});
    const auto keys = watched(vector_file("video/" + film), {.key_frames = true});
    EXPECT_EQ(keys.end.trouble, "") << film;
    EXPECT_TRUE(keys.end.key_frames);
    EXPECT_EQ(keys.end.width, all.end.width) << film;
    EXPECT_NEAR(keys.end.seconds, all.end.seconds, 0.2) << film;
    ASSERT_GE(keys.frames.size(), 1u) << film;
    EXPECT_LT(keys.frames.size(), all.frames.size()) << film;
    for (const auto& key : keys.frames) {
      int best = 256;
      for (const auto& frame : all.frames) best = std::min(best, hamming(frame.bits, key.bits));
      EXPECT_LE(best, 2) << film << " at " << key.seconds;
    }
  }
}

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += double(a[i]) * double(b[i]);
    aa += double(a[i]) * double(a[i]);
    bb += double(b[i]) * double(b[i]);
  }
  return aa == 0 && bb == 0 ? 1 : ab / std::sqrt(aa * bb);
}

Tmk tmk_of(const std::string& film) {
  auto found = watched(vector_file("video/" + film), {.hashes = false, .tmk = true});
  EXPECT_TRUE(found.end.tmk.has_value()) << film;
  return found.end.tmk.value_or(Tmk{});
}

TEST(Film, TmkIsThatOfTheReference) {
  for (const auto& film : {kFilms[0], kFilms[1]}) {
    const auto wanted = parse_tmk(vector_file("tmk/" + stem(film) + ".tmk"));
    ASSERT_TRUE(wanted.has_value());
    const Tmk made = tmk_of(film);
    EXPECT_EQ(made.frames, wanted->frames) << film;
    EXPECT_EQ(made.periods, wanted->periods);
    for (std::size_t i = 0; i < kTmkTerms; ++i)
      EXPECT_NEAR(made.coefficients[i], wanted->coefficients[i], 1e-6);
    EXPECT_GE(cosine(made.average, wanted->average), 0.9999);
    double worst = 1;
    for (std::size_t at = 0; at < made.cosine.size(); at += kTmkSize) {
      worst = std::min(worst, cosine(std::span(made.cosine).subspan(at, kTmkSize),
                                     std::span(wanted->cosine).subspan(at, kTmkSize)));
      worst = std::min(worst, cosine(std::span(made.sine).subspan(at, kTmkSize),
                                     std::span(wanted->sine).subspan(at, kTmkSize)));
    }
    EXPECT_GE(worst, 0.9999) << film;
    RecordProperty("worst", std::to_string(worst));
  }
}

TEST(Film, TmkScoresAreThoseOfTheReference) {
  const std::vector<Tmk> all = {tmk_of(kFilms[0]), tmk_of(kFilms[1]), tmk_of(kFilms[2])};
  const auto rows = vector_rows("tmk/scores.csv");
  ASSERT_EQ(rows.size(), 3u);
  const std::pair<std::size_t, std::size_t> pairs[] = {{0, 1}, {0, 2}, {1, 2}};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto score = tmk_score(all[pairs[i].first], all[pairs[i].second]);
    ASSERT_TRUE(score.has_value());
    EXPECT_NEAR(score->level1, std::stod(rows[i][2]), 0.0005) << i;
    EXPECT_NEAR(score->level2, std::stod(rows[i][3]), 0.0005) << i;
  }
}

}  // namespace
}  // namespace hotline::media
