#include "base/steady_clock.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline {
namespace {

using namespace std::chrono_literals;
constexpr auto kTenYears = std::chrono::days(3653);

/// A machine whose clock and whose count since boot the test turns.
struct Machine {
  Instant wall = instant(1'900'000'000'000'000);
  microseconds since_boot = 1h;
  std::string boot = "first";
  SteadyClock::Sources sources() {
    return {[this] { return wall; }, [this] { return since_boot; }, boot};
  }
  void passes(microseconds time) {
    wall += time;
    since_boot += time;
  }
};

std::string file() {
  return (std::filesystem::temp_directory_path() / ("steady-" + hex(crypto::random_bytes(6))))
      .string();
}

TEST(SteadyClock, FollowsTheMachineInDailyLife) {
  Machine machine;
  const SteadyClock clock("", machine.sources());
  for (int i = 0; i < 1000; ++i) {
    machine.passes(1min);
    machine.wall += i % 2 == 0 ? 100ms : -50ms;
    EXPECT_LE(clock.now(), machine.wall + 1s);
    EXPECT_GE(clock.now(), machine.wall - 1s);
  }
  EXPECT_EQ(clock.held_back(), 0s);
}

TEST(SteadyClock, AJumpMovesNoDeadlineByASecond) {
  for (const microseconds jump :
       {microseconds(1h), microseconds(-1h), microseconds(kTenYears), microseconds(-kTenYears)}) {
    Machine machine;
    const SteadyClock clock("", machine.sources());
    const Instant start = clock.now();
    machine.passes(10min);
    machine.wall += jump;
    EXPECT_EQ(clock.now() - start, 10min);
    machine.passes(24h);
    EXPECT_EQ(clock.now() - start, 24h + 10min);
    EXPECT_EQ(clock.held_back(), jump);
    machine.wall -= jump;  // Somebody has mended it.
    EXPECT_EQ(clock.now(), machine.wall);
    EXPECT_EQ(clock.held_back(), 0s);
  }
}

TEST(SteadyClock, ASecondBackEverySecondNeverRunsBackwards) {
  Machine machine;
  const SteadyClock clock("", machine.sources());
  Instant before = clock.now();
  const Instant start = before;
  for (int i = 0; i < 3600; ++i) {
    machine.since_boot += 1s;  // The wall stands still.
    EXPECT_GE(clock.now(), before);
    before = clock.now();
  }
  EXPECT_LE(start + 3600s - before, 6s);
}

TEST(SteadyClock, TheAnchorOutlivesTheProgram) {
  const std::string kept = file();
  Machine machine;
  {
    (void)SteadyClock(kept, machine.sources()).now();
  }
  const Instant right = machine.wall;
  machine.passes(5min);
  machine.wall += kTenYears;
  EXPECT_EQ(SteadyClock(kept, machine.sources()).now(), right + 5min);
  // After a start of the machine time does not go back, nor ten years on.
  machine.boot = "second";
  machine.since_boot = 1s;
  EXPECT_EQ(SteadyClock(kept, machine.sources()).now(), right + 5min);
  machine.wall = right - 1h;
  EXPECT_EQ(SteadyClock(kept, machine.sources()).now(), right + 5min);
  machine.boot = "third";
  machine.wall = right + 10h;
  EXPECT_EQ(SteadyClock(kept, machine.sources()).now(), right + 10h);
  std::filesystem::remove(kept);
}

TEST(SteadyClock, ABrokenFileIsNoFile) {
  Machine machine;
  EXPECT_EQ(SteadyClock("/nonexistent/clock", machine.sources()).now(), machine.wall);
}

}  // namespace
}  // namespace hotline
