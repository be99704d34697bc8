#include "range/films.h"

#include <gtest/gtest.h>

#include "media/kind.h"

namespace hotline::range {
namespace {

TEST(Films, TheSameSeedGivesTheSameFilmAndACopySharesNoByteRun) {
  const auto film = make_film(7, false), again = make_film(7, false), copy = make_film(7, true);
  ASSERT_TRUE(film && again && copy);
  EXPECT_EQ(*film, *again);
  EXPECT_NE(*film, *make_film(8, false));
  EXPECT_LT(copy->size(), film->size());
  EXPECT_EQ(media::kind_of(*film), "video");
  EXPECT_EQ(media::kind_of(*copy), "video");
}

}  // namespace
}  // namespace hotline::range
