// The password that a reporter gave for reaching a page: shown once, to a named person.
#include "base/text.h"
#include "intake/access.h"
#include "web/console_case.h"
#include "web/intake_desk.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;

Result<Sensitive<std::string>> opened(const ConsoleParts& parts, const Request& request,
                                      const Staff& staff, const casework::CaseId& id) {
  TRY(report, casework::ReportId::parse(request.form.get("report")));
  TRY(casefile, parts.staff.database.read(
                    [&](db::Transaction& tx) { return casework::CaseworkStore(tx).casefile(id); }));
  if (casefile.tenant != staff.person.tenant)
    return fail(ErrorKind::not_found, "There is no such case.");
  TRY(own, own_places(parts.staff, staff));
  TRY(safe, intake::AccessSafe::open(own.keys));
  return intake::open_password(parts.staff.database, safe, casefile, report, staff.person.id,
                               parts.staff.clock.now());
}

// POST /cases/{id}/password
Response show_password(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto password = opened(parts, request, staff, *id);
  if (!password) return staff_refuse(parts.staff, staff, request, password.error());
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(*id), .here = "/queue", .file = "console/password.html"},
      [&](Page& page) { page.set("CASE", id->str()).set("PASSWORD", password->reveal()); });
}

}  // namespace

void fill_access(Page& report, const AccessOnPage& access) {
  if (!access.needed.empty()) report.add("NEEDED").set("WHAT", join(access.needed, ", "));
  report.show("HAS_PASSWORD", access.has_password);
}

void access_routes(http::Router& router, const ConsoleParts& parts) {
  router.on(
      "POST", "/cases/{id}/password",
      staff_only(parts.staff, Action::grade, [&parts](const Request& request, const Staff& staff) {
        return show_password(parts, request, staff);
      }));
}

}  // namespace hotline::web
