#include "media/codecs/encode.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "media/codecs/decode.h"
#include "media/kind.h"
#include "media/pdq.h"
#include "media/preview.h"
#include "media/vectors.h"

namespace hotline::media {
namespace {

Picture collage() {
  return decode(vector_picture("collage_512x384.png")).picture;
}

TEST(Encode, WhatIsLosslessComesBackExactly) {
  const Picture picture = collage();
  for (const auto& file : {encode_png(picture), encode_webp(picture, 100)}) {
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(decode(*file).picture.samples, picture.samples);
  }
}

TEST(Encode, WhatIsLossyStaysTheSamePicture) {
  const Picture picture = collage();
  const auto hash = pdq_full(picture).bits;
  const std::pair<const char*, Result<std::string>> files[] = {
      {"jpeg", encode_jpeg(picture, 80)},
      {"jpeg", encode_grey_jpeg(preview(picture, kPreviewLevels[2]), 80)},
      {"webp", encode_webp(picture, 60)},
      {"gif", encode_gif(picture)}};
  for (const auto& [kind, file] : files) {
    ASSERT_TRUE(file.has_value()) << kind;
    EXPECT_EQ(kind_of(*file), kind);
    const auto back = decode(*file);
    EXPECT_EQ(back.trouble, "") << kind;
    EXPECT_LE(hamming(pdq_full(back.picture).bits, hash), 20) << kind;
  }
}

TEST(Encode, QualityCostsBytesAndTheSamePictureGivesTheSameFile) {
  const Picture picture = collage();
  EXPECT_LT(encode_jpeg(picture, 20)->size(), encode_jpeg(picture, 90)->size());
  EXPECT_EQ(*encode_jpeg(picture, 60), *encode_jpeg(picture, 60));
  EXPECT_EQ(*encode_gif(picture), *encode_gif(picture));
}

TEST(Encode, WhatNoFormatHoldsIsRefused) {
  Picture lying = make_picture(10, 10);
  lying.height = 11;
  for (const Picture& bad : {Picture{}, lying, make_picture(70'000, 1)}) {
    EXPECT_FALSE(encode_jpeg(bad, 60).has_value());
    EXPECT_FALSE(encode_gif(bad).has_value());
    EXPECT_FALSE(encode_webp(bad, 60).has_value());
  }
  EXPECT_FALSE(encode_png(lying).has_value());
  EXPECT_FALSE(encode_jpeg(make_picture(10, 10), 0).has_value());
}

TEST(Preview, KeepsItsShapeAndIsNeverEnlarged) {
  for (const auto& level : kPreviewLevels) {
    const Picture wide = preview(make_picture(2000, 500), level);
    EXPECT_EQ(wide.width, level.side_max);
    EXPECT_EQ(wide.height, level.side_max / 4);
    EXPECT_EQ(preview(make_picture(30, 20), level).width, 30);
    EXPECT_EQ(preview(make_picture(1, 5000), level).width, 1);
  }
}

TEST(Preview, AveragesAndDoesNotPick) {
  // Columns black and white in turn: each pixel of the half is the mean.
  Picture stripes = make_picture(640, 64);
  for (std::size_t i = 0; i < stripes.samples.size(); ++i)
    stripes.samples[i] = i / 3 % 2 == 0 ? 0 : 255;
  for (const auto sample : shrunk(stripes, 320).samples) EXPECT_EQ(sample, 128);
}

TEST(Preview, BlurKeepsTheMeanAndTakesTheEdge) {
  Picture edge = make_picture(100, 40);
  for (int y = 0; y < 40; ++y)
    for (int x = 50; x < 100; ++x) std::fill_n(edge.row(y) + 3 * x, 3, 255);
  const Picture soft = preview(edge, kPreviewLevels[0]);
  EXPECT_EQ(soft.row(20)[0], 0);
  EXPECT_EQ(soft.row(20)[3 * 99], 255);
  EXPECT_NEAR(soft.row(20)[3 * 49] + soft.row(20)[3 * 50], 255, 2);
  for (int x = 1; x < 100; ++x)
    EXPECT_LE(soft.row(20)[3 * x] - soft.row(20)[3 * x - 3], 28) << x;  // 255 / (4 * sqrt(2 pi))
}

TEST(Kind, IsReadFromTheFirstBytes) {
  using namespace std::string_literals;
  EXPECT_EQ(kind_of(vector_picture("cm_420.jpg")), "jpeg");
  EXPECT_EQ(kind_of(vector_picture("cm_rgb.bmp")), "bmp");
  EXPECT_EQ(kind_of(vector_picture("cm_rgb.tif")), "tiff");
  EXPECT_EQ(kind_of("\0\0\0\x18"s + "ftypmp42"), "video");
  EXPECT_EQ(kind_of("\0\0\0\x18"s + "ftypheic"), "heic");
  EXPECT_EQ(kind_of("\0\0\0\x18"s + "ftypavif"), "avif");
  EXPECT_EQ(kind_of("\0\0\0\x18"s + "ftypmif1\0\0\0\0mif1avif"s), "avif");
  EXPECT_EQ(kind_of("\0\0\0\x18"s + "ftypcrx "), "other");
  EXPECT_EQ(kind_of("RIFF\x10\0\0\0AVI LIST"s), "video");
  EXPECT_EQ(kind_of("RIFF"), "other");
  EXPECT_EQ(kind_of(""), "other");
}

}  // namespace
}  // namespace hotline::media
