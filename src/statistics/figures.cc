#include "statistics/figures.h"

#include <algorithm>
#include <functional>

#include "statistics/survival.h"

namespace hotline::statistics {

namespace {

using namespace std::chrono_literals;
using Courses = std::vector<const Course*>;

bool within(const std::optional<Instant>& at, const Period& period) {
  return at && *at >= period.from && *at < period.to;
}

Cell cell(std::int64_t number) {
  return {number, false};
}
Cell cell(std::optional<std::int64_t> number) {
  return {number, false};
}

/// The cases whose `milestone` lies in the period.
Courses with(const Tally& tally, const Period& period, std::optional<Instant> Course::* milestone) {
  Courses all;
  for (const auto& [id, course] : tally.courses())
    if (within(course.*milestone, period)) all.push_back(&course);
  return all;
}

std::int64_t size(const Courses& courses) {
  return static_cast<std::int64_t>(courses.size());
}

/// Seconds from one milestone to another, for the cases that have both.
std::vector<std::int64_t> seconds(const Courses& courses, std::optional<Instant> Course::* from,
                                  std::optional<Instant> Course::* to) {
  std::vector<std::int64_t> all;
  for (const Course* course : courses)
    if (course->*from && course->*to)
      all.push_back(
          std::chrono::duration_cast<std::chrono::seconds>(*(course->*to) - *(course->*from))
              .count());
  return all;
}

std::optional<std::int64_t> minutes(const std::optional<std::int64_t>& seconds) {
  return seconds ? std::optional(*seconds / 60) : std::nullopt;
}

/// Removed in the period, whenever confirmed.
Courses removed(const Tally& tally, const Period& period) {
  return with(tally, period, &Course::removed);
}
Courses confirmed(const Tally& tally, const Period& period) {
  return with(tally, period, &Course::confirmed);
}

Table in_numbers(const Tally& tally, const Period& period) {
  Table table{"numbers",
              "The period in numbers",
              "Each row counts what its name says; the second column is the period of the same "
              "length before, the third the change in percent.",
              "what",
              {"this period", "period before", "change in percent"}};
  const auto row = [&](std::string label,
                       const std::function<std::optional<std::int64_t>(const Period&)>& of) {
    const auto now = of(period), then = of(period.before());
    const auto change = now && then ? percent_change(*then, *now) : std::nullopt;
    table.rows.push_back({std::move(label), {cell(now), cell(then), cell(change)}});
  };
  const auto events = [&](Event event) {
    return [&tally, event](const Period& p) {
      return std::optional(tally.count(event, p.from, p.to));
    };
  };
  row("reports received", events(Event::report));
  row("reports of an address that was known", events(Event::duplicate));
  row("new addresses", [&](const Period& p) { return size(with(tally, p, &Course::received)); });
  row("addresses assessed",
      [&](const Period& p) { return size(with(tally, p, &Course::assessed)); });
  row("addresses confirmed", [&](const Period& p) { return size(confirmed(tally, p)); });
  row("notices sent", events(Event::notice));
  row("reminders sent", events(Event::reminder));
  row("escalations", events(Event::escalation));
  row("addresses removed", [&](const Period& p) { return size(removed(tally, p)); });
  row("returns after removal", events(Event::returned));
  row("moves to another host", events(Event::moved));
  row("list entries added", events(Event::listed));
  row("list entries taken off", events(Event::delisted));
  row("views avoided (items)", events(Event::view_avoided));
  table.rows.push_back({"entries on the list now", {cell(tally.on_the_list()), {}, {}}});
  row("median minutes from report to removal", [&](const Period& p) {
    return minutes(median(seconds(removed(tally, p), &Course::received, &Course::removed)));
  });
  return table;
}

Instant next_month(Instant at) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return std::chrono::sys_days{(day.year() / day.month() + std::chrono::months(1)) / 1};
}

Table months(const Tally& tally, const Period& period) {
  Table table{"months",
              "Reports and addresses, month by month",
              "Months of the calendar, UTC; the first and last may be cut by the period.",
              "month",
              {"reports", "new addresses", "addresses confirmed", "notices sent",
               "addresses removed", "list entries added"}};
  table.total = true;
  std::vector<std::int64_t> sums(table.columns.size());
  for (Instant from = period.from; from < period.to;) {
    const Instant to = std::min(next_month(from), period.to);
    const Period month{from, to};
    const std::vector<std::int64_t> counts = {
        tally.count(Event::report, from, to), size(with(tally, month, &Course::received)),
        size(confirmed(tally, month)),        tally.count(Event::notice, from, to),
        size(removed(tally, month)),          tally.count(Event::listed, from, to)};
    TableRow row{day_text(from).substr(0, 7), {}};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      row.cells.push_back(cell(counts[i]));
      sums[i] += counts[i];
    }
    table.rows.push_back(std::move(row));
    from = to;
  }
  TableRow all{"all", {}};
  for (const auto sum : sums) all.cells.push_back(cell(sum));
  table.rows.push_back(std::move(all));
  return table;
}

