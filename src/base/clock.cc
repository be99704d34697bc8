#include "base/clock.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string>

namespace hotline {

namespace {

constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::seconds> time;
  unsigned weekday;
};

Parts parts_of(Instant at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss(seconds - day),
          std::chrono::weekday(day).c_encoding()};
}

/// The number in text[from, from + length), or -1.
int digits(std::string_view text, std::size_t from, std::size_t length) {
  if (from + length > text.size()) return -1;
  int value = 0;
  const char* begin = text.data() + from;
  const auto [end, trouble] = std::from_chars(begin, begin + length, value);
  return trouble == std::errc() && end == begin + length ? value : -1;
}

}  // namespace

Instant SystemClock::now() const {
  return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

std::int64_t us(Instant at) {
  return at.time_since_epoch().count();
}
Instant instant(std::int64_t microseconds_since_1970) {
  return Instant(microseconds(microseconds_since_1970));
}

std::string rfc3339(Instant at) {
  const Parts p = parts_of(at);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(p.date.year()),
                unsigned(p.date.month()), unsigned(p.date.day()), int(p.time.hours().count()),
                int(p.time.minutes().count()), int(p.time.seconds().count()));
  return text;
}

Result<Instant> parse_rfc3339(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorKind::invalid, "This is not a time like 2030-03-04T09:00Z.");
  };
  if (text.size() < 17 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text.back() != 'Z')
    return wrong();
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2);
  int second = 0;
  if (text[16] == ':') second = digits(text, 17, 2);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(unsigned(month)),
                                         std::chrono::day(unsigned(day))};
  if (year < 0 || month < 0 || day < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60)
    return wrong();
  return Instant(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                 std::chrono::minutes(minute) + std::chrono::seconds(second));
}

std::string rfc5322(Instant at) {
  const Parts p = parts_of(at);
  char text[48];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d +0000", kDays[p.weekday],
                unsigned(p.date.day()), kMonths[unsigned(p.date.month()) - 1], int(p.date.year()),
                int(p.time.hours().count()), int(p.time.minutes().count()),
                int(p.time.seconds().count()));
  return text;
}

Instant whole_hour(Instant at) {
  return std::chrono::floor<std::chrono::hours>(at);
}

Result<microseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, std::size_t(text.data() + text.size() - end));
  if (trouble == std::errc() && count >= 0 && count <= 1'000'000'000) {
    if (unit == "ms") return std::chrono::milliseconds(count);
    if (unit == "s") return std::chrono::seconds(count);
    if (unit == "m") return std::chrono::minutes(count);
    if (unit == "h") return std::chrono::hours(count);
    if (unit == "d" && count <= 1'000'000) return std::chrono::days(count);
  }
  return fail(ErrorKind::invalid, "This is not a duration like 90s, 15m, 24h or 7d.");
}

}  // namespace hotline
