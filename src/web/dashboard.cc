#include "web/dashboard.h"

#include <algorithm>

#include "base/log.h"

namespace hotline::web {

namespace {

using namespace std::chrono_literals;
using statistics::Period;
using statistics::Table;

constexpr auto kPeriodMax = std::chrono::days(3660);

/// The twelve months that end with the running one.
Period default_period(Instant now) {
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const auto next = today.year() / today.month() + std::chrono::months(1);
  return {std::chrono::sys_days{(next - std::chrono::months(12)) / 1},
          std::chrono::sys_days{next / 1}};
}

/// ?from=2030-01-01&to=2030-12-31; `to` is the last day that counts, as people say it.
Result<Period> period_of(const http::Request& request, Instant now) {
  Period period = default_period(now);
  if (const auto text = request.query.get("from"); !text.empty()) {
    TRY(from, statistics::parse_day(text));
    period.from = from;
  }
  if (const auto text = request.query.get("to"); !text.empty()) {
    TRY(last, statistics::parse_day(text));
    period.to = last + std::chrono::days(1);
  }
  if (period.from >= period.to || period.to - period.from > kPeriodMax)
    return fail(ErrorKind::invalid,
                "The period must begin before it ends and have at most ten years.");
  return period;
}

std::string last_day(const Period& period) {
  return statistics::day_text(period.to - std::chrono::days(1));
}

/// "78 589": a number as people read it, with a narrow no-break space between thousands.
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number < 0 ? -number : number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), "\u202f");
  return number < 0 ? "\u2212" + text : text;
}

std::string shown(const statistics::Cell& cell) {
  if (cell.hidden) return "hidden";
  return cell.number ? grouped(*cell.number) : "\u2013";
}

/// The column that a bar beside each row shows: shares have one, other tables do not.
std::optional<std::size_t> bar_column(const Table& table) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), "percent");
  if (found == table.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - table.columns.begin());
}

void fill_row(Page& row, const Table& table, const statistics::TableRow& one, bool is_sum) {
  row.set("LABEL", one.label).show("SUM", is_sum);
  for (const auto& cell : one.cells) row.add("CELL").set("NUMBER", shown(cell));
  const auto bar = bar_column(table);
  if (!bar) return;
  Page& place = row.add("BAR");
  const auto percent = one.cells[*bar].number;
  if (percent && !is_sum) place.add("FULL").set("PERCENT", std::to_string(*percent));
}

void fill_table(Page& page, const Table& table, const std::string& query) {
  Page& figure = page.add("FIGURE");
  figure.set("ID", table.id).set("HEADING", table.title).set("DEFINITION", table.definition);
  figure.set("CSV", "/dashboard/figures/" + table.id + ".csv" + query);
  figure.set("JSON", "/dashboard/figures/" + table.id + ".json" + query);
  figure.set("ROWS_ARE", table.rows_are);
  for (const auto& column : table.columns) figure.add("COLUMN").set("NAME", column);
  figure.show("BAR_HEAD", bar_column(table).has_value());
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    fill_row(figure.add("ROW"), table, table.rows[i], table.total && i + 1 == table.rows.size());
}

/// What has been sealed up to now. Trouble is logged: yesterday's figures are better than none.
void catch_up(const StaffParts& parts, statistics::Reader& reader) {
  if (const Done followed = reader.follow(parts.database); !followed)
    log::trouble("following_facts_failed", followed.error());
}

// GET /dashboard?from=DAY&to=DAY
http::Response dashboard(const StaffParts& parts, statistics::Reader& reader,
                         const http::Request& request, const Staff& staff) {
  const auto period = period_of(request, parts.clock.now());
  if (!period) return staff_refuse(parts, staff, request, period.error());
  catch_up(parts, reader);
  const auto tables = reader.figures(staff.person.tenant, *period);
  const std::string from = statistics::day_text(period->from), to = last_day(*period);
  return staff_page(
      parts, staff,
      {.title = "Dashboard", .here = "/dashboard", .file = "dashboard/dashboard.html"},
      [&](Page& page) {
        page.set("FROM", from).set("TO", to).set("AS_OF", shown_time(parts.clock.now()));
        page.set("VERSION", std::to_string(statistics::kDefinitionVersion));
        for (const auto& table : tables) fill_table(page, table, "?from=" + from + "&to=" + to);
      });
}

// GET /dashboard/figures/{file}: months.csv, months.json …
http::Response figure(const StaffParts& parts, statistics::Reader& reader,
                      const http::Request& request, const Staff& staff) {
  const auto period = period_of(request, parts.clock.now());
  if (!period) return staff_refuse(parts, staff, request, period.error());
  catch_up(parts, reader);
  const std::string file = request.path_values.at("file");
  const auto dot = file.rfind('.');
  const std::string kind = dot == file.npos ? "" : file.substr(dot + 1);
  for (const auto& table : reader.figures(staff.person.tenant, *period)) {
    if (table.id != file.substr(0, dot) || (kind != "csv" && kind != "json")) continue;
    if (kind == "json") return http::json_text(json_text(table, *period, parts.clock.now()));
    http::Response response{
        200, {{"Content-Type", "text/csv; charset=utf-8"}}, csv(table, *period)};
    return std::move(
        response.header("Content-Disposition", "attachment; filename=\"" + table.id + "-" +
                                                   statistics::day_text(period->from) + "-" +
                                                   last_day(*period) + ".csv\""));
  }
  return staff_refuse(parts, staff, request,
                      {ErrorKind::not_found, "There is no figure with this name."});
}

}  // namespace

void add_dashboard_routes(http::Router& router, const StaffParts& parts,
                          statistics::Reader& reader) {
  const auto see = accounts::Action::see_dashboard;
  router.on("GET", "/dashboard",
            staff_only(parts, see, [&parts, &reader](const auto& request, const auto& staff) {
              return dashboard(parts, reader, request, staff);
            }));
  router.on("GET", "/dashboard/figures/{file}",
            staff_only(parts, see, [&parts, &reader](const auto& request, const auto& staff) {
              return figure(parts, reader, request, staff);
            }));
}

}  // namespace hotline::web
