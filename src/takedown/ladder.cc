#include "takedown/ladder.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "takedown/contact_store.h"

namespace hotline::takedown {

namespace {

constexpr int kAsksMax = 20;
constexpr int kDaysLookedAhead = 60;

std::unexpected<Error> wrong(const std::string& what) {
  return fail(ErrorKind::invalid, "ladder.json " + what);
}

/// "09:30" as minutes of the day. 24:00 is the day's end.
Result<int> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return wrong("has a time that is not HH:MM.");
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    if (text[i] < '0' || text[i] > '9') return wrong("has a time that is not HH:MM.");
  const int minutes =
      ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
  if (minutes > 24 * 60) return wrong("has a time after the end of the day.");
  return minutes;
}

Result<RungRule> rule_of(const json::value& row) {
  RungRule rule;
  TRY(rung, parse_rung(text_at(row, "rung").value_or("")));
  rule.rung = rung;
  rule.asks = static_cast<int>(
      std::clamp<std::int64_t>(integer_at(row, "asks").value_or(1), 0, std::int64_t{kAsksMax}));
  if (const auto wait = text_at(row, "wait")) {
    TRY(time, parse_duration(*wait));
    rule.wait = time;
  }
  return rule;
}

/// Mailboxes that no notice could be written to are refused when the file is read.
Result<std::map<std::string, std::string, std::less<>>> mailboxes_of(const json::value& file,
                                                                     std::string_view key) {
  std::map<std::string, std::string, std::less<>> mailboxes;
  const json::value* rows = member(file, key);
  if (rows == nullptr) return mailboxes;
  if (!rows->is_object()) return wrong("has a list of mailboxes that is none.");
  for (const auto& [name, value] : rows->get_object()) {
    const auto mailbox =
        value.is_string() ? plain_mailbox(value.get_string()) : plain_mailbox("none");
    if (!mailbox) return wrong("has a mailbox under " + std::string(key) + " that is none.");
    mailboxes.emplace(std::string(name), *mailbox);
  }
  return mailboxes;
}

Result<WorkingHours> hours_of(const json::value& row) {
  WorkingHours hours;
  if (const json::value* days = member(row, "days"); days && days->is_array())
    for (const auto& day : days->get_array()) {
      if (!day.is_int64() || day.get_int64() < 1 || day.get_int64() > 7)
        return wrong("has a day that is not 1 to 7.");
      hours.days.push_back(static_cast<int>(day.get_int64()));
    }
  if (hours.days.empty()) return wrong("has a calendar without working days.");
  TRY(from, minute_of(text_at(row, "from").value_or("00:00")));
  TRY(to, minute_of(text_at(row, "to").value_or("24:00")));
  if (from >= to) return wrong("has a working day that ends before it begins.");
  hours.from_minute = from;
  hours.to_minute = to;
  hours.minutes_east = static_cast<int>(
      std::clamp<std::int64_t>(integer_at(row, "minutes_east").value_or(0), -900, 900));
  if (const json::value* holidays = member(row, "holidays"); holidays && holidays->is_array())
    for (const auto& day : holidays->get_array())
      if (day.is_string()) hours.holidays.emplace_back(day.get_string());
  return hours;
}

/// The ending of the host's name that a registry runs: the longest one that the file names.
std::string registry_of(const std::map<std::string, std::string, std::less<>>& registries,
                        const Notice& notice) {
  if (notice.locations.empty()) return "";
  std::string_view place = notice.locations.front();
  if (const auto scheme = place.find("://"); scheme != std::string_view::npos)
    place.remove_prefix(scheme + 3);
  std::string host = lower_ascii(place.substr(0, place.find_first_of("/?#:")));
  for (auto dot = host.find('.'); dot != std::string::npos; dot = host.find('.')) {
    host.erase(0, dot + 1);
    if (const auto found = registries.find(host); found != registries.end()) return found->second;
  }
  return "";
}

}  // namespace

