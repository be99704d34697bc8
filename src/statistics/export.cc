// Tables as CSV and JSON: the same numbers that the pages show.
#include "base/json.h"
#include "base/text.h"
#include "statistics/figures.h"

namespace hotline::statistics {

namespace {

std::string csv_text(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  return "\"" + replace_all(std::move(text), "\"", "\"\"") + "\"";
}

std::string csv_cell(const Cell& cell) {
  if (cell.hidden) return "hidden";
  return cell.number ? std::to_string(*cell.number) : "";
}

json::value json_cell(const Cell& cell) {
  if (cell.hidden) return "hidden";
  return cell.number ? json::value(*cell.number) : json::value(nullptr);
}

}  // namespace

std::string csv(const Table& table, const Period& period) {
  std::string text = csv_text(table.rows_are);
  for (const auto& column : table.columns) text += "," + csv_text(column);
  text += ",from,to\r\n";
  for (const auto& row : table.rows) {
    text += csv_text(row.label);
    for (const auto& cell : row.cells) text += "," + csv_cell(cell);
    text += "," + day_text(period.from) + "," + day_text(period.to) + "\r\n";
  }
  return text;
}

std::string json_text(const Table& table, const Period& period, Instant extracted_at) {
  json::array rows;
  for (const auto& row : table.rows) {
    json::array cells;
    for (const auto& cell : row.cells) cells.push_back(json_cell(cell));
    rows.push_back({{"label", row.label}, {"cells", std::move(cells)}});
  }
  const json::object document{{"id", table.id},
                              {"title", table.title},
                              {"definition", table.definition},
                              {"definition_version", kDefinitionVersion},
                              {"from", day_text(period.from)},
                              {"to", day_text(period.to)},
                              {"extracted_at", rfc3339(extracted_at)},
                              {"rows_are", table.rows_are},
                              {"columns", json::array(table.columns.begin(), table.columns.end())},
                              {"last_row_is_sum", table.total},
                              {"rows", std::move(rows)}};
  return json::serialize(document);
}

Result<Instant> parse_day(std::string_view text) {
  if (text.size() != 10) return fail(ErrorKind::invalid, "A day is written as 2030-03-04.");
  return parse_rfc3339(std::string(text) + "T00:00:00Z");
}

std::string day_text(Instant at) {
  return rfc3339(at).substr(0, 10);
}

}  // namespace hotline::statistics
