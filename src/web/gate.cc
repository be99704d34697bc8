#include "web/gate.h"

#include "base/text.h"
#include "takedown/notice_store.h"
#include "web/authorities.h"

namespace hotline::web {

namespace {

using accounts::Action;
using casework::NoticeId;
using http::Request;
using http::Response;
using takedown::Notice;
using takedown::NoticeState;

constexpr int kShownMax = 200;

struct Waiting {
  std::vector<Notice> held, leaving;
  std::vector<takedown::Agency> agencies;
  std::string agency;  ///< The viewer's own; empty: sees all.
};

Result<Waiting> read_waiting(const StaffParts& parts, const Staff& staff) {
  return parts.database.read([&](db::Transaction& tx) -> Result<Waiting> {
    takedown::NoticeStore store(tx);
    TRY(held, store.in_state(staff.person.tenant, NoticeState::held, kShownMax));
    TRY(ready, store.in_state(staff.person.tenant, NoticeState::ready, kShownMax));
    std::erase_if(ready, [](const Notice& notice) { return !notice.home; });
    takedown::GateStore gate(tx);
    TRY(agencies, gate.agencies(staff.person.tenant));
    TRY(own, gate.agency_of_person(staff.person.tenant, staff.person.id.str()));
    const auto elsewhere = [&](const Notice& notice) {
      return !own.empty() && !notice.agency.empty() && notice.agency != own;
    };
    std::erase_if(held, elsewhere);
    std::erase_if(ready, elsewhere);
    return Waiting{std::move(held), std::move(ready), std::move(agencies), own};
  });
}

void fill_notice(Page& row, const Notice& notice, Instant now) {
  row.set("ID", notice.id.str())
      .set("REFERENCE", takedown::reference(notice.id))
      .set("ADDRESS", defang(notice.locations.front()))
      .set("CATEGORY", notice.category)
      .set("COUNTRY", notice.hosting.country)
      .set("NETWORK", notice.hosting.network)
      .set("OPENED", shown_time(notice.opened_at))
      .set("AGO", shown_ago(notice.opened_at, now))
      .set("REASON",
           notice.hold_reason == "police_gate" ? "waits for your decision" : notice.hold_reason)
      .set("AGENCY", notice.agency)
      .set("AUTHORITY", notice.authority)
      .set("UNTIL", notice.hold_until ? shown_time(*notice.hold_until) + " UTC (" +
                                            shown_ago(*notice.hold_until, now) + ")"
                                      : "")
      .show("HAS_AGENCY", !notice.agency.empty())
      .show("HAS_AUTHORITY", !notice.authority.empty())
      .show("HAS_UNTIL", notice.hold_until.has_value())
      .show("OVERDUE", notice.hold_until && *notice.hold_until <= now)
      .set("LEAVES", notice.leaves_at ? shown_ago(*notice.leaves_at, now) : "");
}

void fill_agencies(Page& row, const Waiting& waiting, const Notice& notice) {
  bool any = false;
  for (const auto& agency : waiting.agencies) {
    if (agency.id == notice.agency) continue;
    row.add("OTHER_AGENCY").set("OTHER", agency.id).set("OTHER_NAME", agency.name);
    any = true;
  }
  row.show("MAY_HAND_OVER", any);
}

Response gate_page(const StaffParts& parts, const Staff& staff, const Request& request) {
  const auto waiting = read_waiting(parts, staff);
  if (!waiting) return staff_refuse(parts, staff, request, waiting.error());
  const bool decides = accounts::allowed(staff.person.role, Action::decide_gate);
  return staff_page(parts, staff,
                    {.title = "Police gate", .here = "/gate", .file = "notices/gate.html"},
                    [&](Page& page) {
                      const Instant now = parts.clock.now();
                      page.set("COUNT", std::to_string(waiting->held.size()))
                          .show("NONE", waiting->held.empty())
                          .show("ANY_LEAVING", !waiting->leaving.empty());
                      for (const auto& notice : waiting->held) {
                        Page& row = page.add("HELD");
                        fill_notice(row, notice, now);
                        fill_agencies(row, *waiting, notice);
                        row.show("MAY_DECIDE", decides);
                      }
                      for (const auto& notice : waiting->leaving) {
                        Page& row = page.add("LEAVING");
                        fill_notice(row, notice, now);
                        row.show("MAY_DECIDE", decides);
                      }
                    });
}

/// Police of one agency decide about what is at their gate, and about what is at nobody's.
Result<Notice> own_notice(db::Transaction& tx, const Request& request, const Staff& staff) {
  TRY(id, NoticeId::parse(request.path_values.at("id")));
  TRY(notice, takedown::NoticeStore(tx).notice(id));
  TRY(own, takedown::GateStore(tx).agency_of_person(staff.person.tenant, staff.person.id.str()));
  const bool elsewhere = !own.empty() && !notice.agency.empty() && notice.agency != own;
  if (notice.tenant != staff.person.tenant || elsewhere)
    return fail(ErrorKind::not_found, "There is no such notice.");
  return notice;
}

/// The end of a hold as a number of hours; nothing if none was given.
Result<std::optional<Instant>> hold_end(const Request& request, Instant now) {
  const std::string hours(trim(request.form.get("hours")));
  if (hours.empty()) return std::optional<Instant>();
  const auto count = parse_integer(hours);
  if (!count || *count < 1 || *count > 24 * 90)
    return fail(ErrorKind::invalid, "A hold lasts 1 to 2160 hours; then you are asked again.");
  return std::optional(now + std::chrono::hours(*count));
}

template <class Decision>
http::Handler decide(const StaffParts& parts, Decision decision) {
  return staff_only(
      parts, Action::decide_gate,
      [&parts, decision](const Request& request, const Staff& staff) -> Response {
        const auto decided = parts.database.transact([&](db::Transaction& tx) -> Result<Notice> {
          TRY(notice, own_notice(tx, request, staff));
          return decision(tx, notice.id, request, staff.person.id.str(), parts.clock.now());
        });
        if (!decided) return staff_refuse(parts, staff, request, decided.error());
        return http::see_other("/gate");
      });
}

}  // namespace

void add_gate_routes(http::Router& router, const StaffParts& parts,
                     const takedown::Takedown& takedown) {
  router.on(
      "GET", "/gate",
      staff_only(parts, Action::see_gate, [&parts](const Request& request, const Staff& staff) {
        return gate_page(parts, staff, request);
      }));
  router.on(
      "POST", "/gate/{id}/release",
      decide(parts, [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                                const std::string& actor, Instant now) {
        return takedown.release(tx, id, actor, request.form.get("reason"), now);
      }));
  router.on("POST", "/gate/{id}/hold",
            decide(parts,
                   [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                               const std::string& actor, Instant now) -> Result<Notice> {
                     TRY(until, hold_end(request, now));
                     return takedown.hold(tx, id, actor, request.form.get("reason"), now, until);
                   }));
  router.on(
      "POST", "/gate/{id}/hand-over",
      decide(parts, [&takedown](db::Transaction& tx, const NoticeId& id, const Request& request,
                                const std::string& actor, Instant now) {
        return takedown.hand_over(tx, id, request.form.get("agency"), actor,
                                  request.form.get("reason"), now);
      }));
  add_authority_routes(router, parts, takedown);
}

}  // namespace hotline::web
