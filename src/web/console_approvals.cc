// Approvals: what two people must agree on, asked and decided.
#include "accounts/approvals.h"

#include "assessment/exposure.h"
#include "base/text.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using accounts::Action;
using accounts::Approval;
using accounts::ApprovalId;
using accounts::ApprovalKind;
using accounts::ApprovalState;
using http::Request;
using http::Response;

std::string what_words(const Approval& one) {
  const auto text = [&](const char* name) {
    const auto* value = one.details.if_contains(name);
    if (value == nullptr) return std::string();
    if (value->is_int64()) return std::to_string(value->get_int64());
    return value->is_string() ? std::string(value->get_string()) : std::string();
  };
  switch (one.kind) {
    case ApprovalKind::exposure_override: return text("minutes") + " min more of pictures";
    case ApprovalKind::role_grant: return "the role " + text("role");
    case ApprovalKind::new_person: return "an account that may sign in";
  }
  return "";
}

/// What was approved happens, in the transaction of the approval.
Done take_effect(db::Transaction& tx, const Approval& done, Instant now) {
  const std::string actor = done.decided_by->str();
  switch (done.kind) {
    case ApprovalKind::exposure_override: {
      TRY(who, accounts::person(tx, done.subject));
      return assessment::lift(tx, who, integer_at(done.details, "minutes").value_or(0), actor, now);
    }
    case ApprovalKind::role_grant: {
      TRY(role, accounts::parse_role(text_at(done.details, "role").value_or("")));
      return accounts::set_role(tx, done.subject, role, actor, now);
    }
    case ApprovalKind::new_person: return accounts::enable_person(tx, done.subject, actor, now);
  }
  return {};
}

Response approvals_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  Names names;
  std::vector<accounts::Person> people;
  const Instant now = parts.staff.clock.now();
  const auto all =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<Approval>> {
        TRY(known, names_of(tx, staff.person.tenant));
        names = std::move(known);
        TRY(everybody, accounts::people(tx, staff.person.tenant));
        people = std::move(everybody);
        return accounts::approvals(tx, staff.person.tenant, 100, now);
      });
  if (!all) return staff_refuse(parts.staff, staff, request, all.error());
  const auto role = staff.person.role;
  const bool may_ask = accounts::allowed(role, Action::ask_override);
  return staff_page(
      parts.staff, staff,
      {.title = "Approvals", .here = "/board", .file = "console/approvals.html"}, [&](Page& page) {
        page.show("NONE", all->empty())
            .show("CAN_ASK", may_ask)
            .show("OVERSIGHT", accounts::allowed(role, Action::see_board));
        for (const auto& one : people)
          if (may_ask && !one.disabled && one.id != staff.person.id &&
              accounts::allowed(one.role, Action::see_previews))
            page.add("PERSON_CHOICE").set("ID", one.id.str()).set("NAME", one.full_name);
        for (const auto& one : *all) {
          bool may_decide = one.state == ApprovalState::asked && one.asked_by != staff.person.id &&
                            one.subject != staff.person.id;
          for (const auto& rule : accounts::kApprovalRules)
            if (rule.kind == one.kind)
              may_decide = may_decide && accounts::allowed(role, rule.approve);
          page.add("ROW")
              .set("ID", one.id.str())
              .set("WHAT", what_words(one))
              .set("FOR", actor_words(names, one.subject.str()))
              .set("BY", actor_words(names, one.asked_by.str()))
              .set("REASON", one.reason)
              .set("WHEN", shown_ago(one.asked_at, now))
              .set("STATE", std::string(name(one.state)))
              .set("DECIDED_BY", one.decided_by ? actor_words(names, one.decided_by->str()) : "")
              .show("CAN_DECIDE", may_decide)
              .show("CAN_WITHDRAW",
                    one.state == ApprovalState::asked && one.asked_by == staff.person.id);
        }
      });
}

Response ask_override(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto subject = casework::PersonId::parse(request.form.get("person"));
  const auto minutes = parse_integer(request.form.get("minutes"));
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!subject) return fail(ErrorKind::invalid, "Say for whom.");
    if (!minutes || *minutes < 1 || *minutes > 30)
      return fail(ErrorKind::invalid, "An override lasts 1 to 30 minutes.");
    Approval wanted;
    wanted.kind = ApprovalKind::exposure_override;
    wanted.subject = *subject;
    wanted.details = {{"minutes", *minutes}};
    wanted.reason = request.form.get("reason");
    TRY_DONE(accounts::ask(tx, staff.person, wanted, parts.staff.clock.now()));
    return {};
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/approvals");
}

Response decide(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = ApprovalId::parse(request.path_values.at("approval"));
  const std::string what = request.form.get("do");
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!id) return fail(ErrorKind::not_found, "Nothing was asked under this id.");
    const Instant now = parts.staff.clock.now();
    if (what == "withdraw") return accounts::withdraw(tx, staff.person, *id, now);
    if (what != "approve" && what != "refuse")
      return fail(ErrorKind::invalid, "Approve or refuse.");
    TRY(decided, accounts::decide(tx, staff.person, *id, what == "approve", now));
    if (decided.state != ApprovalState::approved) return {};
    return take_effect(tx, decided, now);
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/approvals");
}

}  // namespace

void approval_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, auto wrap, auto handler) {
    router.on(method, path, wrap([&parts, handler](const Request& request, const Staff& staff) {
                return handler(parts, request, staff);
              }));
  };
  const auto whoever_decides = [&parts](StaffHandler handler) {
    // Rights are checked per kind, where it is decided; here only that the role decides anything.
    return signed_in_only(
        parts.staff, [&parts, handler](const Request& request, const Staff& staff) {
          const auto role = staff.person.role;
          if (!accounts::allowed(role, Action::approve_override) &&
              !accounts::allowed(role, Action::approve_people))
            return staff_refuse(parts.staff, staff, request,
                                {ErrorKind::forbidden, "Your role decides no approvals."});
          return handler(request, staff);
        });
  };
  on("GET", "/approvals", whoever_decides, approvals_page);
  on("POST", "/approvals/{approval}", whoever_decides, decide);
  on(
      "POST", "/approvals",
      [&parts](StaffHandler handler) {
        return staff_only(parts.staff, Action::ask_override, std::move(handler));
      },
      ask_override);
}

}  // namespace hotline::web
