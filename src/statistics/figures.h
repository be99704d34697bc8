// Figures: the tables that the dashboard shows and the hotline publishes.
//
// Every figure has an id, a title that names its unit, a definition and cells of
// whole numbers, so that it can be shown, exported and recomputed alike. A period
// is whole UTC days, [from, to). For the public, small cells are hidden: 1 to 4
// could point at somebody, and so could a hidden cell that a total gives away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "statistics/tally.h"

namespace hotline::statistics {

/// Counted in the definitions of today; a change of any definition is a new number.
inline constexpr int kDefinitionVersion = 2;

struct Period {
  Instant from{}, to{};  ///< Midnights, UTC; `to` is not part of it.
  /// The period of the same length that ends where this one begins.
  [[nodiscard]] Period before() const { return {from - (to - from), from}; }
};

struct Cell {
  std::optional<std::int64_t> number;  ///< Nothing: there is no such figure (a median of nothing).
  bool hidden = false;                 ///< By the rule of small cells; the number is gone then.
  friend bool operator==(const Cell&, const Cell&) = default;
};
struct TableRow {
  std::string label;
  std::vector<Cell> cells;
  friend bool operator==(const TableRow&, const TableRow&) = default;
};
struct Table {
  std::string id;          ///< "months"; stands in addresses and file names.
  std::string title;       ///< With its unit: reports are not addresses.
  std::string definition;  ///< What is counted, in a sentence or two.
  std::string rows_are;    ///< Heading of the labels.
  std::vector<std::string> columns;
  std::vector<TableRow> rows;
  bool total = false;       ///< The last row is the sum of the others.
  bool staff_only = false;  ///< Never public (single hosts).
};

/// All figures of a period, in the order of the dashboard.
[[nodiscard]] std::vector<Table> figures(const Tally& tally, const Period& period);

/// The same table for the public: counts of 1 to 4 hidden, and where one hidden cell could be
/// reckoned from a total, the next smallest as well. Medians and shares of a hidden row go too.
[[nodiscard]] Table for_the_public(Table table);

/// "37" for 57,335 to 78,589: whole percent, half away from zero. Nothing if `before` is 0.
[[nodiscard]] std::optional<std::int64_t> percent_change(std::int64_t before, std::int64_t after);
/// The share in whole percent; nothing if `whole` is 0.
[[nodiscard]] std::optional<std::int64_t> percent_of(std::int64_t part, std::int64_t whole);
/// The middle one, or the mean of the middle two, rounded down; nothing for none.
[[nodiscard]] std::optional<std::int64_t> median(std::vector<std::int64_t> values);

/// RFC 4180, UTF-8; a label that a spreadsheet would take for a formula gets an apostrophe.
[[nodiscard]] std::string csv(const Table& table, const Period& period);
[[nodiscard]] std::string json_text(const Table& table, const Period& period, Instant extracted_at);

/// "2030-03-04" as midnight UTC. Error `invalid` for anything else.
[[nodiscard]] Result<Instant> parse_day(std::string_view text);
[[nodiscard]] std::string day_text(Instant at);

}  // namespace hotline::statistics
