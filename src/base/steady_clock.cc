#include "base/steady_clock.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/log.h"

namespace hotline {

namespace {

using namespace std::chrono_literals;

// A time server slews by milliseconds a second and steps by less than this in daily life.
constexpr microseconds kFollowed = 2s;
constexpr int kSlewMax = 1000;  // One millisecond a second.
constexpr microseconds kLeapMax = std::chrono::days(366);
constexpr microseconds kKeepEvery = 1min;

microseconds size_of(microseconds span) {
  return span < microseconds(0) ? -span : span;
}

}  // namespace

SteadyClock::Sources SteadyClock::machine() {
  Sources sources;
  sources.wall = [] { return SystemClock().now(); };
  sources.since_boot = [] {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return microseconds(std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000);
  };
  std::ifstream("/proc/sys/kernel/random/boot_id") >> sources.boot;
  return sources;
}

SteadyClock::SteadyClock(std::string file, Sources sources)
    : file_(std::move(file)), sources_(std::move(sources)) {
  anchor_ = sources_.wall();
  anchor_boot_ = sources_.since_boot();
  recall();
  last_ = anchor_;
  kept_ = Instant{};
}

/// Of the same start of the machine the anchor is exact; after another one it bounds the time.
void SteadyClock::recall() {
  if (file_.empty()) return;
  std::string boot;
  std::int64_t wall = 0, since_boot = 0;
  if (!(std::ifstream(file_) >> boot >> wall >> since_boot)) return;
  if (boot == sources_.boot && microseconds(since_boot) <= anchor_boot_) {
    anchor_ = instant(wall) + (anchor_boot_ - microseconds(since_boot));
  } else if (anchor_ < instant(wall) || anchor_ > instant(wall) + kLeapMax) {
    anchor_ = instant(wall);
  }
}

void SteadyClock::keep(Instant now) const {
  if (file_.empty() || (now - kept_ < kKeepEvery && kept_ <= now)) return;
  kept_ = now;
  const std::string fresh = file_ + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << (sources_.boot.empty() ? "-" : sources_.boot) << ' ' << us(now) << ' '
        << sources_.since_boot().count() << '\n';
    if (!out) return;  // A full disk: the last minute's anchor stays.
  }
  (void)std::rename(fresh.c_str(), file_.c_str());
}

Instant SteadyClock::now() const {
  const std::lock_guard guard(lock_);
  const microseconds boot = sources_.since_boot();
  const Instant counted = anchor_ + (boot - anchor_boot_);
  const Instant wall = sources_.wall();
  const microseconds off = wall - counted;
  if (size_of(off) <= kFollowed) {
    // Our count follows slowly: a clock that is set back a little every second is no clock.
    const microseconds most = (boot - anchor_boot_) / kSlewMax;
    anchor_ = counted + std::clamp(off, -most, most);
    anchor_boot_ = boot;
    held_back_ = microseconds(0);
  } else {
    if (held_back_ == microseconds(0))
      log::trouble("clock_jumped",
                   {{"seconds", std::chrono::duration_cast<std::chrono::seconds>(off).count()}});
    held_back_ = off;
  }
  last_ = std::max(last_, held_back_ == microseconds(0) ? wall : counted);
  keep(last_);
  return last_;
}

microseconds SteadyClock::held_back() const {
  (void)now();
  const std::lock_guard guard(lock_);
  return held_back_;
}

}  // namespace hotline
