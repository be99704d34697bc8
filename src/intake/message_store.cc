#include "intake/message_store.h"

#include "base/clock.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kAdd = R"sql(
  INSERT INTO reporter_message (id, parcel, casefile, author, body, at, place)
  SELECT $1, $2, $3, $4, $5, $6,
         coalesce((SELECT max(place) + 1 FROM reporter_message WHERE parcel = $2), 0)
   WHERE NOT EXISTS (SELECT 1 FROM reporter_message WHERE id = $1))sql";
constexpr std::string_view kOfParcel = R"sql(
  SELECT id, parcel, casefile, author, body, at FROM reporter_message
   WHERE parcel = $1 ORDER BY place)sql";
constexpr std::string_view kCount = "SELECT count(*) FROM reporter_message WHERE parcel = $1";
constexpr std::string_view kErase = "DELETE FROM reporter_message WHERE parcel = $1";
constexpr std::string_view kTenant = "SELECT tenant FROM reporter WHERE parcel = $1";
constexpr std::string_view kLastAsked = R"sql(
  SELECT casefile FROM reporter_message WHERE parcel = $1 ORDER BY place DESC LIMIT 1)sql";
constexpr std::string_view kFirstCase = R"sql(
  SELECT casefile FROM reporter_report WHERE parcel = $1 ORDER BY place LIMIT 1)sql";
constexpr std::string_view kParcelOf =
    "SELECT parcel FROM reporter_report WHERE casefile = $1 AND report = $2";
constexpr std::string_view kReporters = R"sql(
  SELECT rr.parcel, rr.report, r.door, r.language, r.received_at, c.parcel
    FROM reporter_report rr
    JOIN report r ON r.id = rr.report
    LEFT JOIN contact c ON c.parcel = rr.parcel
   WHERE rr.casefile = $1
     AND rr.place = (SELECT min(f.place) FROM reporter_report f
                      WHERE f.parcel = rr.parcel AND f.casefile = $1)
   ORDER BY rr.report)sql";

MessageStore::Row row_of(const db::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), instant(row.integer(5))};
}

}  // namespace

Result<bool> MessageStore::add(const Row& row) {
  TRY(added,
      tx_.change(kAdd, {row.id, row.parcel, row.casefile, row.author, row.body, us(row.at)}));
  return added > 0;
}

Result<std::vector<MessageStore::Row>> MessageStore::of_parcel(std::string_view parcel) {
  TRY(rows, tx_.run(kOfParcel, {std::string(parcel)}));
  std::vector<Row> all;
  for (const auto& row : rows) all.push_back(row_of(row));
  return all;
}

Result<std::int64_t> MessageStore::count(std::string_view parcel) {
  TRY(rows, tx_.run(kCount, {std::string(parcel)}));
  return rows.at(0).integer(0);
}

Result<std::int64_t> MessageStore::erase(std::string_view parcel) {
  return tx_.change(kErase, {std::string(parcel)});
}

Result<std::optional<MessageStore::Where>> MessageStore::where(std::string_view parcel) {
  TRY(tenant, tx_.run(kTenant, {std::string(parcel)}));
  if (tenant.empty()) return std::optional<Where>();
  TRY(asked, tx_.run(kLastAsked, {std::string(parcel)}));
  if (!asked.empty()) return Where{tenant[0].text(0), asked[0].text(0)};
  TRY(first, tx_.run(kFirstCase, {std::string(parcel)}));
  if (first.empty()) return std::optional<Where>();
  return Where{tenant[0].text(0), first[0].text(0)};
}

Result<std::optional<std::string>> MessageStore::parcel_of(const casework::CaseId& casefile,
                                                           const casework::ReportId& report) {
  TRY(rows, tx_.run(kParcelOf, {casefile.str(), report.str()}));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional(rows[0].text(0));
}

Result<std::vector<MessageStore::Reporter>> MessageStore::reporters(
    const casework::CaseId& casefile) {
  TRY(rows, tx_.run(kReporters, {casefile.str()}));
  std::vector<Reporter> all;
  for (const auto& row : rows)
    all.push_back({row.text(0), row.text(1), row.text(2), row.text(3), instant(row.integer(4)),
                   !row.is_null(5)});
  return all;
}

}  // namespace hotline::intake
