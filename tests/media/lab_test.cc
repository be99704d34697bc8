// Through the real hotline-media, with pictures as they are and pictures that lie.
#include "media/lab.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "media/codecs/decode.h"
#include "media/codecs/encode.h"
#include "media/hash_cli.h"
#include "media/vectors.h"

namespace hotline::media {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string kProgram = std::string(HOTLINE_BINARY_DIR) + "/hotline-media";

class JailedLab : public testing::Test {
 protected:
  Findings examine(std::string_view bytes, bool previews = false) {
    auto found = lab_->examine(bytes, previews);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().sentence);
    return found.value_or(Findings{});
  }
  std::unique_ptr<Lab> lab_ = open_jailed_lab(kProgram, 60s);
};

TEST_F(JailedLab, GivesDigestsAndBothHashes) {
  const auto found = examine(vector_picture("size_640x480.png"));
  EXPECT_EQ(found.kind, "png");
  EXPECT_EQ(found.width, 640);
  EXPECT_EQ(found.height, 480);
  EXPECT_EQ(found.trouble, "");
  EXPECT_EQ(found.md5.size(), 32u);
  EXPECT_EQ(found.sha1.size(), 40u);
  EXPECT_EQ(found.sha256.size(), 64u);
  for (const auto& row : vector_rows("pdq.csv")) {
    if (row[0] != "size_640x480.png") continue;
    EXPECT_EQ(found.full.value().hex, row[4]);
    EXPECT_EQ(found.nn512.value().hex, row[6]);
    EXPECT_EQ(std::to_string(found.full->quality), row[5]);
  }
  EXPECT_TRUE(found.previews.empty());
}

TEST_F(JailedLab, EveryVectorPassesTheJail) {
  for (const auto& row : vector_rows("pdq.csv")) {
    const auto found = examine(vector_picture(row[0]));
    EXPECT_EQ(found.trouble, "") << row[0];
    EXPECT_EQ(std::to_string(found.width), row[2]) << row[0];
    if (row[8] == "0") {
      EXPECT_EQ(found.full.value_or(PdqHash{}).hex, row[4]) << row[0];
    }
  }
}

TEST_F(JailedLab, PreviewsAreOurOwnSmallPictures) {
  const std::string bytes = vector_picture("size_1600x1200.png");
  const auto found = examine(bytes, true);
  ASSERT_EQ(found.previews.size(), 4u);
  const int sides[] = {160, 320, 480, 960};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found.previews[i].level, static_cast<int>(i) + 1);
    const auto shown = decode(found.previews[i].jpeg);
    EXPECT_EQ(shown.kind, "jpeg");
    EXPECT_EQ(shown.picture.width, sides[i]);
    EXPECT_EQ(shown.picture.height, sides[i] * 3 / 4);
    bool grey = true;
    for (std::size_t p = 0; p < shown.picture.samples.size(); p += 3)
      grey &= shown.picture.samples[p] == shown.picture.samples[p + 1] &&
              shown.picture.samples[p] == shown.picture.samples[p + 2];
    EXPECT_EQ(grey, i < 3);
  }
  EXPECT_LE(found.previews[0].jpeg.size(), 4096u);
}

TEST_F(JailedLab, TheFirstLevelIsSmallAndBlurredWhateverThePictureIs) {
  std::mt19937 random(5);
  Picture noise = make_picture(400, 400);
  for (auto& sample : noise.samples) sample = random() % 2 == 0 ? 0 : 255;
  for (const auto& bytes : {*encode_png(noise), vector_picture("collage_512x384.png"),
                            vector_picture("noise_rgb_96.png")}) {
    const auto found = examine(bytes, true);
    ASSERT_EQ(found.previews.size(), 4u);
    EXPECT_LE(found.previews[0].jpeg.size(), 4096u);
    // Blurred: no step between neighbours as the noise itself has them.
    const Picture shown = decode(found.previews[0].jpeg).picture;
    int step_max = 0;
    for (int y = 0; y < shown.height; ++y) {
      for (int x = 1; x < shown.width; ++x)
        step_max = std::max(step_max, std::abs(shown.row(y)[3 * x] - shown.row(y)[3 * x - 3]));
    }
    EXPECT_LE(step_max, 60);
  }
}

TEST_F(JailedLab, ASidewaysPhotographIsShownUpright) {
  const auto found = examine(vector_picture("exif_6.jpg"), true);
  const Picture shown = decode(found.previews.at(3).jpeg).picture;
  EXPECT_EQ(shown.width, found.height);
  EXPECT_EQ(shown.height, found.width);
}

TEST_F(JailedLab, WhatIsNoPictureHasItsDigestsAllTheSame) {
  for (const auto& bytes : {""s, "hello"s, "<html></html>"s, std::string(5000, '\0')}) {
    const auto found = examine(bytes);
    EXPECT_EQ(found.trouble, "not a picture");
    EXPECT_EQ(found.kind, "other");
    EXPECT_EQ(found.sha256.size(), 64u);
    EXPECT_FALSE(found.full);
  }
  EXPECT_EQ(examine("\0\0\0\x18"s + "ftypisom" + std::string(100, 'x')).kind, "video");
}

