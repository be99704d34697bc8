#include "intake/access_store.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kAdd =
    "INSERT INTO report_access (report, casefile, needed, password) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kOfCase =
    "SELECT report, needed, password FROM report_access WHERE casefile = $1";

}  // namespace

Done AccessStore::add(const casework::CaseId& casefile, const casework::ReportId& report,
                      const Row& row) {
  TRY_DONE(tx_.run(kAdd, {report.str(), casefile.str(), row.needed, row.password}));
  return {};
}

Result<std::map<std::string, AccessStore::Row>> AccessStore::of_case(
    const casework::CaseId& casefile) {
  TRY(rows, tx_.run(kOfCase, {casefile.str()}));
  std::map<std::string, Row> all;
  for (const auto& row : rows) all.emplace(row.text(0), Row{row.text(1), row.text(2)});
  return all;
}

}  // namespace hotline::intake
