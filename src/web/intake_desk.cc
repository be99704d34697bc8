#include "web/intake_desk.h"

#include "base/text.h"
#include "casework/casework_store.h"
#include "intake/drop.h"
#include "intake/pack.h"
#include "intake/portal_store.h"
#include "intake/receipt.h"
#include "intake/report_lines.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;

Result<std::unique_ptr<intake::Drop>> own_drop(const StaffParts& parts, const Staff& staff) {
  TRY(own, own_places(parts, staff));
  TRY(public_key, intake::drop_public_key(own.keys));
  return intake::Drop::open(own.drop, public_key, 0);
}

std::string field(const Request& request, std::string_view name, std::size_t bytes_max = 8192) {
  return std::string(trim(clip_utf8(clean_utf8(request.form.get(name)), bytes_max)));
}

Response show(const StaffParts& parts, const Staff& staff, const std::function<void(Page&)>& fill) {
  return staff_page(parts, staff,
                    {.title = "Take a report", .here = "/intake", .file = "console/intake.html"},
                    [&](Page& page) {
                      // A page that is sent twice is one report.
                      page.set("NONCE", hex(crypto::random_bytes(16)));
                      fill(page);
                    });
}

intake::Submission call_from(const Request& request, Instant now) {
  intake::Submission submission;
  submission.door = "phone";
  submission.topic = "online";
  submission.language = field(request, "language", 16);
  for (const auto& line : split(field(request, "addresses"), '\n'))
    submission.addresses.emplace_back(trim(line));
  submission.elsewhere = intake::where_without_address(
      field(request, "app", 500), field(request, "group", 500), field(request, "user", 500));
  submission.seen_when = field(request, "seen", 16);
  submission.danger = field(request, "danger", 16);
  submission.access = field(request, "access");
  submission.password = Sensitive<std::string>(field(request, "password", 512));
  if (!field(request, "password").empty()) submission.needed = "password";
  submission.remarks = field(request, "remarks");
  submission.email = Sensitive<std::string>(field(request, "email", 254));
  submission.received_at = whole_hour(now);
  return submission;
}

// POST /intake/call
Response take_call(const StaffParts& parts, const Request& request, const Staff& staff) {
  auto call = intake::cleaned(call_from(request, parts.clock.now()));
  const auto nonce = unhex(field(request, "nonce", 32));
  if (!nonce || nonce->size() != 16)
    return staff_refuse(parts, staff, request, {ErrorKind::invalid, "Load the page again."});
  if (call.addresses.empty() && call.elsewhere.empty())
    return staff_refuse(parts, staff, request,
                        {ErrorKind::invalid, "Type an address, or the app, group or user."});
  // From the page and the session: nobody else can make the same receipt.
  const auto receipt = intake::Receipt::from_secret(
      crypto::hkdf(staff.session + *nonce, "hotline console: receipt", 15));
  const bool wants = !call.email.reveal().empty() || field(request, "answer", 8) == "code";
  if (wants) {
    call.parcel = receipt.parcel();
    call.parcel_key = receipt.keys().public_key;
  }
  const auto drop = own_drop(parts, staff);
  if (!drop) return staff_refuse(parts, staff, request, drop.error());
  const auto id = hex(crypto::hmac_sha256(staff.session, "call " + *nonce)).substr(0, 32);
  if (const Done put = (*drop)->put(id, call); !put)
    return staff_refuse(parts, staff, request, put.error());
  return show(parts, staff, [&](Page& page) {
    Page& taken = page.add("TAKEN");
    if (wants) taken.add("RECEIPT").set("CODE", receipt.str());
  });
}

// POST /intake/lines
Response take_list(const StaffParts& parts, const Request& request, const Staff& staff) {
  const auto source = field(request, "source", 200);
  if (source.empty())
    return staff_refuse(parts, staff, request, {ErrorKind::invalid, "Say whose list it is."});
  const auto lines = intake::lines_from_csv(request.form.get("lines"));
  if (!lines) return staff_refuse(parts, staff, request, lines.error());
  const auto drop = own_drop(parts, staff);
  if (!drop) return staff_refuse(parts, staff, request, drop.error());
  const auto answers = intake::take_lines(**drop, {"csv", source, ""}, *lines, parts.clock.now());
  if (!answers) return staff_refuse(parts, staff, request, answers.error());
  return show(parts, staff, [&](Page& page) {
    Page& table = page.add("ANSWERS");
    for (const auto& answer : *answers)
      table.add("ANSWER")
          .set("LINE", std::to_string(answer.number))
          .set("RESULT", answer.taken ? "taken" : "refused")
          .set("TEXT", answer.taken ? answer.reference : answer.sentence);
  });
}

}  // namespace

Result<OwnPlaces> own_places(const StaffParts& parts, const Staff& staff) {
  const Places at = places(parts.settings);
  TRY(portals,
      parts.database.read([](db::Transaction& tx) { return intake::PortalStore(tx).all(); }));
  TRY(tenants, parts.database.read(
                   [](db::Transaction& tx) { return casework::CaseworkStore(tx).tenants(); }));
  if (!tenants.empty() && staff.person.tenant == tenants.front().id)
    return OwnPlaces{at.drop, at.keys};
  for (const auto& portal : portals) {
    if (portal.tenant != staff.person.tenant) continue;
    const auto own = intake::portal_places(at.dir, at.keys, portal.id);
    return OwnPlaces{own.drop, own.keys};
  }
  return fail(ErrorKind::forbidden, "Your organisation has no portal that takes reports.");
}

void intake_routes(http::Router& router, const ConsoleParts& parts) {
  const StaffParts& staff_parts = parts.staff;
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(method, path,
              staff_only(staff_parts, Action::see_cases,
                         [&staff_parts, handler](const Request& request, const Staff& staff) {
                           return handler(staff_parts, request, staff);
                         }));
  };
  on("GET", "/intake", [](const StaffParts& all, const Request&, const Staff& staff) {
    return show(all, staff, [](Page&) {});
  });
  on("POST", "/intake/call", take_call);
  on("POST", "/intake/lines", take_list);
}

}  // namespace hotline::web