/// One row a value of `label_of`, most frequent first, with its share; then the sum.
Table shares(Table table, const Courses& courses,
             const std::function<std::string(const Course&)>& label_of) {
  std::map<std::string, std::int64_t> counts;
  for (const Course* course : courses) ++counts[label_of(*course)];
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [label, count] : sorted)
    table.rows.push_back({label, {cell(count), cell(percent_of(count, size(courses)))}});
  table.rows.push_back(
      {"all", {cell(size(courses)), cell(percent_of(size(courses), size(courses)))}});
  table.total = true;
  return table;
}

Table verdicts(const Tally& tally, const Period& period) {
  Table table{
      "verdicts",
      "Assessed addresses by verdict",
      "Addresses whose standing decision was first made in the period, by the verdict that stands.",
      "verdict",
      {"addresses", "percent"}};
  return shares(std::move(table), with(tally, period, &Course::assessed),
                [](const Course& c) { return c.verdict; });
}

Table categories(const Tally& tally, const Period& period) {
  Table table{"categories",
              "Confirmed addresses by category",
              "Addresses confirmed in the period; the category is that of the most severe item.",
              "category",
              {"addresses", "percent"}};
  return shares(std::move(table), confirmed(tally, period),
                [](const Course& c) { return c.category.empty() ? "not stated" : c.category; });
}

/// Where confirmed addresses were hosted, with how many are removed and how fast.
Table hosting(Table table, const Tally& tally, const Period& period,
              const std::function<std::string(const Course&)>& label_of) {
  const Courses all = confirmed(tally, period);
  table.columns = {"addresses", "percent", "removed", "median minutes from notice to removal"};
  std::map<std::string, Courses> groups;
  for (const Course* course : all) groups[label_of(*course)].push_back(course);
  std::vector<std::pair<std::string, Courses>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  sorted.emplace_back("all", all);
  for (const auto& [label, courses] : sorted) {
    const auto gone = std::count_if(courses.begin(), courses.end(),
                                    [](const Course* c) { return c->removed.has_value(); });
    table.rows.push_back(
        {label,
         {cell(size(courses)), cell(percent_of(size(courses), size(all))), cell(std::int64_t{gone}),
          cell(minutes(median(seconds(courses, &Course::noticed, &Course::removed))))}});
  }
  table.total = true;
  return table;
}

Table times(const Tally& tally, const Period& period) {
  Table table{"times",
              "How long each step took, confirmed addresses",
              "Addresses confirmed in the period. Counted are those that have both milestones; "
              "those not there yet have the first only.",
              "step",
              {"counted", "median minutes", "within 1 hour", "within 24 hours", "within 3 days",
               "not yet"}};
  const Courses all = confirmed(tally, period);
  const auto row = [&](std::string label, std::optional<Instant> Course::* from,
                       std::optional<Instant> Course::* to) {
    const auto durations = seconds(all, from, to);
    const auto at_most = [&](std::chrono::seconds limit) {
      return cell(std::int64_t{std::count_if(durations.begin(), durations.end(),
                                             [&](auto d) { return d <= limit.count(); })});
    };
    const auto begun = std::count_if(all.begin(), all.end(),
                                     [&](const Course* c) { return (c->*from).has_value(); });
    const auto counted = static_cast<std::int64_t>(durations.size());
    table.rows.push_back({std::move(label),
                          {cell(counted), cell(minutes(median(durations))), at_most(1h),
                           at_most(24h), at_most(72h), cell(begun - counted)}});
  };
  row("received to captured", &Course::received, &Course::captured);
  row("received to assessed", &Course::received, &Course::assessed);
  row("assessed to authorised", &Course::assessed, &Course::authorised);
  row("authorised to first notice", &Course::authorised, &Course::noticed);
  row("assessed to first notice", &Course::assessed, &Course::noticed);
  row("first notice to answered", &Course::noticed, &Course::answered);
  row("first notice to removed", &Course::noticed, &Course::removed);
  row("received to removed", &Course::received, &Course::removed);
  return table;
}

