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

/// A BMP of 4 x 2 by hand: what a header of 40 bytes says, a palette or masks, rows.
std::string bmp(int bits, int compression, const std::string& between, const std::string& pixels) {
  const auto number = [](std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  };
  const auto start = static_cast<std::uint32_t>(54 + between.size());
  return "BM" + number(start, 4) + number(0, 4) + number(start, 4) + number(40, 4) + number(4, 4) +
         number(2, 4) + number(1, 2) + number(static_cast<std::uint32_t>(bits), 2) +
         number(static_cast<std::uint32_t>(compression), 4) + number(0, 4) + number(0, 8) +
         number(bits <= 8 ? static_cast<std::uint32_t>(between.size() / 4) : 0, 4) + number(0, 4) +
         between + pixels;
}

TEST(Bmp, EveryDepthAndRunsGiveTheSamePixels) {
  using namespace std::string_literals;
  // Blue, green, red, nothing: black, red, green, blue.
  const std::string palette = "\0\0\0\0\0\0\xff\0\0\xff\0\0\xff\0\0\0"s;
  // Upper row: black red green blue; lower row: blue green red black. The file has the lower first.
  const std::vector<std::uint8_t> wanted = {0, 0, 0,   255, 0,   0, 0,   255, 0, 0, 0, 255,
                                            0, 0, 255, 0,   255, 0, 255, 0,   0, 0, 0, 0};
  const std::string masks = "\0\xf8\0\0\xe0\x07\0\0\x1f\0\0\0"s;
  for (const auto& file :
       {bmp(8, 0, palette, "\3\2\1\0\0\1\2\3"s), bmp(4, 0, palette, "\x32\x10\0\0\x01\x23\0\0"s),
        bmp(8, 1, palette, "\1\3\1\2\1\1\1\0\0\0\0\4\0\1\2\3\0\1"s),
        bmp(4, 2, palette, "\4\x32\0\2\0\0\0\4\x01\x23\0\1"s).replace(58 + 12, 4, "\2\x32\2\x10"s),
        bmp(16, 0, "", "\x1f\0\xe0\x03\0\x7c\0\0\0\0\0\x7c\xe0\x03\x1f\0"s),
        bmp(16, 3, masks, "\x1f\0\xe0\x07\0\xf8\0\0\0\0\0\xf8\xe0\x07\x1f\0"s)}) {
    const Decoded decoded = decode(file);
    EXPECT_EQ(decoded.trouble, "");
    EXPECT_EQ(decoded.picture.samples, wanted);
  }
  const Decoded two = decode(bmp(1, 0, palette.substr(0, 8), "\x50\0\0\0\xa0\0\0\0"s));
  EXPECT_EQ(two.picture.samples[0], 255);
  EXPECT_EQ(two.picture.samples[3], 0);
  // A run over the edge, a jump out of the picture and rows without end stay inside.
  for (const auto& runs : {"\xff\1\0\2\xff\xff\4\1"s, std::string(400, '\0'), "\0\xff\1"s, "\0"s})
    EXPECT_LE(decode(bmp(8, 1, palette, runs)).picture.samples.size(), 24u);
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
