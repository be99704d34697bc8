#include "range/pictures.h"

#include <gtest/gtest.h>

#include <vector>

#include "media/codecs/decode.h"
#include "media/pdq.h"

namespace hotline::range {
namespace {

constexpr int kNear = 31;  // docs/formats/known-hashes.md

TEST(Pictures, TheSameSeedGivesTheSamePicture) {
  for (const std::uint64_t seed : {1, 2, 3, 1000})
    EXPECT_EQ(draw(seed).samples, draw(seed).samples);
  EXPECT_NE(draw(1).samples, draw(2).samples);
}

TEST(Pictures, EveryFormOfACopyIsNearItsOriginal) {
  for (const std::uint64_t seed : {1, 2, 6, 8, 1001, 1002}) {
    const auto original = media::pdq_full(draw(seed));
    EXPECT_GE(original.quality, 50) << seed;
    for (const auto form : kForms) {
      const auto file = make_file(seed, form);
      ASSERT_TRUE(file);
      const auto decoded = media::decode(file->bytes);
      ASSERT_EQ(decoded.trouble, "") << form;
      EXPECT_LE(media::hamming(media::pdq_full(decoded.picture).bits, original.bits), kNear)
          << seed << " " << form;
    }
  }
}

TEST(Pictures, NoTwoSeedsOfTheRangeLookAlike) {
  std::vector<std::pair<std::uint64_t, media::PdqBits>> hashes;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) hashes.emplace_back(seed, media::PdqBits{});
  for (std::uint64_t seed = 1000; seed < 1150; ++seed) hashes.emplace_back(seed, media::PdqBits{});
  for (auto& [seed, bits] : hashes) {
    const auto hash = media::pdq_full(draw(seed));
    bits = hash.bits;
    EXPECT_GE(hash.quality, 50) << seed;
  }
  for (const auto& [a, bits_a] : hashes)
    for (const auto& [b, bits_b] : hashes) {
      if (a >= b) continue;
      EXPECT_GT(media::hamming(bits_a, bits_b), kNear) << a << " and " << b;
    }
}

TEST(Pictures, AFormThatNobodyKnowsIsRefused) {
  EXPECT_EQ(make_file(1, "hologram").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace hotline::range
