// Time, always through a Clock, so that a scenario can run weeks in a second.
//
// Instants are UTC microseconds. Everything stored, sent and counted uses them;
// time zones exist only where a page is rendered.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using std::chrono::microseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
};

/// Stands still until told. Safe to read from several threads.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start) : now_(start.time_since_epoch().count()) {}
  [[nodiscard]] Instant now() const override { return Instant(microseconds(now_.load())); }
  void advance(microseconds by) { now_ += by.count(); }
  void set(Instant to) { now_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_;
};

/// Microseconds since 1970, as stored in the database.
[[nodiscard]] std::int64_t us(Instant at);
[[nodiscard]] Instant instant(std::int64_t microseconds_since_1970);

/// "2030-03-04T09:00:00Z" (RFC 3339, whole seconds, always Z).
[[nodiscard]] std::string rfc3339(Instant at);
/// Accepts what rfc3339() gives, with or without seconds and fraction. Error `invalid` otherwise.
[[nodiscard]] Result<Instant> parse_rfc3339(std::string_view text);
/// "Mon, 04 Mar 2030 09:00:00 +0000" (RFC 5322 date).
[[nodiscard]] std::string rfc5322(Instant at);
/// Rounded down to the hour: stored times of reporters are no finer than this.
[[nodiscard]] Instant whole_hour(Instant at);

/// "90s", "15m", "24h", "7d". Error `invalid` for anything else or a negative number.
[[nodiscard]] Result<microseconds> parse_duration(std::string_view text);

}  // namespace hotline
