// Tally: what has happened, folded from the facts alone.
//
// A pure fold: the same facts in the same order give the same figures, on any
// machine, at any time; nothing else is read. It keeps one course for each case
// (when it was received, decided, noticed, removed) and a few counted events.
// Definitions, which are published with the figures:
//   received   the first report_received of the case
//   assessed   the first decision of those that stand (a withdrawal begins anew)
//   confirmed  the first decision "actionable" of those that stand
//   noticed    the first notice_sent of the confirmed case
//   captured   the first sighting_captured of the case
//   authorised the confirmed case's first notice that may leave: opened abroad, or released
//   answered   the first thing that the host said, or its receiver signed
//   removed    the first item_removed; a return does not take it back
//   country    where it was hosted when the first notice left, else the last trace
//
// What is counted from it stands in figures.h; reading facts in reader.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "facts/facts.h"

namespace hotline::statistics {

/// One case, by its milestones.
struct Course {
  std::optional<Instant> received, captured, assessed, confirmed, authorised, noticed, answered,
      removed;
  std::string verdict;       ///< actionable, not_actionable, gone, unsure; empty: nothing stands.
  std::string category;      ///< Of the scheme; only when confirmed.
  std::string country;       ///< ISO 3166-1; empty if not known.
  std::int64_t network = 0;  ///< Number of the autonomous system; 0 if not known.
};

/// Things that are counted each time they happen, not once a case.
enum class Event : std::uint8_t {
  report,        ///< report_received
  duplicate,     ///< report_received for a case that was there
  notice,        ///< notice_sent
  reminder,      ///< notice_reminded
  escalation,    ///< notice_escalated
  returned,      ///< item_returned
  moved,         ///< item_moved
  listed,        ///< entry_listed
  delisted,      ///< entry_delisted
  view_avoided,  ///< Items of a decided case that were filled in, not shown: weighted by their
                 ///< number.
};
inline constexpr int kEvents = 10;

class Tally {
 public:
  /// The next fact, in the order of positions. Kinds that are not counted are ignored.
  void add(const facts::Fact& fact);

  [[nodiscard]] const std::unordered_map<std::string, Course>& courses() const { return courses_; }
  /// How often `event` happened in [from, to).
  [[nodiscard]] std::int64_t count(Event event, Instant from, Instant to) const;
  /// Entries on the list at the end of everything added.
  [[nodiscard]] std::int64_t on_the_list() const {
    return static_cast<std::int64_t>(on_list_.size());
  }
  /// The first thing that was ever counted.
  [[nodiscard]] std::optional<Instant> begin() const { return begin_; }
  /// The time of the last fact: until then everything that is not gone was watched.
  [[nodiscard]] Instant end() const { return end_; }

 private:
  void note(Event event, Instant at, std::int64_t weight = 1);
  void assessed(Course& course, const facts::Fact& fact);
  void milestone(const facts::Fact& fact);

  std::unordered_map<std::string, Course> courses_;
  // By day: a period is whole days, and ten years are 3,650 of them.
  std::array<std::map<std::int64_t, std::int64_t>, kEvents> by_day_;
  std::unordered_map<std::string, bool> on_list_;
  std::optional<Instant> begin_;
  Instant end_{};
};

}  // namespace hotline::statistics
