#include "media/luma_hash.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "media/codecs/decode.h"
#include "media/codecs/encode.h"
#include "media/codecs/luma_look.h"
#include "media/preview.h"
#include "media/tent_filter.h"
#include "media/vectors.h"

namespace hotline::media {
namespace {

/// Grey, so that its brightness is exact.
Picture noise(int width, int height, unsigned seed) {
  Picture picture = make_picture(width, height);
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < picture.samples.size(); i += 3)
    std::fill_n(picture.samples.begin() + static_cast<std::ptrdiff_t>(i), 3,
                static_cast<std::uint8_t>(random()));
  return picture;
}

/// Soft hills: hashes of noise say nothing.
Picture hills(int width, int height) {
  Picture picture = make_picture(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double wave = std::sin(x * 9.0 / width + y * 4.0 / height) +
                          std::cos(y * 13.0 / height - x * 3.0 / width) +
                          std::sin(static_cast<double>(x) * y * 40.0 / width / height);
      for (int i = 0; i < 3; ++i)
        picture.row(y)[3 * x + i] = static_cast<std::uint8_t>(127 + 40 * wave);
    }
  }
  return picture;
}

std::vector<std::uint8_t> luma_of(const Picture& picture, int y) {
  std::vector<std::uint8_t> line;
  for (int x = 0; x < picture.width; ++x) line.push_back(picture.row(y)[3 * x]);
  return line;
}

Grid folded(const Picture& picture) {
  FoldedFilter filter(picture.width, picture.height);
  for (int y = 0; y < picture.height; ++y) filter.row(luma_of(picture, y).data());
  return filter.finish();
}

float worst(const Grid& a, const Grid& b) {
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

LumaHashes hashes_of(const Picture& picture, int orientation) {
  LumaHash hash(picture.width, picture.height, orientation);
  for (int y = 0; y < picture.height; ++y) hash.row(luma_of(picture, y).data());
  return hash.finish();
}

TEST(FoldedFilter, IsTheTentFilterButForRounding) {
  std::mt19937 random(3);
  for (unsigned round = 0; round < 40; ++round) {
    const unsigned most = round % 8 == 0 ? 1500 : 300;
    const int width = 5 + static_cast<int>(random() % most);
    const Picture picture = noise(width, 5 + static_cast<int>(random() % 300), round);
    // The exact form's running sums drift by some thousandths.
    EXPECT_LT(worst(folded(picture), tent_filter(picture)), 0.02f)
        << picture.width << " x " << picture.height;
  }
}

TEST(FoldedFilter, EveryKindOfProcessorGivesTheSameFloats) {
  for (const auto& [width, height] : {std::pair{513, 77}, {64, 65}, {5, 5}, {130, 9}, {1027, 33}}) {
    const Picture picture = noise(width, height, 5);
    hwy::SetSupportedTargetsForTest(0);
    const Grid usual = folded(picture);
    for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
      hwy::SetSupportedTargetsForTest(left & -left);
      EXPECT_EQ(folded(picture), usual) << hwy::TargetName(left & -left);
      hwy::SetSupportedTargetsForTest(0);
    }
  }
}

TEST(FoldedFilter, RowsThatDoNotComeAreBlack) {
  Picture picture = noise(300, 200, 6);
  FoldedFilter filter(picture.width, picture.height);
  for (int y = 0; y < 120; ++y) filter.row(luma_of(picture, y).data());
  std::fill(picture.row(120), picture.samples.data() + picture.samples.size(), 0);
  EXPECT_LT(worst(filter.finish(), tent_filter(picture)), 0.02f);
}

TEST(LumaHash, IsTheStrictHashWithinTwoBits) {
  for (const auto& [width, height] : {std::pair{128, 128}, {400, 300}, {513, 200}, {1301, 977}}) {
    const Picture picture = hills(width, height);
    const LumaHashes fast = hashes_of(picture, 1);
    const Dihedral strict = pdq_dihedral(picture);
    const auto turns = all_of(strict), fast_turns = all_of(fast.turns);
    for (std::size_t i = 0; i < turns.size(); ++i)
      EXPECT_LE(hamming(turns[i], fast_turns[i]), 2) << kTurnNames[i] << ' ' << width;
    const Pdq nn512 = pdq_nn512(picture);
    EXPECT_LE(hamming(nn512.bits, fast.nn512.bits), 2) << width;
    EXPECT_NEAR(nn512.quality, fast.nn512.quality, 1);
    EXPECT_NEAR(strict.quality, fast.turns.quality, 1);
    EXPECT_FALSE(fast.full_shown.has_value());
  }
}

