#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "scenarios/story.h"

namespace hotline::scenarios {
namespace {

std::vector<std::string> all_stories() {
  std::vector<std::string> stories;
  for (const auto& entry :
       std::filesystem::directory_iterator(HOTLINE_SOURCE_DIR "/tests/scenarios"))
    if (entry.path().extension() == ".scn") stories.push_back(entry.path().stem());
  std::sort(stories.begin(), stories.end());
  return stories;
}

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, Plays) {
  Story story(std::string(HOTLINE_SOURCE_DIR "/tests/scenarios/") + GetParam() + ".scn");
  const auto trouble = story.play();
  EXPECT_FALSE(trouble) << GetParam() << ".scn, " << *trouble;
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, ::testing::ValuesIn(all_stories()),
                         [](const auto& info) { return info.param; });

TEST(Scenarios, ThereAreAtLeastTwelve) {
  EXPECT_GE(all_stories().size(), 12u);
}

}  // namespace
}  // namespace hotline::scenarios
