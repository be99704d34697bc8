#include "web/authorities.h"

#include "base/text.h"

namespace hotline::web {

namespace {

using accounts::Action;
using http::Request;
using http::Response;
using takedown::GateStore;

struct View {
  std::vector<takedown::Agency> agencies;
  std::vector<takedown::Authority> authorities;
  std::vector<takedown::Investigation> investigations;
  std::string own;  ///< The viewer's agency; empty: all.
};

Result<View> read_view(const StaffParts& parts, const Staff& staff) {
  return parts.database.read([&](db::Transaction& tx) -> Result<View> {
    GateStore store(tx);
    TRY(agencies, store.agencies(staff.person.tenant));
    TRY(authorities, store.authorities(staff.person.tenant));
    TRY(investigations, store.investigations(staff.person.tenant, parts.clock.now()));
    TRY(own, store.agency_of_person(staff.person.tenant, staff.person.id.str()));
    return View{std::move(agencies), std::move(authorities), std::move(investigations), own};
  });
}

void fill_authority(Page& row, const takedown::Authority& one, const View& view, bool decides,
                    Instant now) {
  const bool valid = !one.revoked_at && one.from <= now && now < one.until;
  row.set("ID", one.id)
      .set("AGENCY", one.agency)
      .set("CATEGORIES", join(one.categories, ", "))
      .set("KNOWN", one.known_only ? "only what two people have confirmed before" : "new items too")
      .set("COUNTRIES", one.countries.empty() ? "all of the agency" : join(one.countries, ", "))
      .set("FROM", shown_time(one.from))
      .set("UNTIL", shown_time(one.until))
      .set("STATE", one.revoked_at ? "revoked"
                    : valid        ? "stands"
                                   : "outside of its time")
      .set("DOCUMENT", one.document)
      .show("MAY_REVOKE",
            decides && !one.revoked_at && (view.own.empty() || view.own == one.agency));
}

Response authorities_page(const StaffParts& parts, const Request& request, const Staff& staff) {
  const auto view = read_view(parts, staff);
  if (!view) return staff_refuse(parts, staff, request, view.error());
  const bool decides = accounts::allowed(staff.person.role, Action::decide_gate);
  return staff_page(
      parts, staff,
      {.title = "Authorised in advance", .here = "/gate", .file = "notices/authorities.html"},
      [&](Page& page) {
        const Instant now = parts.clock.now();
        page.show("NONE", view->authorities.empty())
            .show("NO_AGENCY", view->agencies.empty())
            .show("MAY", decides && !view->agencies.empty())
            .show("NO_INVESTIGATION", view->investigations.empty());
        for (const auto& one : view->authorities)
          fill_authority(page.add("AUTHORITY"), one, *view, decides, now);
        for (const auto& one : view->agencies)
          if (view->own.empty() || view->own == one.id)
            page.add("AGENCY_CHOICE").set("AGENCY", one.id).set("NAME", one.name);
        for (const auto& one : view->investigations)
          page.add("INVESTIGATION")
              .set("KIND", one.kind)
              .set("VALUE", one.value)
              .set("SHOWN", defang(one.value))
              .set("AGENCY", one.agency)
              .set("REASON", one.reason)
              .set("UNTIL", shown_time(one.until))
              .show("MAY_END", decides);
      });
}

/// The agency that this person may speak for.
Result<std::string> speaks_for(db::Transaction& tx, const Staff& staff, std::string_view asked) {
  TRY(own, GateStore(tx).agency_of_person(staff.person.tenant, staff.person.id.str()));
  if (!own.empty() && own != asked)
    return fail(ErrorKind::forbidden, "You speak for another agency.");
  TRY_DONE(GateStore(tx).agency(staff.person.tenant, asked));
  return std::string(asked);
}

template <class Deed>
http::Handler police_does(const StaffParts& parts, Deed deed) {
  return staff_only(parts, Action::decide_gate,
                    [&parts, deed](const Request& request, const Staff& staff) -> Response {
                      const auto done = parts.database.transact([&](db::Transaction& tx) -> Done {
                        return deed(tx, request, staff, parts.clock.now());
                      });
                      if (!done) return staff_refuse(parts, staff, request, done.error());
                      return http::see_other("/gate/authorities");
                    });
}

Done investigate(db::Transaction& tx, const Request& request, const Staff& staff, Instant now) {
  TRY(agency, speaks_for(tx, staff, request.form.get("agency")));
  TRY(reason, takedown::reason_of(request.form.get("reason")));
  const auto days = parse_integer(trim(request.form.get("days")));
  if (!days || *days < 1 || *days > 365)
    return fail(ErrorKind::invalid, "An investigation is named for 1 to 365 days.");
  return GateStore(tx).put_investigation(
      {staff.person.tenant, std::string(request.form.get("kind")),
       clip_utf8(clean_utf8(request.form.get("value")), 300), agency, staff.person.id.str(), reason,
       now, now + std::chrono::hours(24 * *days)});
}

}  // namespace

void add_authority_routes(http::Router& router, const StaffParts& parts,
                          const takedown::Takedown& takedown) {
  router.on(
      "GET", "/gate/authorities",
      staff_only(parts, Action::see_gate, [&parts](const Request& request, const Staff& staff) {
        return authorities_page(parts, request, staff);
      }));
  router.on(
      "POST", "/gate/authorities",
      police_does(parts,
                  [&takedown](db::Transaction& tx, const Request& request, const Staff& staff,
                              Instant now) -> Done {
                    TRY(agency, speaks_for(tx, staff, request.form.get("agency")));
                    TRY(signature, unhex(trim(request.form.get("signature"))));
                    // A form turns line ends into CR LF; the agency signed without.
                    const std::string document =
                        replace_all(std::string(trim(request.form.get("document"))), "\r\n", "\n");
                    TRY_DONE(takedown.accept_authority(tx, staff.person.tenant, agency, document,
                                                       signature, staff.person.id.str(), now));
                    return {};
                  }));
  router.on("POST", "/gate/authorities/revoke",
            police_does(parts,
                        [&takedown](db::Transaction& tx, const Request& request, const Staff& staff,
                                    Instant now) -> Done {
                          TRY(all, GateStore(tx).authorities(staff.person.tenant));
                          for (const auto& one : all)
                            if (one.id == request.form.get("id"))
                              TRY_DONE(speaks_for(tx, staff, one.agency));
                          TRY_DONE(takedown.revoke_authority(
                              tx, staff.person.tenant, request.form.get("id"),
                              staff.person.id.str(), request.form.get("reason"), now));
                          return {};
                        }));
  router.on("POST", "/gate/investigations", police_does(parts, investigate));
  router.on("POST", "/gate/investigations/end",
            police_does(parts, [](db::Transaction& tx, const Request& request, const Staff& staff,
                                  Instant) {
              return GateStore(tx).end_investigation(staff.person.tenant, request.form.get("kind"),
                                                     request.form.get("value"));
            }));
}

}  // namespace hotline::web
