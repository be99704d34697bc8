#include "matching/benign.h"

#include <gtest/gtest.h>

#include "matching/cluster.h"

namespace hotline::matching {
namespace {

Hash256 balanced(std::uint64_t seed) {
  return {{seed * 0x9E3779B97F4A7C15ULL, ~(seed * 0x9E3779B97F4A7C15ULL),
           seed * 0xD1B54A32D192ED03ULL, ~(seed * 0xD1B54A32D192ED03ULL)}};
}

std::string near(Hash256 hash, int bits) {
  for (int i = 0; i < bits; ++i) hash.words[static_cast<std::size_t>(i) % 4] ^= 1ULL << i;
  return hash.hex();
}

const BenignSet kSet =
    *BenignSet::parse("# harmless\n" + balanced(1).hex() + "\n\n" + balanced(2).hex() + "\n");

TEST(Benign, AHashNearAHarmlessPictureIsRefusedTurnedToo) {
  EXPECT_EQ(kSet.size(), 2U);
  EXPECT_EQ(kSet.check(near(balanced(1), 31), 80, 0), PdqRefusal::benign);
  EXPECT_EQ(kSet.check(near(balanced(1), 33), 80, 0), PdqRefusal::none);
  for (const auto& way : turned(balanced(2)))
    EXPECT_EQ(kSet.check(way.hex(), 80, 0), PdqRefusal::benign);
}

TEST(Benign, LowQualityAndWhatIsNoHashAreRefused) {
  EXPECT_EQ(kSet.check(balanced(3).hex(), kQualityMin - 1, 0), PdqRefusal::low_quality);
  EXPECT_EQ(kSet.check("", 100, 0), PdqRefusal::low_quality);
  EXPECT_EQ(kSet.check(Hash256{}.hex(), 100, 0), PdqRefusal::low_quality);
}

TEST(Benign, AHashThatSaysTooLittleIsRefused) {
  EXPECT_EQ(kSet.check(balanced(3).hex(), 80, kNeighboursMax), PdqRefusal::none);
  EXPECT_EQ(kSet.check(balanced(3).hex(), 80, kNeighboursMax + 1), PdqRefusal::over_general);
  EXPECT_EQ(kSet.check(std::string(60, 'f') + "0000", 80, 0), PdqRefusal::over_general);
}

TEST(Benign, AWrongLineIsNamedByItsNumber) {
  const auto set = BenignSet::parse("# one\nnot a hash\n");
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().sentence.find("Line 2"), std::string::npos);
}

TEST(Benign, TheSetThatIsShippedLoadsAndIsLarge) {
  const auto set = BenignSet::load(HOTLINE_SOURCE_DIR "/policy/benign.pdq");
  ASSERT_TRUE(set) << set.error().sentence;
  EXPECT_GE(set->size(), 4000U);
}

}  // namespace
}  // namespace hotline::matching
