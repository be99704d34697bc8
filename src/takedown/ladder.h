// Ladder: whom a notice asks when the one before does nothing, and after which time.
//
// Host, site owner, CDN, network above, registrar, registry, authority: a rung that has
// no mailbox is passed over. Clocks, repeats, mailboxes that no trace finds and the
// working hours of countries are data (policy/ladder.json). Working hours only ever
// delay reminders and escalations, never a first or an urgent notice.
// Values only: when a rung is climbed stands in climb.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "takedown/notice.h"

namespace hotline::takedown {

struct RungRule {
  Rung rung = Rung::host;
  int asks = 1;                      ///< Letters before the next rung is asked.
  std::optional<microseconds> wait;  ///< Until the next letter; none: as the settings say.
};

/// When people of a country read mail.
struct WorkingHours {
  std::vector<int> days;  ///< 1 Monday to 7 Sunday.
  int from_minute = 0, to_minute = 24 * 60;
  int minutes_east = 0;               ///< Of UTC, the whole year round.
  std::vector<std::string> holidays;  ///< "2030-12-25"
};

class Ladder {
 public:
  /// Error `invalid` with the reason: an unknown rung, a rung twice, no host first, a bad time.
  [[nodiscard]] static Result<Ladder> parse(std::string_view text);
  [[nodiscard]] static Result<Ladder> load(const std::string& path);

  [[nodiscard]] const RungRule& rule(Rung rung) const;
  /// Mailbox of that rung for this notice, or empty.
  [[nodiscard]] std::string mailbox(const Notice& notice, Rung rung) const;
  /// The next rung above `from` that has a mailbox, other than those asked before it.
  [[nodiscard]] std::optional<Rung> above(const Notice& notice, Rung from) const;
  /// The first moment from `now` on at which somebody works in that country; `now` if no hours are
  /// given for it.
  [[nodiscard]] Instant working_moment(std::string_view country, Instant now) const;

 private:
  using Words = std::map<std::string, std::string, std::less<>>;
  std::vector<RungRule> rules_{///< From the host upwards; as shipped until a file says otherwise.
                               {Rung::host, 2, {}},      {Rung::owner, 1, {}},
                               {Rung::cdn, 1, {}},       {Rung::upstream, 2, {}},
                               {Rung::registrar, 2, {}}, {Rung::registry, 1, {}},
                               {Rung::authority, 1, {}}};
  Words cdn_, registry_, authority_;
  std::map<std::string, WorkingHours, std::less<>> calendar_;
};

}  // namespace hotline::takedown
