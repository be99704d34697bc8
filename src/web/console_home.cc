// Home, the queue and the find box: lists in words, no picture.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "assessment/consult.h"
#include "assessment/exposure.h"
#include "assessment/quality.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "takedown/notice_store.h"
#include "url/url.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using assessment::QueueState;
using http::Request;
using http::Response;

constexpr int kQueueShown = 200;
constexpr int kGoodNewsShown = 8;
constexpr int kMyLastCases = 200;

struct GoodNews {
  std::string casefile, reference, when;
  bool mine = false;
};

struct HomeView {
  std::int64_t waiting = 0, second = 0, between = 0;
  std::vector<assessment::Entry> open;
  std::vector<GoodNews> news;
  std::size_t troubled = 0;
  assessment::Meter meter;
  std::vector<assessment::Consult> called;
  std::int64_t samples = 0;
};

/// What was removed in the last week, latest first; one's own cases are marked, because knowing
/// how it ended is what helps.
Result<std::vector<GoodNews>> good_news(db::Transaction& tx, const accounts::Person& person,
                                        Instant now) {
  TRY(removed,
      facts::FactStore(tx).of_kind(person.tenant.str(), "item_removed", now - std::chrono::days(7),
                                   now + std::chrono::seconds(1)));
  TRY(worked_on, assessment::AssessmentStore(tx).finished_by(person.id, kMyLastCases));
  std::vector<GoodNews> news;
  std::set<std::string> once;
  for (auto fact = removed.rbegin(); fact != removed.rend() && news.size() < kGoodNewsShown;
       ++fact) {
    const auto id = casework::CaseId::parse(fact->casefile);
    if (!id || !once.insert(fact->casefile).second) continue;
    const bool mine = std::find(worked_on.begin(), worked_on.end(), *id) != worked_on.end();
    news.push_back({fact->casefile, case_reference(*id), shown_ago(fact->at, now), mine});
  }
  return news;
}

Result<HomeView> home_view(const ConsoleParts& parts, db::Transaction& tx,
                           const accounts::Person& person) {
  const Instant now = parts.staff.clock.now();
  assessment::AssessmentStore store(tx);
  HomeView view;
  TRY(first, store.count(person.tenant, QueueState::waiting, 1));
  TRY(second, store.count(person.tenant, QueueState::waiting, 2));
  TRY(between, store.count(person.tenant, QueueState::waiting, 3));
  TRY(open, store.claimed_by(person.id));
  TRY(news, good_news(tx, person, now));
  TRY(troubled, takedown::NoticeStore(tx).troubled(person.tenant, 100));
  TRY(today, assessment::meter(tx, person.id, parts.rules.budget, now));
  TRY(called, assessment::consults_for(tx, person));
  TRY(samples, assessment::samples_waiting(tx, person, now));
  view = {first,           second,           between,           std::move(open), std::move(news),
          troubled.size(), std::move(today), std::move(called), samples};
  return view;
}

void fill_meter(Page& page, const assessment::Meter& meter) {
  std::int64_t revealed = 0, small = 0;
  for (const auto& [level, count] : meter.shown) (level >= 3 ? revealed : small) += count;
  page.set("MINUTES", std::to_string(meter.minutes))
      .set("MINUTES_MAX", std::to_string(meter.minutes_max))
      .set("SMALL", std::to_string(small))
      .set("REVEALED", std::to_string(revealed))
      .set("AVOIDED", std::to_string(meter.avoided))
      .set("STOP_WORDS", assessment::stop_words(meter.stop, meter.to_wait))
      .show("FULL", meter.is_full())
      .show("NOT_CHECKED_IN", meter.state.shift_ends == 0)
      .show("NEARLY_FULL", meter.is_nearly_full());
}

Response home(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto view = parts.staff.database.read(
      [&](db::Transaction& tx) { return home_view(parts, tx, staff.person); });
  if (!view) return staff_refuse(parts.staff, staff, request, view.error());
  return staff_page(parts.staff, staff, {.title = "Home", .here = "/", .file = "console/home.html"},
                    [&](Page& page) {
                      page.set("WAITING", std::to_string(view->waiting))
                          .set("SECOND", std::to_string(view->second))
                          .set("BETWEEN", std::to_string(view->between))
                          .set("TROUBLED", std::to_string(view->troubled))
                          .show("GRADES",
                                accounts::allowed(staff.person.role, accounts::Action::grade))
                          .show("HAS_TROUBLED", view->troubled > 0)
                          .show("NOTHING_WAITS", view->waiting + view->second == 0)
                          .show("NONE_OPEN", view->open.empty())
                          .show("NO_NEWS", view->news.empty());
                      for (const auto& entry : view->open)
                        page.add("OPEN_CASE")
                            .set("CASE", entry.casefile.str())
                            .set("REFERENCE", case_reference(entry.casefile))
                            .set("REASON", entry.priority.words);
                      for (const auto& one : view->news)
                        page.add("NEWS")
                            .set("CASE", one.casefile)
                            .set("REFERENCE", one.reference)
                            .set("WHEN", one.when)
                            .show("MINE", one.mine);
                      for (const auto& one : view->called)
                        page.add("CALLED")
                            .set("CONSULT", one.id.str())
                            .set("REFERENCE", case_reference(one.casefile))
                            .show("OWN", one.asked_by == staff.person.id);
                      page.set("SAMPLES", std::to_string(view->samples))
                          .show("HAS_CALLED", !view->called.empty())
                          .show("HAS_SAMPLES", view->samples > 0);
                      fill_meter(page, view->meter);
                    });
}

