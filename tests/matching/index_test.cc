#include "matching/index.h"

#include <gtest/gtest.h>

namespace hotline::matching {
namespace {

Digests sha256_of(std::uint8_t byte) {
  Digests digests;
  digests.sha256.emplace().fill(byte);
  return digests;
}

Hash256 picture(std::uint64_t bits) {
  return {{bits, 0x123456789abcdefULL, 7, 9}};
}

TEST(Index, AnAllowedEntryWinsOverWhatIsNoNearer) {
  const auto index = *Index::in_memory();
  ASSERT_TRUE(index->set_lists({{"known"}, {"innocent", 31, 50, true}}));
  ASSERT_TRUE(index->apply(std::vector<Change>{
      {{1, 0, picture(0), 90, sha256_of(1), "A", "r-1"}},
      {{2, 0, picture(0xff), 90, {}, "A", "r-2"}},
      {{3, 1, picture(0xf), 90, {}, "", "wallpaper"}},
  }));
  const Hash256 asked = picture(0xf);
  const Answer answer = index->answer({.pictures = {&asked, 1}});
  ASSERT_TRUE(answer.allowed);
  EXPECT_EQ(answer.allowed->id, 3U);
  EXPECT_TRUE(answer.hits.empty());

  const Hash256 at_the_hit = picture(0);
  EXPECT_EQ(index->answer({.pictures = {&at_the_hit, 1}}).hits.size(), 1U)
      << "the entry at distance 0 is nearer than the allowed one at 4; that at 8 is not";
  EXPECT_EQ(index->answer({.pictures = {&asked, 1}, .digests = sha256_of(1)}).hits.size(), 1U)
      << "the same bytes are nearer than any picture";
}

}  // namespace
}  // namespace hotline::matching
