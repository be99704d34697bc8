#include "media/pdq.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <filesystem>
#include <map>
#include <random>

#include "base/crypto.h"
#include "base/text.h"
#include "media/codecs/decode.h"
#include "media/tent_filter.h"
#include "media/vectors.h"

namespace hotline::media {
namespace {

PdqBits bits(const std::string& hex) {
  const auto parsed = parse_pdq(hex);
  EXPECT_TRUE(parsed.has_value()) << hex;
  return parsed.value_or(PdqBits{});
}

std::string pixel_digest(const Picture& picture) {
  return hex(crypto::sha256(std::string_view(reinterpret_cast<const char*>(picture.samples.data()),
                                             picture.samples.size())));
}

TEST(Pdq, EveryVectorHasItsHashInBothProfiles) {
  const auto rows = vector_rows("pdq.csv");
  ASSERT_GE(rows.size(), 80u);
  int exact = 0;
  for (const auto& row : rows) {
    const Decoded decoded = decode(vector_picture(row[0]));
    ASSERT_EQ(decoded.trouble, "") << row[0];
    EXPECT_EQ(std::to_string(decoded.picture.width), row[2]) << row[0];
    EXPECT_EQ(std::to_string(decoded.picture.height), row[3]) << row[0];
    const int tolerance = std::stoi(row[8]);
    const Pdq full = pdq_full(decoded.picture), nn512 = pdq_nn512(decoded.picture);
    EXPECT_LE(hamming(full.bits, bits(row[4])), tolerance) << row[0];
    EXPECT_LE(hamming(nn512.bits, bits(row[6])), tolerance) << row[0];
    // Another JPEG decoder may move the quality by a step; the same pixels may not.
    EXPECT_NEAR(full.quality, std::stoi(row[5]), tolerance == 8 ? 1 : 0) << row[0];
    EXPECT_NEAR(nn512.quality, std::stoi(row[7]), tolerance == 8 ? 1 : 0) << row[0];
    if (tolerance == 0) {
      EXPECT_EQ(text(full.bits), row[4]) << row[0];
      EXPECT_EQ(text(nn512.bits), row[6]) << row[0];
      ++exact;
    }
  }
  EXPECT_GE(exact, 64);
}

TEST(Pdq, TheDecodersGiveTheNormalisedPixels) {
  const auto rows = vector_rows("pixels.csv");
  ASSERT_GE(rows.size(), 80u);
  for (const auto& row : rows) {
    const Decoded decoded = decode(vector_picture(row[0]));
    EXPECT_EQ(pixel_digest(decoded.picture), row[1]) << row[0];
  }
}

/// One picture in every way that a file can hold it.
TEST(Pdq, TheColourModeOfAFileMovesAtMostTwelveBits) {
  const auto base = pdq_full(decode(vector_picture("cm_rgb.png")).picture).bits;
  const auto grey = pdq_full(decode(vector_picture("cm_grey.png")).picture).bits;
  EXPECT_LE(hamming(base, grey), 12);
  int files = 0;
  const std::string folder = std::string(HOTLINE_SOURCE_DIR) + "/tests/media/vectors/pictures";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("cm") || name.starts_with("cm_1bit") || name.starts_with("cm_turned"))
      continue;  // 1 bit is another picture; the turned one is looked at below.
    const Decoded decoded = decode(vector_picture(name));
    EXPECT_EQ(decoded.trouble, "") << name;
    const Pdq pdq = pdq_full(decoded.picture);
    EXPECT_LE(hamming(pdq.bits, base), 12) << name;
    ++files;
  }
  EXPECT_GE(files, 28);
  // 1 bit a pixel: less than the threshold at which two pictures count as one.
  EXPECT_LE(hamming(pdq_full(decode(vector_picture("cm_1bit.png")).picture).bits, base), 31);
}

/// The turn of a HEIF file is no metadata: it is part of the picture, and applied.
TEST(Pdq, HeifIsTurnedAsItsContainerSays) {
  const Picture plain = decode(vector_picture("cm_rgb.png")).picture;
  const Decoded turned = decode(vector_picture("cm_turned.avif"));
  EXPECT_EQ(turned.kind, "avif");
  EXPECT_EQ(turned.picture.width, plain.height);
  EXPECT_LE(hamming(pdq_full(turned.picture).bits, pdq_full(upright(plain, 8)).bits), 12);
}

TEST(Pdq, TheEightTurnsAreDerivedAsTheReferenceDoes) {
  std::map<std::string, std::map<std::string, std::string>> wanted;
  for (const auto& row : vector_rows("dihedral.csv")) wanted[row[0]][row[1]] = row[2];
  ASSERT_FALSE(wanted.empty());
  for (auto& [file, hashes] : wanted) {
    const Dihedral turns = pdq_dihedral(decode(vector_picture(file)).picture);
    EXPECT_EQ(text(turns.original), hashes["original"]) << file;
    EXPECT_EQ(text(turns.rotate90), hashes["rotate90"]) << file;
    EXPECT_EQ(text(turns.rotate180), hashes["rotate180"]) << file;
    EXPECT_EQ(text(turns.rotate270), hashes["rotate270"]) << file;
    EXPECT_EQ(text(turns.flipx), hashes["flipx"]) << file;
    EXPECT_EQ(text(turns.flipy), hashes["flipy"]) << file;
    EXPECT_EQ(text(turns.flipplus1), hashes["flipplus1"]) << file;
    EXPECT_EQ(text(turns.flipminus1), hashes["flipminus1"]) << file;
  }
}