Response start(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto found =
      at_desk(parts, [&](assessment::Desk& desk) { return desk.start(staff.person); });
  if (!found) return staff_refuse(parts.staff, staff, request, found.error());
  return http::see_other(*found ? "/cases/" + (*found)->str() : "/queue?state=waiting");
}

struct QueueRow {
  assessment::Entry entry;
  std::string address;
  std::size_t reports = 0;
};

Result<std::vector<QueueRow>> queue_rows(db::Transaction& tx, const casework::TenantId& tenant,
                                         QueueState state) {
  casework::CaseworkStore casework(tx);
  TRY(entries, assessment::AssessmentStore(tx).entries(tenant, state, kQueueShown));
  std::vector<QueueRow> rows;
  for (const auto& entry : entries) {
    TRY(casefile, casework.casefile(entry.casefile));
    TRY(address, casework.address(casefile.address));
    TRY(reports, casework.reports_of_case(entry.casefile));
    const auto& text = address.canonical.empty() ? address.verbatim : address.canonical;
    rows.push_back({entry, clip_utf8(defang(text), 120), reports.size()});
  }
  return rows;
}

std::string state_words(const assessment::Entry& entry, const Names& names, Instant now) {
  static constexpr std::array kLooks = {"first look", "second look", "two disagree"};
  const std::string look = kLooks.at(static_cast<std::size_t>(std::clamp(entry.look, 1, 3)) - 1);
  if (entry.state == QueueState::claimed && entry.claimed_by)
    return actor_words(names, entry.claimed_by->str()) + ", " + look +
           (entry.claimed_until < now ? " (lapsed: free to take)" : "");
  if (entry.state == QueueState::decided) return "decided";
  return "waits, " + look;
}

Response queue(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto state =
      assessment::parse_queue_state(request.query.get("state")).value_or(QueueState::waiting);
  const Instant now = parts.staff.clock.now();
  Names names;
  const auto rows =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<QueueRow>> {
        TRY(people, names_of(tx, staff.person.tenant));
        names = std::move(people);
        return queue_rows(tx, staff.person.tenant, state);
      });
  if (!rows) return staff_refuse(parts.staff, staff, request, rows.error());
  return staff_page(
      parts.staff, staff, {.title = "Queue", .here = "/queue", .file = "console/queue.html"},
      [&](Page& page) {
        page.show("EMPTY", rows->empty()).set("COUNT", std::to_string(rows->size()));
        for (const auto one : assessment::kQueueStates)
          page.add("STATE").set("STATE_NAME", std::string(name(one))).show("CHOSEN", one == state);
        for (const auto& row : *rows)
          page.add("ROW")
              .set("CASE", row.entry.casefile.str())
              .set("REFERENCE", case_reference(row.entry.casefile))
              .set("ADDRESS", row.address)
              .set("REASON", row.entry.priority.words)
              .set("REPORTS", std::to_string(row.reports))
              .set("SINCE", shown_ago(row.entry.entered_at, now))
              .set("STATE_WORDS", state_words(row.entry, names, now));
      });
}

/// A case id, or an address as somebody would paste it (defanged or not).
Result<casework::CaseId> find_case(const ConsoleParts& parts, const casework::TenantId& tenant,
                                   const std::string& text) {
  return parts.staff.database.read([&](db::Transaction& tx) -> Result<casework::CaseId> {
    casework::CaseworkStore casework(tx);
    if (const auto id = casework::CaseId::parse(text)) {
      TRY(found, casework.casefile(*id));
      if (found.tenant == tenant) return *id;
    }
    if (const auto canonical = url::canonical_from_report(text)) {
      const auto address = casework.address_by_canonical(tenant, *canonical);
      if (address) {
        TRY(found, casework.case_of_address(address->id));
        if (found) return found->id;
      }
    }
    return fail(ErrorKind::not_found,
                "No case has this address or reference. An address is found in the form in which "
                "it was reported.");
  });
}

// A POST, so that an address stands in no history and no log.
Response find(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const std::string text = clip_utf8(clean_utf8(trim(request.form.get("q"))), 8192);
  const auto found = find_case(parts, staff.person.tenant, text);
  if (!found) return staff_refuse(parts.staff, staff, request, found.error());
  return http::see_other("/cases/" + found->str());
}

}  // namespace

void home_routes(http::Router& router, const ConsoleParts& parts) {
  using accounts::Action;
  const auto page = [&](auto handler) {
    return [&parts, handler](const Request& request, const Staff& staff) {
      return handler(parts, request, staff);
    };
  };
  // People without cases who type the bare address are sent to where they begin.
  router.on("GET", "/",
            signed_in_only(parts.staff, [&parts](const Request& request, const Staff& staff) {
              const auto first = first_page(staff.person.role);
              return first == "/" ? home(parts, request, staff) : http::see_other(first);
            }));
  router.on("POST", "/start", staff_only(parts.staff, Action::grade, page(start)));
  router.on("GET", "/queue", staff_only(parts.staff, Action::see_cases, page(queue)));
  router.on("POST", "/find", staff_only(parts.staff, Action::see_cases, page(find)));
}

}  // namespace hotline::web