TEST(LumaHash, TheUprightPictureIsHashedWithoutBeingMade) {
  const Picture picture = hills(417, 290);
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const auto shown = hashes_of(picture, orientation).full_shown;
    ASSERT_TRUE(shown.has_value());
    EXPECT_LE(hamming(shown->bits, pdq_full(upright(picture, orientation)).bits), 2) << orientation;
  }
}

TEST(LumaLook, AJpegsOwnBrightnessIsWithinTwoBitsOfItsColours) {
  int looked = 0, far = 0;
  for (const auto& row : vector_rows("pdq.csv")) {
    if (!row[0].ends_with(".jpg")) continue;
    const std::string bytes = vector_picture(row[0]);
    const auto look = look_at_luma(bytes, {}, 0);
    if (!look) {
      const int least = std::min(std::stoi(row[2]), std::stoi(row[3]));
      EXPECT_TRUE(row[0].find("cmyk") != std::string::npos || least < LumaHash::kSideMin) << row[0];
      continue;
    }
    const auto full = parse_pdq(row[4]), nn512 = parse_pdq(row[6]);
    ASSERT_TRUE(full && nn512 && look->trouble.empty());
    const int distance = std::max(hamming(*full, look->hashes.turns.original),
                                  hamming(*nn512, look->hashes.nn512.bits));
    EXPECT_LE(distance, 8) << row[0];  // What the description allows for another decoder.
    far += distance > 2 ? 1 : 0;
    ++looked;
    const Decoded decoded = decode(bytes);
    EXPECT_EQ(look->orientation, decoded.orientation);
    EXPECT_LE(hamming(look->hashes.turns.original, pdq_full(decoded.picture).bits), 2) << row[0];
    if (look->hashes.full_shown) {
      const Picture shown = upright(decoded.picture, decoded.orientation);
      EXPECT_LE(hamming(look->hashes.full_shown->bits, pdq_full(shown).bits), 2) << row[0];
    }
  }
  EXPECT_GE(looked, 8);
  EXPECT_LE(far * 10, looked * 2);
}

TEST(LumaLook, ThePreviewHasTheColoursOfThePicture) {
  for (const char* name : {"cm_420.jpg", "cm_grey.jpg", "exif_6.jpg"}) {
    const std::string bytes = vector_picture(name);
    const auto look = look_at_luma(bytes, {}, 200);
    const auto without = look_at_luma(bytes, {}, 0);
    ASSERT_TRUE(look && without) << name;
    EXPECT_EQ(look->hashes.turns.original, without->hashes.turns.original) << name;
    const Decoded decoded = decode(bytes);
    const Picture plain = upright(shrunk(decoded.picture, 200), decoded.orientation);
    ASSERT_EQ(look->raster.width, plain.width) << name;
    ASSERT_EQ(look->raster.samples.size(), plain.samples.size()) << name;
    int most = 0;
    for (std::size_t i = 0; i < plain.samples.size(); ++i)
      most = std::max(most, std::abs(plain.samples[i] - look->raster.samples[i]));
    EXPECT_LE(most, 8) << name;  // Colours that were cut off at their ends before the mean.
  }
}

TEST(LumaLook, AnEarlyEndIsBlackAsInTheOtherWay) {
  const std::string whole = *encode_jpeg(hills(400, 300), 90);
  const std::string half = whole.substr(0, whole.size() / 2);
  const auto look = look_at_luma(half, {}, 400);
  ASSERT_TRUE(look && look->trouble.empty());
  const Decoded decoded = decode(half);
  EXPECT_LE(hamming(look->hashes.turns.original, pdq_full(decoded.picture).bits), 4);
  // Those without a size are for decode() to name.
  EXPECT_FALSE(look_at_luma(whole.substr(0, 12), {}, 0).has_value());
  EXPECT_FALSE(look_at_luma(whole, {.pixels_max = 1000}, 0).has_value());
}

}  // namespace
}  // namespace hotline::media
