#include "web/gate.h"

#include "base/text.h"
#include "takedown/notice_store.h"

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
};

Result<Waiting> read_waiting(const StaffParts& parts, const Staff& staff) {
  return parts.database.read([&](db::Transaction& tx) -> Result<Waiting> {
    takedown::NoticeStore store(tx);
    TRY(held, store.in_state(staff.person.tenant, NoticeState::held, kShownMax));
    TRY(ready, store.in_state(staff.person.tenant, NoticeState::ready, kShownMax));
    std::erase_if(ready, [](const Notice& notice) { return !notice.home; });
    return Waiting{std::move(held), std::move(ready)};
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
      .set("LEAVES", notice.leaves_at ? shown_ago(*notice.leaves_at, now) : "");
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
                        row.show("MAY_DECIDE", decides);
                      }
                      for (const auto& notice : waiting->leaving) {
                        Page& row = page.add("LEAVING");
                        fill_notice(row, notice, now);
                        row.show("MAY_DECIDE", decides);
                      }
                    });
}

using Decision = Result<Notice> (takedown::Takedown::*)(db::Transaction&, const NoticeId&,
                                                        std::string_view, std::string_view,
                                                        Instant) const;

http::Handler decide(const StaffParts& parts, const takedown::Takedown& takedown,
                     Decision decision) {
  return staff_only(
      parts, Action::decide_gate,
      [&parts, &takedown, decision](const Request& request, const Staff& staff) -> Response {
        const auto decided = parts.database.transact([&](db::Transaction& tx) -> Result<Notice> {
          TRY(id, NoticeId::parse(request.path_values.at("id")));
          TRY(notice, takedown::NoticeStore(tx).notice(id));
          if (notice.tenant != staff.person.tenant)
            return fail(ErrorKind::not_found, "There is no such notice.");
          return (takedown.*decision)(tx, id, staff.person.id.str(), request.form.get("reason"),
                                      parts.clock.now());
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
  router.on("POST", "/gate/{id}/release", decide(parts, takedown, &takedown::Takedown::release));
  router.on("POST", "/gate/{id}/hold", decide(parts, takedown, &takedown::Takedown::hold));
}

}  // namespace hotline::web
