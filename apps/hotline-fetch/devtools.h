// DevTools: JSON calls and events over Chromium's --remote-debugging-pipe.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace hotline::fetch {

class DevTools {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  DevTools(int requests, int answers) : requests_(requests), answers_(answers) {}

  /// The member "result" of the answer. Error `unavailable` at the deadline, if the browser
  /// ended, or if it refused.
  Result<json::value> call(std::string_view method, json::object parameters, TimePoint until);
  /// Waits for an event; those that came during calls count. True once it came.
  bool wait_for(std::string_view event, TimePoint until);
  /// All calls from now on are for this page.
  void use_session(std::string session) { session_ = std::move(session); }
  /// Called for each event with its name and parameters, before wait_for() sees it.
  void on_event(std::function<void(std::string_view, const json::value&)> watcher) {
    watcher_ = std::move(watcher);
  }
  /// As if the events so far had not come.
  void forget_events() { events_.clear(); }

 private:
  Done send(const json::object& message, TimePoint until);
  Result<json::value> receive(TimePoint until);
  void take_event(const json::value& message, TimePoint until);

  int requests_, answers_;
  std::string session_;
  std::string buffer_;
  std::int64_t last_id_ = 0;
  std::deque<std::string> events_;
  std::function<void(std::string_view, const json::value&)> watcher_;
};

}  // namespace hotline::fetch
