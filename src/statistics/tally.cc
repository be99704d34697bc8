#include "statistics/tally.h"

#include <algorithm>

#include "base/json.h"

namespace hotline::statistics {

namespace {

std::int64_t day_of(Instant at) {
  return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
}

void first(std::optional<Instant>& milestone, Instant at) {
  if (!milestone) milestone = at;
}

bool flag_at(const json::object& details, std::string_view key) {
  const json::value* value = details.if_contains(key);
  return value && value->is_bool() && value->as_bool();
}

}  // namespace

void Tally::note(Event event, Instant at, std::int64_t weight) {
  if (weight == 0) return;
  by_day_[static_cast<std::size_t>(event)][day_of(at)] += weight;
  if (!begin_ || at < *begin_) begin_ = at;
}

// A decision that confirms begins the course towards removal; one that does not ends it.
void Tally::assessed(Course& course, const facts::Fact& fact) {
  const json::value details(fact.details);
  course.verdict = text_at(details, "verdict").value_or("");
  first(course.assessed, fact.at);
  if (course.verdict == "actionable") {
    course.category = text_at(details, "category").value_or("");
    first(course.confirmed, fact.at);
  } else {
    course.category.clear();
    course.confirmed.reset();
  }
  note(Event::view_avoided, fact.at, integer_at(details, "known").value_or(0));
}

/// What happens to a notice: milestones of a case that stands confirmed.
void Tally::milestone(const facts::Fact& fact) {
  Course& course = courses_[fact.casefile];
  if (!course.confirmed) return;
  const std::string& kind = fact.kind;
  if (kind == "notice_opened") {
    if (text_at(json::value(fact.details), "state") == "ready") first(course.authorised, fact.at);
  } else if (kind == "notice_released") {
    first(course.authorised, fact.at);
  } else if (kind == "notice_answered" || kind == "notice_receipt") {
    first(course.answered, fact.at);
  } else if (kind == "notice_sent") {
    first(course.noticed, fact.at);
  } else if (kind == "item_removed") {
    first(course.removed, fact.at);
  }
}

void Tally::add(const facts::Fact& fact) {
  const std::string& kind = fact.kind;
  end_ = std::max(end_, fact.at);
  if (kind == "report_received") {
    note(Event::report, fact.at);
    if (flag_at(fact.details, "duplicate")) note(Event::duplicate, fact.at);
    first(courses_[fact.casefile].received, fact.at);
  } else if (kind == "case_assessed") {
    assessed(courses_[fact.casefile], fact);
  } else if (kind == "assessment_withdrawn") {
    Course& course = courses_[fact.casefile];
    course.assessed = course.confirmed = course.authorised = course.noticed = course.answered =
        course.removed = std::nullopt;
    course.verdict.clear();
    course.category.clear();
  } else if (kind == "url_traced") {
    Course& course = courses_[fact.casefile];
    if (course.noticed) return;
    const json::value details(fact.details);
    course.country = text_at(details, "country").value_or("");
    course.network = integer_at(details, "asn").value_or(0);
  } else if (kind == "notice_sent") {
    note(Event::notice, fact.at);
    milestone(fact);
  } else if (kind == "item_removed" || kind == "notice_opened" || kind == "notice_released" ||
             kind == "notice_answered" || kind == "notice_receipt") {
    milestone(fact);
  } else if (kind == "sighting_captured") {
    first(courses_[fact.casefile].captured, fact.at);
  } else if (kind == "notice_reminded") {
    note(Event::reminder, fact.at);
  } else if (kind == "notice_escalated") {
    note(Event::escalation, fact.at);
  } else if (kind == "item_returned") {
    note(Event::returned, fact.at);
  } else if (kind == "item_moved") {
    note(Event::moved, fact.at);
  } else if (kind == "entry_listed") {
    note(Event::listed, fact.at);
    on_list_[fact.subject] = true;
  } else if (kind == "entry_delisted") {
    note(Event::delisted, fact.at);
    on_list_.erase(fact.subject);
  }
}

std::int64_t Tally::count(Event event, Instant from, Instant to) const {
  const auto& days = by_day_[static_cast<std::size_t>(event)];
  std::int64_t sum = 0;
  for (auto day = days.lower_bound(day_of(from)); day != days.end() && day->first < day_of(to);
       ++day)
    sum += day->second;
  return sum;
}

}  // namespace hotline::statistics
