#include "intake/intake_store.h"

#include "base/clock.h"
#include "base/text.h"
#include "intake/message_store.h"

namespace hotline::intake {

namespace {

constexpr std::string_view kAddReporter = R"sql(
  INSERT INTO reporter (parcel, tenant, public_key, portal) VALUES ($1, $2, $3, $4)
  ON CONFLICT (parcel) DO UPDATE SET version = reporter.version + 1)sql";
constexpr std::string_view kHome = "SELECT tenant, portal FROM reporter WHERE parcel = $1";
constexpr std::string_view kAddReport =
    "INSERT INTO reporter_report (report, parcel, casefile, place) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kReportCount = "SELECT count(*) FROM reporter_report WHERE parcel = $1";
constexpr std::string_view kReportersOfCase = R"sql(
  SELECT rr.report, rr.parcel, r.tenant, s.stage, s.number
    FROM reporter_report rr
    JOIN reporter r ON r.parcel = rr.parcel
    LEFT JOIN reporter_step s ON s.report = rr.report
         AND s.number = (SELECT max(l.number) FROM reporter_step l WHERE l.report = rr.report)
   WHERE rr.casefile = $1 ORDER BY rr.report)sql";
constexpr std::string_view kAddStep =
    "INSERT INTO reporter_step (report, number, stage, at) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kTouch = "UPDATE reporter SET version = version + 1 WHERE parcel = $1";
constexpr std::string_view kUnpublished = R"sql(
  SELECT parcel, public_key, version FROM reporter WHERE version > published AND portal = $2
   ORDER BY parcel LIMIT $1)sql";
constexpr std::string_view kSteps = R"sql(
  SELECT rr.place, s.stage, s.at
    FROM reporter_report rr JOIN reporter_step s ON s.report = rr.report
   WHERE rr.parcel = $1 ORDER BY rr.place, s.number)sql";
constexpr std::string_view kErased = "SELECT erased FROM reporter WHERE parcel = $1";
constexpr std::string_view kMarkPublished =
    "UPDATE reporter SET published = $2 WHERE parcel = $1 AND published < $2";
constexpr std::string_view kAddContact = R"sql(
  INSERT INTO contact (parcel, sealed) VALUES ($1, $2)
  ON CONFLICT (parcel) DO UPDATE SET sealed = excluded.sealed)sql";
constexpr std::string_view kHasContact = "SELECT 1 FROM contact WHERE parcel = $1";
constexpr std::string_view kEraseContact = "DELETE FROM contact WHERE parcel = $1";
// What is `sending` may have left; its row goes too, so that no second try is made.
constexpr std::string_view kEraseMails =
    "DELETE FROM reporter_mail WHERE parcel = $1 AND state IN ('waiting', 'sending')";
constexpr std::string_view kMarkErased = R"sql(
  UPDATE reporter SET erased = 1, version = version + 1 WHERE parcel = $1 RETURNING tenant)sql";
constexpr std::string_view kAddMail = R"sql(
  INSERT INTO reporter_mail (message_id, parcel, stage, state, due)
  VALUES ($1, $2, $3, 'waiting', $4) ON CONFLICT (message_id) DO NOTHING)sql";
// The condition stands twice on purpose: in PostgreSQL a second worker waits for the row and then
// rechecks the outer one only.
constexpr std::string_view kTakeDueMails = R"sql(
  UPDATE reporter_mail SET state = 'sending', due = $2, attempts = attempts + 1
   WHERE state IN ('waiting', 'sending') AND due <= $1
     AND message_id IN (SELECT m.message_id
                          FROM reporter_mail m JOIN reporter r ON r.parcel = m.parcel
                         WHERE m.state IN ('waiting', 'sending') AND m.due <= $1 AND r.portal = $4
                         ORDER BY m.due LIMIT $3)
  RETURNING message_id, parcel, stage, attempts)sql";
constexpr std::string_view kContact = "SELECT sealed FROM contact WHERE parcel = $1";
constexpr std::string_view kSetMail =
    "UPDATE reporter_mail SET state = $2, due = $3, sentence = $4 WHERE message_id = $1";

}  // namespace

std::string_view name(MailState state) {
  switch (state) {
    case MailState::waiting: return "waiting";
    case MailState::sending: return "sending";
    case MailState::sent: return "sent";
    case MailState::refused: return "refused";
  }
  return "";
}

Done IntakeStore::add_reporter(std::string_view parcel, const casework::TenantId& tenant,
                               std::string_view public_key, std::string_view portal) {
  TRY(home, tx_.run(kHome, {std::string(parcel)}));
  // Only a stolen portal machine could send it: a receipt answers where it was given.
  if (!home.empty() && (home[0].text(0) != tenant.str() || home[0].text(1) != portal))
    return fail(ErrorKind::forbidden, "The receipt belongs to another portal.");
  TRY_DONE(tx_.run(kAddReporter,
                   {std::string(parcel), tenant.str(), base64(public_key), std::string(portal)}));
  return {};
}

Done IntakeStore::add_report(std::string_view parcel, const casework::ReportId& report,
                             const casework::CaseId& casefile, std::int64_t place) {
  TRY_DONE(tx_.run(kAddReport, {report.str(), std::string(parcel), casefile.str(), place}));
  return {};
}