/// How long addresses stay up after the first notice, one row a group; slowest first.
Table staying_up(Table table, const Tally& tally, const Period& period,
                 const std::function<std::string(const Course&)>& label_of) {
  table.rows_are = table.id == "survival" ? "country" : "network";
  table.columns = {"addresses",
                   "percent up after 1 hour",
                   "percent up after 6 hours",
                   "percent up after 24 hours",
                   "percent up after 3 days",
                   "percent up after 10 days",
                   "median minutes"};
  std::map<std::string, std::vector<Spell>> groups;
  std::vector<Spell> all;
  for (const Course* course : confirmed(tally, period)) {
    if (!course->noticed) continue;
    const auto until = course->removed.value_or(std::max(tally.end(), *course->noticed));
    const Spell spell{std::chrono::duration_cast<std::chrono::seconds>(until - *course->noticed),
                      course->removed.has_value()};
    groups[label_of(*course)].push_back(spell);
    all.push_back(spell);
  }
  using Named = std::pair<std::string, Survival>;
  std::vector<Named> sorted;
  for (auto& [label, spells] : groups) sorted.emplace_back(label, Survival(std::move(spells)));
  // Where half were never gone is slower than any time.
  const auto slowness = [](const Named& one) {
    return one.second.median().value_or(std::chrono::seconds::max());
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto& a, const auto& b) { return slowness(a) > slowness(b); });
  sorted.emplace_back("all", Survival(std::move(all)));
  for (const auto& [label, survival] : sorted) {
    TableRow row{label, {cell(survival.size())}};
    for (const std::chrono::hours after : {1h, 6h, 24h, 72h, 240h})
      row.cells.push_back(cell(survival.percent_up(after)));
    const auto half = survival.median();
    row.cells.push_back(half ? cell(half->count() / 60) : Cell{});
    table.rows.push_back(std::move(row));
  }
  table.total = true;
  return table;
}

std::string country_of(const Course& course) {
  return course.country.empty() ? "unknown" : course.country;
}
std::string network_of(const Course& course) {
  return course.network == 0 ? "unknown" : "AS" + std::to_string(course.network);
}

}  // namespace

std::vector<Table> figures(const Tally& tally, const Period& period) {
  Table countries{"countries",
                  "Confirmed addresses by hosting country",
                  "Addresses confirmed in the period, by the country that hosted them when the "
                  "first notice left.",
                  "country",
                  {}};
  Table hosts{"hosts",
              "Confirmed addresses by network",
              "Addresses confirmed in the period, by the autonomous system that hosted them when "
              "the first notice left.",
              "network",
              {}};
  hosts.staff_only = true;
  Table survival{"survival",
                 "How long confirmed addresses stay up after the first notice, by country",
                 "Addresses confirmed in the period whose first notice has left. What is not gone "
                 "yet counts as watched until the last fact (Kaplan-Meier). Slowest first.",
                 "country",
                 {}};
  Table slow_hosts = survival;
  slow_hosts.id = "survival_hosts";
  slow_hosts.title = "How long confirmed addresses stay up after the first notice, by network";
  slow_hosts.staff_only = true;
  return {in_numbers(tally, period),
          times(tally, period),
          months(tally, period),
          verdicts(tally, period),
          categories(tally, period),
          hosting(std::move(countries), tally, period, country_of),
          hosting(std::move(hosts), tally, period, network_of),
          staying_up(std::move(survival), tally, period, country_of),
          staying_up(std::move(slow_hosts), tally, period, network_of)};
}

std::optional<std::int64_t> percent_change(std::int64_t before, std::int64_t after) {
  if (before == 0) return std::nullopt;
  const std::int64_t twice = (after - before) * 200;
  return (twice + (twice < 0 ? -before : before)) / (2 * before);
}

std::optional<std::int64_t> percent_of(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return (part * 200 + whole) / (2 * whole);
}

std::optional<std::int64_t> median(std::vector<std::int64_t> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace hotline::statistics
