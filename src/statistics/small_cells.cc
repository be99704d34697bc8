// What the public sees of a table: nothing that could point at somebody.
#include <algorithm>

#include "statistics/figures.h"

namespace hotline::statistics {

namespace {

constexpr std::int64_t kSmall = 4;

bool is_count(const std::string& column) {
  return column.find("percent") == column.npos && column.find("median") == column.npos;
}

void hide(Cell& cell) {
  cell = {std::nullopt, true};
}

/// With a single hidden cell the total gives it away: the smallest of the others goes too.
void hide_a_second(Table& table, std::size_t column, std::size_t rows) {
  std::size_t hidden = 0;
  Cell* smallest = nullptr;
  for (std::size_t i = 0; i < rows; ++i) {
    Cell& cell = table.rows[i].cells[column];
    if (cell.hidden)
      ++hidden;
    else if (cell.number.value_or(0) > 0 && (!smallest || *cell.number < *smallest->number))
      smallest = &cell;
  }
  if (hidden != 1) return;
  // Nobody else to hide behind: then the total itself goes.
  hide(smallest ? *smallest : table.rows.back().cells[column]);
}

}  // namespace

Table for_the_public(Table table) {
  const std::size_t rows = table.rows.size() - (table.total && !table.rows.empty() ? 1 : 0);
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    if (!is_count(table.columns[column])) continue;
    for (auto& row : table.rows) {
      Cell& cell = row.cells[column];
      if (cell.number && *cell.number >= 1 && *cell.number <= kSmall) hide(cell);
    }
    if (table.total) hide_a_second(table, column, rows);
  }
  // A share or a median of a hidden count would give the count back.
  for (auto& row : table.rows) {
    const bool any =
        std::any_of(row.cells.begin(), row.cells.end(), [](const Cell& c) { return c.hidden; });
    for (std::size_t column = 0; column < table.columns.size(); ++column)
      if (any && !is_count(table.columns[column]) && row.cells[column].number)
        hide(row.cells[column]);
  }
  return table;
}

}  // namespace hotline::statistics
