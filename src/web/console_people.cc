// People: who works here, in which role. For administrators, who see no case.
#include "accounts/approvals.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using accounts::Action;
using accounts::Role;
using http::Request;
using http::Response;

Response people_page(const ConsoleParts& parts, const Request& request, const Staff& staff,
                     const std::string& trouble) {
  const auto all = parts.staff.database.read(
      [&](db::Transaction& tx) { return accounts::people(tx, staff.person.tenant); });
  if (!all) return staff_refuse(parts.staff, staff, request, all.error());
  return staff_page(parts.staff, staff,
                    {.title = "People",
                     .here = "/people",
                     .file = "console/people.html",
                     .status = trouble.empty() ? 200 : 400},
                    [&](Page& page) {
                      page.show("WAITS", request.query.has("waits"));
                      page.set("TROUBLE", trouble).show("HAS_TROUBLE", !trouble.empty());
                      for (const auto role : accounts::kRoles)
                        page.add("ROLE_CHOICE").set("ROLE_NAME", std::string(name(role)));
                      for (const auto& one : *all) {
                        Page& row = page.add("ROW");
                        for (const auto role : accounts::kRoles)
                          row.add("ROLE_OPTION")
                              .set("OPTION", std::string(name(role)))
                              .show("IS", role == one.role);
                        row.set("ID", one.id.str())
                            .set("NAME", one.name)
                            .set("FULL_NAME", one.full_name)
                            .set("ROLE_NAME", std::string(name(one.role)))
                            .show("SECOND_FACTOR", one.second_factor)
                            .show("DISABLED", one.disabled)
                            .show("CAN_DISABLE", !one.disabled && one.id != staff.person.id)
                            .show("CAN_CHANGE", one.id != staff.person.id)
                            .show("CAN_ENABLE", one.disabled);
                      }
                    });
}

using accounts::Approval;
using accounts::ApprovalKind;

/// Where another person could agree, an account or a role waits for them; in the first weeks of a
/// hotline with one administrator nobody could, and nothing waits.
Result<bool> needs_another(const ConsoleParts& parts, const Staff& staff, ApprovalKind kind) {
  return parts.staff.database.read(
      [&](db::Transaction& tx) { return accounts::has_approver(tx, staff.person, kind); });
}

Done ask_another(const ConsoleParts& parts, const Staff& staff, Approval wanted) {
  return parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    TRY_DONE(accounts::ask(tx, staff.person, std::move(wanted), parts.staff.clock.now()));
    return {};
  });
}

Response add(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto role = accounts::parse_role(request.form.get("role"));
  if (!role) return people_page(parts, request, staff, role.error().sentence);
  const auto waits = needs_another(parts, staff, ApprovalKind::new_person);
  if (!waits) return staff_refuse(parts.staff, staff, request, waits.error());
  const auto made = accounts::add_person(
      parts.staff.database,
      {staff.person.tenant, request.form.get("name"), request.form.get("full_name"), *role,
       request.form.get("password"), *waits},
      staff.person.id.str(), parts.staff.clock.now());
  if (!made) return people_page(parts, request, staff, made.error().sentence);
  if (!*waits) return http::see_other("/people");
  Approval wanted;
  wanted.kind = ApprovalKind::new_person;
  wanted.subject = *made;
  wanted.reason = "A new account as " + std::string(name(*role));
  const auto asked = ask_another(parts, staff, std::move(wanted));
  if (!asked) return staff_refuse(parts.staff, staff, request, asked.error());
  return http::see_other("/people?waits=1");
}

/// A change to one person of the same tenant.
Response change(const ConsoleParts& parts, const Request& request, const Staff& staff,
                Done (*step)(db::Database&, const casework::PersonId&, std::string_view, Instant)) {
  const auto id = casework::PersonId::parse(request.path_values.at("person"));
  if (!id)
    return staff_refuse(parts.staff, staff, request,
                        {ErrorKind::not_found, "There is no such person."});
  const auto known =
      parts.staff.database.read([&](db::Transaction& tx) { return accounts::person(tx, *id); });
  if (!known || known->tenant != staff.person.tenant)
    return staff_refuse(parts.staff, staff, request,
                        {ErrorKind::not_found, "There is no such person."});
  if (*id == staff.person.id)
    return staff_refuse(parts.staff, staff, request,
                        {ErrorKind::conflict, "Somebody else must do this to your own account."});
  const auto done = step(parts.staff.database, *id, staff.person.id.str(), parts.staff.clock.now());
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/people");
}

/// Roles and enabling give rights: another person agrees first, where there is one.
Response ask_or_do(const ConsoleParts& parts, const Request& request, const Staff& staff,
                   ApprovalKind kind) {
  const auto id = casework::PersonId::parse(request.path_values.at("person"));
  const auto waits = needs_another(parts, staff, kind);
  if (!waits) return staff_refuse(parts.staff, staff, request, waits.error());
  const auto role = accounts::parse_role(request.form.get("role"));
  if (kind == ApprovalKind::role_grant && !role)
    return people_page(parts, request, staff, role.error().sentence);
  const auto known =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<accounts::Person> {
        if (!id) return fail(ErrorKind::not_found, "There is no such person.");
        TRY(who, accounts::person(tx, *id));
        if (who.tenant != staff.person.tenant || who.id == staff.person.id)
          return fail(ErrorKind::not_found, "There is no such person, or it is you.");
        return who;
      });
  if (!known) return staff_refuse(parts.staff, staff, request, known.error());
  Approval wanted;
  wanted.kind = kind;
  wanted.subject = known->id;
  wanted.reason = "Asked on the page of people";
  if (role) wanted.details = {{"role", std::string(name(*role))}};
  const auto now = parts.staff.clock.now();
  const auto actor = staff.person.id.str();
  const Done done = *waits ? ask_another(parts, staff, std::move(wanted))
                    : kind == ApprovalKind::role_grant
                        ? accounts::set_role(parts.staff.database, *id, *role, actor, now)
                        : accounts::enable_person(parts.staff.database, *id, actor, now);
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other(*waits ? "/people?waits=1" : "/people");
}

}  // namespace

void people_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, Action::edit_people,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("GET", "/people", [](const ConsoleParts& all, const Request& request, const Staff& staff) {
    return people_page(all, request, staff, "");
  });
  on("POST", "/people", add);
  on("POST", "/people/{person}/disable",
     [](const ConsoleParts& all, const Request& request, const Staff& staff) {
       return change(all, request, staff, accounts::disable_person);
     });
  on("POST", "/people/{person}/enable",
     [](const ConsoleParts& all, const Request& request, const Staff& staff) {
       return ask_or_do(all, request, staff, ApprovalKind::new_person);
     });
  on("POST", "/people/{person}/role",
     [](const ConsoleParts& all, const Request& request, const Staff& staff) {
       return ask_or_do(all, request, staff, ApprovalKind::role_grant);
     });
}

}  // namespace hotline::web
