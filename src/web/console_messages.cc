// The Messages tab of a case: what reporters were asked, and what they wrote back.
#include "intake/messages.h"

#include "base/text.h"
#include "web/console_case.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;

// POST /cases/{id}/messages: a question into one reporter's status parcel.
Response ask(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto report = casework::ReportId::parse(request.form.get("report"));
  if (!report) return staff_refuse(parts.staff, staff, request, report.error());
  const auto asked = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    TRY(casefile, casework::CaseworkStore(tx).casefile(*id));
    if (casefile.tenant != staff.person.tenant)
      return fail(ErrorKind::not_found, "There is no such case.");
    return intake::ask_reporter(tx, *id, *report, request.form.get("text"), staff.person.id,
                                parts.staff.clock.now());
  });
  if (!asked) return staff_refuse(parts.staff, staff, request, asked.error());
  return http::see_other("/cases/" + id->str() + "/messages");
}

}  // namespace

void fill_messages(Page& page, const CaseFile& file, const accounts::Person& person, Instant now) {
  const bool may_ask = accounts::allowed(person.role, Action::grade);
  page.show("NONE", file.conversations.empty());
  int number = 0;
  for (const auto& one : file.conversations) {
    Page& reporter = page.add("REPORTER");
    reporter.set("CASE", file.casefile.id.str())
        .set("REPORT_ID", one.report.str())
        .set("NUMBER", std::to_string(++number))
        .set("DOOR", one.door)
        .set("LANGUAGE", one.language)
        .set("WHEN", shown_time(one.received_at))
        .show("SILENT", one.lines.empty())
        .show("MAY_ASK", may_ask);
    for (const auto& line : one.lines) {
      const bool from_reporter = line.author == "reporter";
      Page& row = reporter.add("LINE");
      row.set("WHO", from_reporter ? "The reporter" : actor_words(file.names, line.author))
          .set("TEXT", from_reporter ? defang(line.text) : line.text)
          // A reporter's hour is all that we have: the portal keeps no exact time.
          .set("WHEN", from_reporter ? shown_time(line.at) : shown_ago(line.at, now))
          .show("FROM_REPORTER", from_reporter);
    }
  }
}

void message_routes(http::Router& router, const ConsoleParts& parts) {
  router.on(
      "POST", "/cases/{id}/messages",
      staff_only(parts.staff, Action::grade, [&parts](const Request& request, const Staff& staff) {
        return ask(parts, request, staff);
      }));
}

}  // namespace hotline::web
