// What we say against what is so: many hosts, weeks of a fake clock, our own parts failing.
//
// The default run is two and a half days with everything failing in turn. HOTLINE_TRUTH_DAYS=42 and
// HOTLINE_TRUTH_FAULTS=all play each fault by itself over six weeks (tests/long/takedown-truth).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "range/behaviours.h"
#include "scenarios/story.h"

namespace hotline::scenarios {
namespace {

using namespace std::chrono_literals;

struct Window {
  double from, to;
};

/// One of our own parts, and how it is broken and mended.
struct Fault {
  std::string name;
  std::vector<Window> windows;
  std::function<void(Story&)> breaks, mends;
};

std::vector<Window> every(double period, double first, double lasts, double end) {
  std::vector<Window> windows;
  for (double at = first; at < end; at += period) windows.push_back({at, at + lasts});
  return windows;
}

std::vector<Fault> faults(double end) {
  const auto world = [](bool World::* part, bool value) {
    return [part, value](Story& story) { story.world().*part = value; };
  };
  const auto broken = [&](std::string name, bool World::* part, std::vector<Window> windows) {
    return Fault{std::move(name), std::move(windows), world(part, true), world(part, false)};
  };
  const auto jump = [](std::string name, microseconds by, std::vector<Window> windows) {
    return Fault{std::move(name), std::move(windows), [by](Story& s) { s.wall_jumps(by); },
                 [by](Story& s) { s.wall_jumps(-by); }};
  };
  constexpr auto kTenYears = std::chrono::days(3653);
  return {
      {"nothing", {}, [](Story&) {}, [](Story&) {}},
      broken("network", &World::we_are_down, every(97, 4.5, 11, end)),
      broken("resolver", &World::resolver_lies, every(83, 5.2, 9, end)),
      broken("portal", &World::portal_in_between, every(71, 6.3, 8, end)),
      broken("jail", &World::jail_is_down, every(61, 3.1, 7, end)),
      broken("browser", &World::browser_is_down, every(120, 8, 60, end)),
      broken("second", &World::second_is_down, every(150, 5.5, 30, end)),
      broken("mail", &World::mail_is_down, every(90, 3.5, 20, end)),
      {"database", every(110, 29.5, 13, end), [](Story& s) { s.stop_worker(); },
       [](Story& s) { EXPECT_TRUE(s.continue_worker()); }},
      jump("hour_on", 1h, every(130, 4.9, 50, end)),
      jump("hour_back", -1h, every(130, 4.9, 50, end)),
      jump("ten_years_on", kTenYears, every(140, 5.1, 60, end)),
      jump("ten_years_back", -kTenYears, every(140, 5.1, 60, end)),
  };
}

constexpr double kTurn = 4.5;

/// Everything in turn, never two at once.
std::vector<Fault> all_in_turn(double end) {
  std::vector<Fault> turn = faults(end);
  double at = 4.6;
  for (auto& fault : turn) {
    fault.windows.clear();
    if (fault.name == "nothing") continue;
    for (double from = at; from < end; from += kTurn * static_cast<double>(turn.size()))
      fault.windows.push_back({from, from + kTurn / 2});
    at += kTurn;
  }
  return turn;
}

class Truth {
 public:
  Truth(std::string name, std::vector<Fault> faults, double end)
      : name_(std::move(name)),
        faults_(std::move(faults)),
        end_(end),
        habits_(range::host_habits()) {}

  void play() {
    begin();
    for (double at = 0; at < end_; at += kStep) {
      for (auto& fault : faults_) switch_fault(fault, at);
      ASSERT_TRUE(story_.wait(microseconds(static_cast<std::int64_t>(kStep * 3600e6))));
      compare();
    }
    std::printf(
        "truth %-15s hosts=%zu days=%.0f looks=%d removed=%d false_removed=%d missed=%d "
        "missed_returns=%d not_asked=%d\n",
        name_.c_str(), habits_.size(), end_ / 24, story_.world().looks, removed_, false_, missed_,
        returns_, not_asked_);
    EXPECT_EQ(false_, 0);
    EXPECT_EQ(missed_, 0);
    EXPECT_EQ(returns_, 0);
    EXPECT_EQ(not_asked_, 0);
  }

 private:
  static constexpr double kStep = 0.5;

  void say(const std::string& line) {
    const Done done = story_.say(line);
    ASSERT_TRUE(done) << line << ": " << done.error().sentence;
  }

