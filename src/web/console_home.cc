// Home: what one begins with; no picture.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "assessment/consult.h"
#include "assessment/exposure.h"
#include "assessment/quality.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "takedown/notice_store.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using assessment::QueueState;
using http::Request;
using http::Response;

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
}

}  // namespace hotline::web
