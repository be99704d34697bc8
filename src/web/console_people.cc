// People: who works here, in which role. For administrators, who see no case.
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
                      page.set("TROUBLE", trouble).show("HAS_TROUBLE", !trouble.empty());
                      for (const auto role : accounts::kRoles)
                        page.add("ROLE_CHOICE").set("ROLE_NAME", std::string(name(role)));
                      for (const auto& one : *all)
                        page.add("ROW")
                            .set("ID", one.id.str())
                            .set("NAME", one.name)
                            .set("FULL_NAME", one.full_name)
                            .set("ROLE_NAME", std::string(name(one.role)))
                            .show("SECOND_FACTOR", one.second_factor)
                            .show("DISABLED", one.disabled)
                            .show("CAN_DISABLE", !one.disabled && one.id != staff.person.id)
                            .show("CAN_ENABLE", one.disabled);
                    });
}

Response add(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto role = accounts::parse_role(request.form.get("role"));
  if (!role) return people_page(parts, request, staff, role.error().sentence);
  const auto made =
      accounts::add_person(parts.staff.database,
                           {staff.person.tenant, request.form.get("name"),
                            request.form.get("full_name"), *role, request.form.get("password")},
                           staff.person.id.str(), parts.staff.clock.now());
  if (!made) return people_page(parts, request, staff, made.error().sentence);
  return http::see_other("/people");
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
       return change(all, request, staff, accounts::enable_person);
     });
}

}  // namespace hotline::web
