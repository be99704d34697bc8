// Films and animations through the real hotline-film and hotline-media.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <random>

#include "media/codecs/animation.h"
#include "media/film_lab.h"
#include "media/kind.h"
#include "media/lab.h"
#include "media/vectors.h"

namespace hotline::media {
namespace {

using namespace std::chrono_literals;

const std::string kBin = HOTLINE_BINARY_DIR;
const std::string kShapes = "video/shapes_a_320x240_25fps_h264.mp4";

FilmFindings watched(const std::string& bytes, const FilmRequest& request) {
  auto found = watch_film_bytes(kBin + "/hotline-film", bytes, request);
  EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().sentence);
  return found.value_or(FilmFindings{});
}

TEST(FilmLab, TheJailGivesWhatTheReferenceGives) {
  const auto found = watched(vector_file(kShapes),
                             {.every_seconds = 0, .previews = true, .tmk = true, .strict = true});
  EXPECT_EQ(found.trouble, "");
  const auto wanted = parse_vpdq(vector_file("vpdq/shapes_a_320x240_25fps_h264.every_frame.txt"));
  EXPECT_EQ(found.frames, *wanted);
  EXPECT_EQ(found.codec, "h264");
  EXPECT_EQ(found.width, 320);
  EXPECT_EQ(found.height, 240);
  EXPECT_EQ(found.frames_per_second, 25);
  EXPECT_NEAR(found.seconds, 5, 0.1);
  EXPECT_TRUE(found.whole);
  ASSERT_TRUE(found.tmk.has_value());
  EXPECT_EQ(found.tmk->frames, 77);
  ASSERT_EQ(found.previews.size(), 4u);
  const Picture sheet = decode(found.previews[3].jpeg).picture;
  EXPECT_EQ(sheet.width, 4 * 240 - 4);
  EXPECT_EQ(sheet.height, 3 * (177 + 4) - 4);
}

TEST(FilmLab, EveryContainerAndCodecThatIsCommonIsWatched) {
  const std::map<std::string, std::pair<std::string, std::size_t>> wanted = {
      {"av1.webm", {"av1", 1}},    {"hevc.mp4", {"hevc", 2}},
      {"mjpeg.avi", {"mjpeg", 2}}, {"mpeg2.ts", {"mpeg2video", 2}},
      {"old.flv", {"flv1", 2}},    {"shapes_a.mkv", {"h264", 5}},
      {"vp8.webm", {"vp8", 2}},    {"with_sound.mov", {"mpeg4", 2}},
      {"xvid.avi", {"mpeg4", 2}}};
  const auto shapes =
      parse_vpdq(vector_file("vpdq/shapes_a_320x240_25fps_h264.one_per_second.txt"));
  for (const auto& [name, about] : wanted) {
    const std::string bytes = vector_file("moving/" + name);
    EXPECT_EQ(kind_of(bytes), "video") << name;
    const auto found = watched(bytes, {});
    EXPECT_EQ(found.trouble, "") << name;
    EXPECT_EQ(found.codec, about.first) << name;
    ASSERT_GE(found.frames.size(), about.second) << name;
    // The same scene, smaller and in another coding.
    EXPECT_LE(hamming(found.frames[0].bits, shapes->at(0).bits), 31) << name;
  }
}

TEST(FilmLab, AFilmHeldSidewaysHasAnUprightSheet) {
  const auto found = watched(vector_file("moving/turned.mp4"), {.previews = true});
  ASSERT_EQ(found.previews.size(), 4u);
  const Picture sheet = decode(found.previews[3].jpeg).picture;
  // Twelve tiles of 177 x 236.
  EXPECT_EQ(sheet.width, 4 * 181 - 4);
  EXPECT_EQ(sheet.height, 3 * 240 - 4);
}

TEST(FilmLab, AFilmOverTheBudgetIsScreenedByItsKeyFrames) {
  const auto found = watched(vector_file(kShapes), {.pixels_max = 2'000'000});
  EXPECT_EQ(found.trouble, "");
  EXPECT_TRUE(found.key_frames);
  EXPECT_GE(found.frames.size(), 1u);
  EXPECT_LT(found.frame_count, 20);
  // Too much even so: what was seen until then counts, and it says that there is more.
  const auto less = watched(vector_file("moving/mjpeg.avi"), {.pixels_max = 100'000});
  EXPECT_FALSE(less.whole);
  EXPECT_EQ(less.frame_count, 6);
}

TEST(FilmLab, ABrokenFilmIsAValue) {
  std::mt19937 random(3);
  const std::vector<std::string> names = {"moving/hevc.mp4", "moving/vp8.webm", "moving/xvid.avi",
                                          "moving/mpeg2.ts", "moving/av1.webm"};
  for (const auto& name : names) {
    const std::string whole = vector_file(name);
    for (int round = 0; round < 3; ++round) {
      std::string bytes = whole;
      if (round == 0) bytes.resize(bytes.size() / 2);
      for (int i = 0; i < 40 * round; ++i)
        bytes[16 + random() % (bytes.size() - 16)] = static_cast<char>(random());
      const auto found = watched(bytes, {.previews = true, .time = 20s});
      if (!found.trouble.empty()) {
        EXPECT_TRUE(found.frames.empty()) << name;
      }
    }
  }
  EXPECT_EQ(watched("", {}).trouble, "broken");
  EXPECT_EQ(watched("no film at all", {}).trouble, "broken");
}

TEST(FilmLab, ProgressGoesFromNothingToAll) {
  const int file =
      open((std::string(HOTLINE_SOURCE_DIR) + "/tests/media/vectors/" + kShapes).c_str(),
           O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  std::vector<double> parts;
  const auto found = watch_film(kBin + "/hotline-film", file, {.every_seconds = 0},
                                [&](double part) { parts.push_back(part); });
  close(file);
  ASSERT_TRUE(found.has_value());
  ASSERT_GE(parts.size(), 2u);
  EXPECT_TRUE(std::is_sorted(parts.begin(), parts.end()));
  EXPECT_GT(parts.back(), 0.9);
}

TEST(FilmLab, WithoutAJailThereIsAnErrorAndNoDecoding) {
  const auto found = watch_film_bytes("/nowhere/hotline-film", vector_file(kShapes), {});
  EXPECT_EQ(found.error().kind, ErrorKind::unavailable);
}

TEST(Lab, AFilmHasHashesAndAContactSheetAndNoPictureHash) {
  const auto lab = open_jailed_lab(kBin + "/hotline-media", 60s);
  const auto found = lab->examine(vector_file(kShapes), true);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, "video");
  EXPECT_EQ(found->trouble, "");
  EXPECT_EQ(found->width, 320);
  EXPECT_FALSE(found->full);
  EXPECT_EQ(found->frames.size(), 5u);
  EXPECT_EQ(found->previews.size(), 4u);
  EXPECT_LE(found->previews[0].jpeg.size(), 4096u);
}

TEST(Lab, AnAnimationIsLookedAtBeyondItsFirstFrame) {
  const auto lab = open_jailed_lab(kBin + "/hotline-media", 60s);
  for (const std::string name : {"moving/moving.gif", "moving/moving.webp"}) {
    const auto found = lab->examine(vector_file(name), true);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->trouble, "") << name;
    ASSERT_GE(found->frames.size(), 6u) << name;
    EXPECT_TRUE(found->whole) << name;
    EXPECT_NEAR(found->seconds, name.ends_with("gif") ? 3 : 2, 0.3) << name;
    EXPECT_EQ(text(found->frames[0].bits), found->full->hex) << name;
    EXPECT_GT(hamming(found->frames[0].bits, found->frames.back().bits), 31) << name;
    const Picture sheet = decode(found->previews.at(3).jpeg).picture;
    EXPECT_GT(sheet.width, 3 * found->width) << name;
  }
}

TEST(Animation, GifFramesAreCountedWithoutDecoding) {
  const std::string gif = vector_file("moving/moving.gif");
  EXPECT_EQ(count_gif_frames(gif), 24);
  EXPECT_EQ(count_gif_frames(vector_picture("cm.gif")), 1);
  for (std::size_t size = 0; size < gif.size(); size += 97)
    EXPECT_LE(count_gif_frames(std::string_view(gif).substr(0, size)), 24);
}

TEST(Lab, ManyAtOnceAreAnsweredInOrder) {
  const auto lab = open_jailed_lab(kBin + "/hotline-media", 60s);
  std::vector<std::string> bytes;
  for (const auto& row : vector_rows("pdq.csv"))
    if (row[8] == "0") bytes.push_back(vector_picture(row[0]));
  const std::vector<std::string_view> all(bytes.begin(), bytes.end());
  const auto found = lab->examine_all(all, false);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const Pdq wanted = pdq_full(decode(bytes[i]).picture);
    EXPECT_EQ((*found)[i].full.value().hex, text(wanted.bits));
  }
  EXPECT_TRUE(lab->examine_all({}, false)->empty());
}

TEST(Lab, ATurnedPhotographHasBothHashes) {
  const auto lab = open_jailed_lab(kBin + "/hotline-media", 60s);
  for (const auto& row : vector_rows("exif.csv")) {
    const auto found = lab->examine(vector_picture(row[0]), false);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(std::to_string(found->orientation), row[1]);
    EXPECT_LE(hamming(*parse_pdq(found->full->hex), *parse_pdq(row[2])), 8) << row[0];
    EXPECT_EQ(found->full_shown.has_value(), row[1] != "1");
    if (found->full_shown) {
      EXPECT_LE(hamming(*parse_pdq(found->full_shown->hex), *parse_pdq(row[4])), 8) << row[0];
    }
  }
}

TEST(Kind, SvgIsKnownAndNeverDrawn) {
  const auto lab = open_jailed_lab(kBin + "/hotline-media", 60s);
  for (const char* text :
       {"<svg xmlns='http://www.w3.org/2000/svg'/>", "\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>",
        "\n <!-- words --><svg width='9'/>"}) {
    EXPECT_EQ(kind_of(text), "svg");
    const auto found = lab->examine(text, true);
    EXPECT_EQ(found->trouble, "not a picture");
    EXPECT_TRUE(found->previews.empty());
  }
  EXPECT_EQ(kind_of("<!doctype html><html></html>"), "other");
}

}  // namespace
}  // namespace hotline::media