Result<Ladder> Ladder::parse(std::string_view text) {
  TRY(file, parse_json(text));
  Ladder ladder;
  const json::value* rungs = member(file, "rungs");
  if (rungs == nullptr || !rungs->is_array()) return wrong("has no rungs.");
  ladder.rules_.clear();
  for (const auto& row : rungs->get_array()) {
    TRY(rule, rule_of(row));
    if (!ladder.rules_.empty() && ladder.rules_.back().rung >= rule.rung)
      return wrong(
          "has its rungs in another order than host, owner, cdn, upstream, registrar, "
          "registry, authority.");
    ladder.rules_.push_back(rule);
  }
  if (ladder.rules_.empty() || ladder.rules_.front().rung != Rung::host)
    return wrong("does not begin with the host.");
  if (ladder.rules_.front().asks < 1) return wrong("does not ask the host.");
  TRY(cdn, mailboxes_of(file, "cdn"));
  TRY(registry, mailboxes_of(file, "registry"));
  TRY(authority, mailboxes_of(file, "authority"));
  ladder.cdn_ = std::move(cdn);
  ladder.registry_ = std::move(registry);
  ladder.authority_ = std::move(authority);
  if (const json::value* calendar = member(file, "calendar"); calendar && calendar->is_object())
    for (const auto& [country, row] : calendar->get_object()) {
      TRY(hours, hours_of(row));
      ladder.calendar_.emplace(std::string(country), std::move(hours));
    }
  return ladder;
}

Result<Ladder> Ladder::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::not_found, "policy/ladder.json cannot be read.");
  std::ostringstream text;
  text << file.rdbuf();
  return parse(text.str());
}

const RungRule& Ladder::rule(Rung rung) const {
  static const RungRule once{};
  const auto found = std::find_if(rules_.begin(), rules_.end(),
                                  [&](const RungRule& rule) { return rule.rung == rung; });
  return found == rules_.end() ? once : *found;
}

std::string Ladder::mailbox(const Notice& notice, Rung rung) const {
  const auto named = notice.hosting.above.find(name(rung));
  if (named != notice.hosting.above.end() && !named->second.empty()) return named->second;
  const auto at = [](const Words& words, std::string_view key) {
    const auto found = words.find(key);
    return found == words.end() ? std::string() : found->second;
  };
  switch (rung) {
    case Rung::host: return notice.contact;
    case Rung::upstream: return notice.hosting.upstream;
    case Rung::cdn: return notice.hosting.cdn.empty() ? "" : at(cdn_, notice.hosting.cdn);
    case Rung::registry: return registry_of(registry_, notice);
    case Rung::authority: {
      const auto own = at(authority_, notice.hosting.country);
      return own.empty() ? at(authority_, "*") : own;
    }
    case Rung::owner:
    case Rung::registrar: return "";
  }
  return "";
}

std::optional<Rung> Ladder::above(const Notice& notice, Rung from) const {
  for (const auto& rule : rules_) {
    if (rule.rung <= from || rule.asks < 1) continue;
    const std::string wanted = mailbox(notice, rule.rung);
    if (wanted.empty()) continue;
    // One mailbox may stand on several rungs: who was asked as the host is not asked as the
    // network.
    const bool asked = std::any_of(rules_.begin(), rules_.end(), [&](const RungRule& below) {
      return below.rung < rule.rung && below.rung <= from && mailbox(notice, below.rung) == wanted;
    });
    if (!asked) return rule.rung;
  }
  return std::nullopt;
}

Instant Ladder::working_moment(std::string_view country, Instant now) const {
  using std::chrono::days;
  auto found = calendar_.find(country);
  if (found == calendar_.end()) found = calendar_.find("*");
  if (found == calendar_.end()) return now;
  const WorkingHours& hours = found->second;
  const auto east = std::chrono::minutes(hours.minutes_east);
  const Instant local = now + east;
  const auto today = std::chrono::floor<days>(local);
  for (int ahead = 0; ahead < kDaysLookedAhead; ++ahead) {
    const auto day = today + days(ahead);
    const auto weekday = static_cast<int>(std::chrono::weekday(day).iso_encoding());
    if (std::find(hours.days.begin(), hours.days.end(), weekday) == hours.days.end()) continue;
    const std::string date = rfc3339(Instant(day)).substr(0, 10);
    if (std::find(hours.holidays.begin(), hours.holidays.end(), date) != hours.holidays.end())
      continue;
    const Instant opens = Instant(day) + std::chrono::minutes(hours.from_minute);
    const Instant closes = Instant(day) + std::chrono::minutes(hours.to_minute);
    if (local < opens) return opens - east;
    if (local < closes) return now;
  }
  return now;  // A calendar without a working day in two months silences nobody.
}

}  // namespace hotline::takedown