/// A PNG that promises `width` x `height` pixels and holds none.
std::string png_header(std::uint32_t width, std::uint32_t height) {
  std::string png = vector_picture("size_256x256.png").substr(0, 33);
  for (int i = 0; i < 4; ++i) {
    png[16 + static_cast<std::size_t>(i)] = static_cast<char>(width >> (24 - 8 * i));
    png[20 + static_cast<std::size_t>(i)] = static_cast<char>(height >> (24 - 8 * i));
  }
  return png + vector_picture("size_256x256.png").substr(33);
}

TEST_F(JailedLab, HugeHeadersAreRefusedBeforeMemoryIsTaken) {
  for (const auto& [width, height] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {31'623, 31'623}, {100'000, 100'000}, {2'000'000'000, 1}, {1, 2'000'000'000}}) {
    const auto found = examine(png_header(width, height));
    EXPECT_EQ(found.trouble, "over the limits") << width;
    EXPECT_EQ(found.width, 0);
  }
  std::string gif = vector_picture("cm.gif");
  gif.replace(6, 4, "\xff\xff\xff\xff");
  EXPECT_EQ(examine(gif).trouble, "over the limits");
  std::string jpeg = vector_picture("cm_420.jpg");
  const std::size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  EXPECT_EQ(examine(jpeg).trouble, "over the limits");
  std::string bmp = vector_picture("cm_rgb.bmp");
  bmp.replace(18, 8, "\xff\xff\xff\x7f\xff\xff\xff\x7f");
  EXPECT_EQ(examine(bmp).trouble, "over the limits");
  EXPECT_EQ(examine(vector_picture("cm_rgb.png")).trouble, "");
}

TEST_F(JailedLab, BrokenPicturesEndAsValues) {
  std::mt19937 random(11);
  const std::vector<std::string> names = {
      "cm.gif",         "cm_420.jpg",   "cm_cmyk.jpg",    "cm_progressive.jpg",
      "cm_palette.png", "cm_rgb16.png", "cm_lossy.webp",  "cm_lossless_rgba.webp",
      "cm_palette.bmp", "cm_rgb.tif",   "cm_palette.tif", "cm_rgb_interlaced.png"};
  for (const auto& name : names) {
    const std::string whole = vector_picture(name);
    for (int round = 0; round < 12; ++round) {
      std::string bytes = whole;
      if (round % 3 == 0) bytes.resize(12 + random() % (bytes.size() - 12));
      for (unsigned i = 0; i < random() % 30; ++i)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      const auto found = examine(bytes, true);
      EXPECT_TRUE(found.trouble.empty() == found.full.has_value()) << name;
      EXPECT_EQ(found.sha256.size(), 64u);
    }
  }
  EXPECT_EQ(examine(vector_picture("cm_rgb.png")).trouble, "");
}

pid_t only_helper() {
  // The helper is the one child of this process.
  std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
  pid_t helper = 0;
  children >> helper;
  return helper;
}

TEST_F(JailedLab, AHelperThatDiedIsReplaced) {
  EXPECT_EQ(examine(vector_picture("cm_rgb.png")).trouble, "");
  const pid_t first = only_helper();
  ASSERT_GT(first, 0);
  ASSERT_EQ(kill(first, SIGKILL), 0);
  EXPECT_EQ(examine(vector_picture("cm_rgb.png")).trouble, "");
  EXPECT_NE(only_helper(), first);
}

TEST_F(JailedLab, SeveralThreadsShareOneHelper) {
  const std::string bytes = vector_picture("size_256x256.png");
  const auto wanted = examine(bytes).full.value().hex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) EXPECT_EQ(examine(bytes).full.value().hex, wanted);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Lab, WithoutAJailThereIsAnErrorAndNoDecoding) {
  const auto lab = open_jailed_lab("/nowhere/hotline-media", 5s);
  EXPECT_EQ(lab->examine(vector_picture("cm_rgb.png"), false).error().kind, ErrorKind::unavailable);
  // A program that never says that its walls are up gets no file.
  EXPECT_FALSE(open_jailed_lab("/bin/cat", 200ms)->examine(vector_picture("cm_rgb.png"), false));
}

TEST_F(JailedLab, TheCommandWritesOneLineAFile) {
  const auto folder = std::filesystem::path(testing::TempDir());
  const auto picture = std::string(HOTLINE_SOURCE_DIR) + "/tests/media/vectors/pictures/cm.gif";
  const auto text = (folder / "hash_cli_test.txt").string();
  std::ofstream(text) << "no picture";
  std::ostringstream out, talk;
  const std::vector<std::string> files = {picture, "/nowhere/file", folder.string(), text};
  EXPECT_EQ(hash_files(files, *lab_, {.as_json = true}, out, talk), 1);
  std::istringstream lines(out.str());
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto first = parse_json(line);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(text_at(*first, "file"), picture);
  EXPECT_EQ(text_at(*first, "kind"), "gif");
  EXPECT_EQ(text_at(*member(*first, "pdq_full"), "hash").value().size(), 64u);
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(text_at(*parse_json(line), "trouble"), "not a picture");
  EXPECT_TRUE(member(*parse_json(line), "pdq_nn512")->is_null());
  EXPECT_FALSE(std::getline(lines, line));
  EXPECT_NE(talk.str().find("/nowhere/file"), std::string::npos);
}

}  // namespace
}  // namespace hotline::media