  void begin() {
    say("setting liveness.second_program elsewhere");
    say("setting takedown.contact_hourly_max 1000");
    say("at 2030-03-04T09:00Z ; person anna analyst");
    say("network 192.0.2.0/24 NL abuse=abuse@isp.example handle=NET-A parent=NET-UP");
    say("network 198.51.100.0/24 SE abuse=abuse@upstream.example handle=NET-UP");
    const Instant start = story_.now();
    story_.world().hour = [this, start] {
      return std::chrono::duration<double, std::ratio<3600>>(story_.now() - start).count();
    };
    for (const auto& habit : habits_) {
      story_.world().behaviours[habit.name + ".example"] = habit.answers;
      say("dns " + habit.name + ".example 192.0.2.7");
      say("report " + habit.name + " " + range::habit_address(habit));
      say("assess " + habit.name + " actionable A 7-10 girl by anna");
    }
  }

  void switch_fault(Fault& fault, double at) {
    for (const auto& window : fault.windows) {
      if (window.from >= at && window.from < at + kStep) fault.breaks(story_);
      if (window.to >= at && window.to < at + kStep) fault.mends(story_);
    }
  }

  /// Hours between the two in which one of our parts was broken, and a little for coming back.
  double excused(double from, double to) const {
    double hours = 0;
    for (const auto& fault : faults_)
      for (const auto& window : fault.windows) {
        const double overlap = std::min(to, window.to + 1.2) - std::max(from, window.from - 0.6);
        hours += std::max(0.0, overlap);
      }
    return hours;
  }

  void compare() {
    const auto notices = story_.all_notices();
    ASSERT_TRUE(notices);
    const double now = story_.world().hour();
    for (const auto& habit : habits_) {
      const takedown::Notice* last = nullptr;
      for (const auto& notice : *notices)
        if (notice.locations.front() == range::habit_address(habit)) last = &notice;
      ASSERT_NE(last, nullptr) << habit.name;
      compare_one(habit, *last, now);
    }
  }

  void compare_one(const range::HostHabit& habit, const takedown::Notice& notice, double now) {
    State& state = states_[habit.name];
    const bool removed = notice.state == takedown::NoticeState::removed;
    const bool present = habit.present(now);
    if (present != state.present) state.since = now;
    state.present = present;
    if (removed && !state.removed) {
      ++removed_;
      const double closed =
          now -
          std::chrono::duration<double, std::ratio<3600>>(story_.now() - *notice.closed_at).count();
      if (habit.present(closed) || habit.person) {
        ++false_;
        ADD_FAILURE() << name_ << ": " << habit.name << " called removed at hour " << closed
                      << " though it is there";
      }
    }
    state.removed = removed;
    const double late = now - state.since - excused(state.since, now);
    if (!removed && !present && !habit.person && late > habit.within && !state.told) {
      state.told = true;
      ++missed_;
      ADD_FAILURE() << name_ << ": " << habit.name << " gone since hour " << state.since << ", now "
                    << now << ", still " << name(notice.state) << " " << notice.trouble;
    }
    if (removed && present && late > habit.return_within && !state.told) {
      state.told = true;
      ++returns_;
      ADD_FAILURE() << name_ << ": " << habit.name << " is back since hour " << state.since;
    }
    if (habit.person && now > 16 + 3 + excused(0, now) && notice.trouble.empty() && !state.told) {
      state.told = true;
      ++not_asked_;
      ADD_FAILURE() << name_ << ": " << habit.name << ": nobody is asked at hour " << now;
    }
  }

  struct State {
    bool present = true, removed = false, told = false;
    double since = 0;
  };
  std::string name_;
  std::vector<Fault> faults_;
  double end_;
  std::vector<range::HostHabit> habits_;
  Story story_{""};
  std::map<std::string, State> states_;
  int removed_ = 0, false_ = 0, missed_ = 0, returns_ = 0, not_asked_ = 0;
};

double days() {
  const char* wanted = std::getenv("HOTLINE_TRUTH_DAYS");
  return wanted == nullptr ? 2.5 : std::atof(wanted);
}

TEST(Truth, NothingIsFalselyRemovedAndNothingMissedWhateverOfOursFails) {
  EXPECT_GE(range::host_habits().size(), 40u);
  const double end = days() * 24;
  if (const char* wanted = std::getenv("HOTLINE_TRUTH_FAULTS")) {
    for (auto& fault : faults(end)) {
      if (std::string(wanted) != "all" && fault.name != wanted) continue;
      const std::string name = fault.name;
      Truth(name, {std::move(fault)}, end).play();
    }
    return;
  }
  Truth("all in turn", all_in_turn(end), end).play();
}

}  // namespace
}  // namespace hotline::scenarios