TEST(Pdq, ExifOrientationIsIgnoredForTheHashAndRightForTheEye) {
  for (const auto& row : vector_rows("exif.csv")) {
    const Decoded decoded = decode(vector_picture(row[0]));
    EXPECT_EQ(std::to_string(decoded.orientation), row[1]) << row[0];
    EXPECT_LE(hamming(pdq_full(decoded.picture).bits, bits(row[2])), 8) << row[0];
    const Picture turned = upright(decoded.picture, decoded.orientation);
    EXPECT_LE(hamming(pdq_full(turned).bits, bits(row[4])), 8) << row[0];
  }
}

/// The filter written down plainly, without streaming and lanes: the two must agree bit by bit.
std::vector<float> box(const std::vector<float>& in, int full) {
  const int n = static_cast<int>(in.size()), half = (full + 2) / 2;
  std::vector<float> out;
  float sum = 0;
  int size = 0, right = 0, left = 0;
  const auto give = [&] { out.push_back(sum / static_cast<float>(size)); };
  for (int i = 0; i < half - 1; ++i, ++size) sum += in[static_cast<std::size_t>(right++)];
  for (int i = 0; i < full - half + 1; ++i) {
    sum += in[static_cast<std::size_t>(right++)];
    ++size;
    give();
  }
  for (int i = 0; i < n - full; ++i) {
    sum += in[static_cast<std::size_t>(right++)];
    sum -= in[static_cast<std::size_t>(left++)];
    give();
  }
  for (int i = 0; i < half - 1; ++i) {
    sum -= in[static_cast<std::size_t>(left++)];
    --size;
    give();
  }
  return out;
}

Grid plain_filter(const Picture& picture) {
  const auto width = static_cast<std::size_t>(picture.width);
  const auto height = static_cast<std::size_t>(picture.height);
  std::vector<std::vector<float>> rows(height, std::vector<float>(width));
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::uint8_t* p = picture.row(static_cast<int>(y)) + 3 * x;
      rows[y][x] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
    }
  }
  for (int round = 0; round < 2; ++round) {
    for (auto& row : rows) row = box(row, (picture.width + 127) / 128);
    for (std::size_t x = 0; x < width; ++x) {
      std::vector<float> column(height);
      for (std::size_t y = 0; y < height; ++y) column[y] = rows[y][x];
      column = box(column, (picture.height + 127) / 128);
      for (std::size_t y = 0; y < height; ++y) rows[y][x] = column[y];
    }
  }
  Grid grid;
  for (std::size_t i = 0; i < kGrid; ++i) {
    for (std::size_t j = 0; j < kGrid; ++j) {
      grid[i * kGrid + j] = rows[static_cast<std::size_t>((double(i) + 0.5) * double(height) / 64)]
                                [static_cast<std::size_t>((double(j) + 0.5) * double(width) / 64)];
    }
  }
  return grid;
}

TEST(TentFilter, StreamingGivesTheSameFloatsAsThePlainForm) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const bool large = round % 10 == 0;
    Picture picture = make_picture(5 + static_cast<int>(random() % (large ? 900 : 300)),
                                   5 + static_cast<int>(random() % (large ? 900 : 300)));
    for (auto& sample : picture.samples) sample = static_cast<std::uint8_t>(random());
    EXPECT_EQ(tent_filter(picture), plain_filter(picture))
        << picture.width << " x " << picture.height;
  }
}

TEST(TentFilter, EveryKindOfProcessorGivesTheSameFloats) {
  std::mt19937 random(8);
  const std::int64_t all = hwy::SupportedTargets();
  int kinds = 0;
  for (const auto& [width, height] : {std::pair{513, 77}, {64, 65}, {5, 5}, {130, 9}, {1027, 33}}) {
    Picture picture = make_picture(width, height);
    for (auto& sample : picture.samples) sample = static_cast<std::uint8_t>(random());
    const Grid plain = plain_filter(picture);
    for (std::int64_t left = all; left != 0; left &= left - 1) {
      hwy::SetSupportedTargetsForTest(left & -left);
      EXPECT_EQ(tent_filter(picture), plain) << hwy::TargetName(left & -left);
      ++kinds;
    }
    hwy::SetSupportedTargetsForTest(0);
  }
  EXPECT_GE(kinds, 5);
}

TEST(Pdq, TextGoesThereAndBack) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 100; ++i) {
    const PdqBits any{{random(), random(), random(), random()}};
    EXPECT_EQ(parse_pdq(text(any)), any);
    EXPECT_EQ(hamming(any, any), 0);
  }
  EXPECT_EQ(text(PdqBits{{1, 0, 0, 0}}), std::string(63, '0') + "1");
  EXPECT_EQ(parse_pdq(std::string(64, 'F')), (PdqBits{{~0ull, ~0ull, ~0ull, ~0ull}}));
  EXPECT_FALSE(parse_pdq(std::string(63, '0')));
  EXPECT_FALSE(parse_pdq(std::string(32, '0')));
  EXPECT_FALSE(parse_pdq(std::string(63, '0') + "g"));
}

TEST(Pdq, TooSmallAPictureHashesToZero) {
  EXPECT_TRUE(pdq_full(make_picture(4, 300)).bits.zero());
  EXPECT_EQ(pdq_full(make_picture(4, 300)).quality, 0);
  EXPECT_TRUE(pdq_nn512(Picture{}).bits.zero());
}

}  // namespace
}  // namespace hotline::media