Result<std::int64_t> IntakeStore::report_count(std::string_view parcel) {
  TRY(rows, tx_.run(kReportCount, {std::string(parcel)}));
  return rows.at(0).integer(0);
}

Result<std::vector<IntakeStore::Told>> IntakeStore::reporters_of_case(
    const casework::CaseId& casefile) {
  TRY(rows, tx_.run(kReportersOfCase, {casefile.str()}));
  std::vector<Told> all;
  for (const auto& row : rows) {
    Told told{row.text(0), row.text(1), row.text(2), std::nullopt, 0};
    if (!row.is_null(3)) {
      TRY(stage, parse_stage(row.text(3)));
      told.last = stage;
      told.steps = row.integer(4) + 1;
    }
    all.push_back(std::move(told));
  }
  return all;
}

Done IntakeStore::add_step(std::string_view report, std::int64_t number, Stage stage, Instant at) {
  TRY_DONE(tx_.run(kAddStep, {std::string(report), number, std::string(name(stage)), us(at)}));
  return {};
}

Done IntakeStore::touch(std::string_view parcel) {
  TRY_DONE(tx_.run(kTouch, {std::string(parcel)}));
  return {};
}

Result<std::vector<IntakeStore::Unpublished>> IntakeStore::unpublished(int limit,
                                                                       std::string_view portal) {
  TRY(rows, tx_.run(kUnpublished, {std::int64_t{limit}, std::string(portal)}));
  std::vector<Unpublished> all;
  for (const auto& row : rows) {
    TRY(key, unbase64(row.text(1)));
    all.push_back({row.text(0), std::move(key), row.integer(2)});
  }
  return all;
}

Result<Parcel> IntakeStore::parcel(std::string_view parcel_id) {
  Parcel parcel;
  TRY(erased, tx_.run(kErased, {std::string(parcel_id)}));
  if (erased.empty()) return fail(ErrorKind::not_found, "There is no such receipt.");
  parcel.erased = erased[0].integer(0) != 0;
  TRY(contact, has_contact(parcel_id));
  parcel.has_contact = contact;
  TRY(messages, MessageStore(tx_).of_parcel(parcel_id));
  for (auto& message : messages)
    parcel.messages.push_back({message.author == "reporter", std::move(message.body), message.at});
  TRY(rows, tx_.run(kSteps, {std::string(parcel_id)}));
  std::int64_t place = -1;
  for (const auto& row : rows) {
    if (row.integer(0) != place) parcel.reports.emplace_back();
    place = row.integer(0);
    TRY(stage, parse_stage(row.text(1)));
    parcel.reports.back().push_back({stage, instant(row.integer(2))});
  }
  return parcel;
}

Done IntakeStore::mark_published(std::string_view parcel, std::int64_t version) {
  TRY_DONE(tx_.run(kMarkPublished, {std::string(parcel), version}));
  return {};
}

Done IntakeStore::add_contact(std::string_view parcel, std::string_view sealed) {
  TRY_DONE(tx_.run(kAddContact, {std::string(parcel), std::string(sealed)}));
  return {};
}

Result<bool> IntakeStore::has_contact(std::string_view parcel) {
  TRY(rows, tx_.run(kHasContact, {std::string(parcel)}));
  return !rows.empty();
}

Result<std::optional<std::string>> IntakeStore::erase_contact(std::string_view parcel) {
  TRY(erased, tx_.change(kEraseContact, {std::string(parcel)}));
  if (erased == 0) return std::optional<std::string>();
  TRY_DONE(tx_.run(kEraseMails, {std::string(parcel)}));
  TRY(rows, tx_.run(kMarkErased, {std::string(parcel)}));
  return std::optional(rows.at(0).text(0));
}

Done IntakeStore::add_mail(std::string_view message_id, std::string_view parcel, Occasion occasion,
                           Instant due) {
  TRY_DONE(tx_.run(kAddMail, {std::string(message_id), std::string(parcel),
                              std::string(name(occasion)), us(due)}));
  return {};
}

Result<std::vector<DueMail>> IntakeStore::take_due_mails(Instant now, Instant again, int limit,
                                                         std::string_view portal) {
  CHECK(now < again && limit > 0);
  TRY(rows, tx_.run(kTakeDueMails, {us(now), us(again), std::int64_t{limit}, std::string(portal)}));
  std::vector<DueMail> mails;
  for (const auto& row : rows) {
    TRY(occasion, parse_occasion(row.text(2)));
    TRY(contact, tx_.run(kContact, {row.text(1)}));
    mails.push_back({row.text(0), row.text(1), occasion, static_cast<int>(row.integer(3)),
                     contact.empty() ? "" : contact[0].text(0)});
  }
  return mails;
}

Done IntakeStore::set_mail(std::string_view message_id, MailState state, Instant due,
                           std::string_view sentence) {
  TRY_DONE(tx_.run(kSetMail, {std::string(message_id), std::string(name(state)), us(due),
                              std::string(sentence)}));
  return {};
}

}  // namespace hotline::intake
