// Oversight: board, agreement, accesses and audit. No picture and no league table.
#include <fmt/format.h>

#include <algorithm>

#include "assessment/agreement.h"
#include "assessment/exposure.h"
#include "assessment/viewing.h"
#include "base/text.h"
#include "takedown/notice_store.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using accounts::Action;
using assessment::AccessId;
using assessment::QueueState;
using http::Request;
using http::Response;

constexpr std::size_t kFactsShown = 300;
constexpr int kMonthsShown = 3;

struct Board {
  std::int64_t waiting = 0, second = 0, between = 0;
  std::vector<assessment::Entry> queue, open;
  std::size_t troubled = 0;
  std::vector<assessment::Access> accesses;
  std::optional<assessment::TeamFigures> team;
  std::vector<facts::Fact> crossings;
  Names names;
};

Result<Board> load_board(const ConsoleParts& parts, db::Transaction& tx,
                         const accounts::Person& person) {
  const Instant now = parts.staff.clock.now();
  const auto& tenant = person.tenant;
  assessment::AssessmentStore store(tx);
  Board board;
  TRY(waiting, store.count(tenant, QueueState::waiting, 1));
  TRY(second, store.count(tenant, QueueState::waiting, 2));
  TRY(between, store.count(tenant, QueueState::waiting, 3));
  TRY(queue, store.entries(tenant, QueueState::waiting, 1000));
  TRY(open, store.entries(tenant, QueueState::claimed, 200));
  TRY(troubled, takedown::NoticeStore(tx).troubled(tenant, 100));
  TRY(accesses, assessment::accesses(tx, tenant, 200));
  TRY(names, names_of(tx, tenant));
  board = {waiting,
           second,
           between,
           std::move(queue),
           std::move(open),
           troubled.size(),
           std::move(accesses),
           {},
           {},
           std::move(names)};
  if (!accounts::allowed(person.role, Action::see_welfare)) return board;
  TRY(team, assessment::team_day(tx, tenant, now));
  board.team = team;
  for (const char* kind : {"exposure_paused", "exposure_lifted"}) {
    TRY(found, facts::FactStore(tx).of_kind(tenant.str(), kind, now - std::chrono::days(7),
                                            now + std::chrono::seconds(1)));
    board.crossings.insert(board.crossings.end(), found.begin(), found.end());
  }
  return board;
}

void fill_welfare(Page& page, const Board& board, Instant now) {
  page.show("HAS_TEAM", board.team.has_value())
      .show("NO_TEAM", !board.team)
      .show("NO_CROSSING", board.crossings.empty());
  if (board.team)
    page.set("TEAM_PEOPLE", std::to_string(board.team->people))
        .set("TEAM_MINUTES", std::to_string(board.team->minutes_mean))
        .set("TEAM_REVEALED", std::to_string(board.team->revealed_mean))
        .set("TEAM_AVOIDED", std::to_string(board.team->avoided_sum));
  for (const auto& fact : board.crossings)
    page.add("CROSSING")
        .set("WHO", actor_words(board.names, fact.subject))
        .set("WHAT", fact.kind == "exposure_paused" ? "the day's picture time was used"
                                                    : "two colleagues allowed more")
        .set("WHEN", shown_ago(fact.at, now));
}

Response board_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const Instant now = parts.staff.clock.now();
  const auto board = parts.staff.database.read(
      [&](db::Transaction& tx) { return load_board(parts, tx, staff.person); });
  if (!board) return staff_refuse(parts.staff, staff, request, board.error());
  const auto oldest =
      std::min_element(board->queue.begin(), board->queue.end(),
                       [](const auto& a, const auto& b) { return a.entered_at < b.entered_at; });
  const auto open = [&](const assessment::Access& one) { return !one.reviewed_by; };
  const auto late = [&](const assessment::Access& one) { return one.is_overdue(now); };
  const auto overdue = std::count_if(board->accesses.begin(), board->accesses.end(), late);
  return staff_page(
      parts.staff, staff, {.title = "Oversight", .here = "/board", .file = "console/board.html"},
      [&](Page& page) {
        page.set("WAITING", std::to_string(board->waiting))
            .set("SECOND", std::to_string(board->second))
            .set("BETWEEN", std::to_string(board->between))
            .set("CLAIMED", std::to_string(board->open.size()))
            .set("TROUBLED", std::to_string(board->troubled))
            .set("UNREVIEWED", std::to_string(std::count_if(board->accesses.begin(),
                                                            board->accesses.end(), open)))
            .set("OVERDUE_COUNT", std::to_string(overdue))
            .set("OLDEST",
                 oldest == board->queue.end() ? "nothing" : shown_ago(oldest->entered_at, now))
            .show("OVERDUE", overdue > 0)
            .show("AUDIT", accounts::allowed(staff.person.role, Action::search_audit))
            .show("WELFARE", accounts::allowed(staff.person.role, Action::see_welfare));
        fill_welfare(page, *board, now);
        for (const auto& entry : board->open)
          page.add("OPEN")
              .set("CASE", entry.casefile.str())
              .set("REFERENCE", case_reference(entry.casefile))
              .set("WITH",
                   entry.claimed_by ? actor_words(board->names, entry.claimed_by->str()) : "")
              .set("LOOK", std::to_string(entry.look))
              .set("SINCE", shown_ago(entry.entered_at, now));
      });
}

Response quality_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  struct Month {
    std::string name, scheme;
    std::vector<assessment::AttributeAgreement> figures;
  };
  std::vector<Month> months;
  const auto done = parts.staff.database.read([&](db::Transaction& tx) -> Done {
    const std::chrono::year_month_day today{
        std::chrono::floor<std::chrono::days>(parts.staff.clock.now())};
    for (int back = 0; back < kMonthsShown; ++back) {
      const auto month = today.year() / today.month() - std::chrono::months(back);
      const Instant from = std::chrono::sys_days(month / 1);
      const Instant to = std::chrono::sys_days((month + std::chrono::months(1)) / 1);
      for (const auto& scheme : parts.schemes.all()) {
        TRY(figures,
            assessment::agreement_by_attribute(tx, staff.person.tenant, scheme.id, from, to));
        const bool any = std::any_of(figures.begin(), figures.end(),
                                     [](const auto& one) { return one.agreement.pairs > 0; });
        if (any || (back == 0 && scheme.id == parts.schemes.active().id))
          months.push_back({rfc3339(from).substr(0, 7), scheme.name, std::move(figures)});
      }
    }
    return {};
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return staff_page(
      parts.staff, staff, {.title = "Agreement", .here = "/board", .file = "console/quality.html"},
      [&](Page& page) {
        page.show("AUDIT", accounts::allowed(staff.person.role, Action::search_audit));
        for (const auto& month : months) {
          Page& section = page.add("MONTH");
          section.set("MONTH_NAME", month.name).set("SCHEME", month.scheme);
          for (const auto& [attribute, agreement] : month.figures)
            section.add("ATTRIBUTE")
                .set("NAME", attribute)
                .set("PAIRS", std::to_string(agreement.pairs))
                .set("SAME",
                     agreement.pairs == 0
                         ? "-"
                         : fmt::format("{:.1f} %", 100.0 * static_cast<double>(agreement.same) /
                                                       static_cast<double>(agreement.pairs)))
                .set("KAPPA",
                     agreement.kappa ? fmt::format("{:.2f}", *agreement.kappa) : "no value");
        }
      });
}

Response accesses_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const Instant now = parts.staff.clock.now();
  Names names;
  const auto all = parts.staff.database.read(
      [&](db::Transaction& tx) -> Result<std::vector<assessment::Access>> {
        TRY(people, names_of(tx, staff.person.tenant));
        names = std::move(people);
        return assessment::accesses(tx, staff.person.tenant, 200);
      });
  if (!all) return staff_refuse(parts.staff, staff, request, all.error());
  return staff_page(
      parts.staff, staff, {.title = "Accesses", .here = "/board", .file = "console/accesses.html"},
      [&](Page& page) {
        page.show("NONE", all->empty())
            .show("AUDIT", accounts::allowed(staff.person.role, Action::search_audit));
        for (const auto& one : *all)
          page.add("ROW")
              .set("ID", one.id.str())
              .set("WHEN", shown_time(one.opened_at))
              .set("WHO", actor_words(names, one.person.str()))
              .set("CASE", one.casefile.str())
              .set("REFERENCE", case_reference(one.casefile))
              .set("CODE", replace_all(one.code, "_", " "))
              .set("REASON", one.reason)
              .set("FINDING", replace_all(one.finding, "_", " "))
              .show("OVERDUE", one.is_overdue(now))
              .show("CAN_REVIEW", !one.reviewed_by && one.person != staff.person.id);
      });
}

Response review(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = AccessId::parse(request.path_values.at("access"));
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!id) return fail(ErrorKind::not_found, "There is no such access.");
    return assessment::review_access(tx, staff.person, *id, request.form.get("finding"),
                                     parts.staff.clock.now());
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/accesses");
}

Response audit_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const Instant now = parts.staff.clock.now();
  std::string kind = request.query.get("kind");
  if (!facts::is_kind(kind)) kind = "case_assessed";
  const auto days =
      std::clamp<std::int64_t>(parse_integer(request.query.get("days")).value_or(7), 1, 400);
  Names names;
  const auto found =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<facts::Fact>> {
        TRY(people, names_of(tx, staff.person.tenant));
        names = std::move(people);
        return facts::FactStore(tx).of_kind(staff.person.tenant.str(), kind,
                                            now - std::chrono::days(days),
                                            now + std::chrono::seconds(1));
      });
  if (!found) return staff_refuse(parts.staff, staff, request, found.error());
  return staff_page(parts.staff, staff,
                    {.title = "Audit", .here = "/board", .file = "console/audit.html"},
                    [&](Page& page) {
                      page.set("COUNT", std::to_string(found->size()))
                          .set("DAYS", std::to_string(days))
                          .show("CUT", found->size() > kFactsShown)
                          .show("AUDIT");
                      for (const auto one : facts::all_kinds())
                        page.add("KIND").set("VALUE", std::string(one)).show("CHOSEN", one == kind);
                      std::size_t shown = 0;
                      for (auto fact = found->rbegin();
                           fact != found->rend() && shown < kFactsShown; ++fact, ++shown) {
                        const auto casefile = casework::CaseId::parse(fact->casefile);
                        page.add("ROW")
                            .set("WHEN", shown_time(fact->at))
                            .set("WHO", actor_words(names, fact->actor))
                            .set("WHAT", fact_words(*fact))
                            .set("CASE", fact->casefile)
                            .set("REFERENCE", casefile ? case_reference(*casefile) : "")
                            .show("HAS_CASE", casefile.has_value());
                      }
                    });
}

Response glass_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto view =
      at_desk(parts, [&](assessment::Desk& desk) { return desk.view(staff.person, *id); });
  if (!view) return staff_refuse(parts.staff, staff, request, view.error());
  const auto open = parts.staff.database.read([&](db::Transaction& tx) {
    return assessment::open_access(tx, staff.person.id, *id, parts.staff.clock.now());
  });
  if (!open) return staff_refuse(parts.staff, staff, request, open.error());
  const auto scheme = parts.schemes.find(view->entry.scheme);
  if (!scheme) return staff_refuse(parts.staff, staff, request, scheme.error());
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(*id),
       .here = "/queue",
       .file = "console/break_glass.html"},
      [&](Page& page) {
        page.set("CASE", id->str())
            .set("REFERENCE", case_reference(*id))
            .show("CLOSED", !*open)
            .show("OPEN", open->has_value());
        for (const auto& code : assessment::kReasonCodes)
          page.add("CODE").set("VALUE", std::string(code.id)).set("LABEL", std::string(code.label));
        if (!*open) return;
        page.set("UNTIL", shown_time((*open)->closes_at));
        for (const auto& item : view->items)
          page.add("ITEM")
              .set("NUMBER", std::to_string(item.number))
              .set("ITEM_ID", item.item.str())
              .set("GRADE", grade_words(**scheme, item.grade));
      });
}

Response shatter(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto made = parts.staff.database.transact([&](db::Transaction& tx) {
    return assessment::break_glass(tx, staff.person, *id, request.form.get("code"),
                                   request.form.get("reason"), parts.staff.clock.now());
  });
  if (!made) return staff_refuse(parts.staff, staff, request, made.error());
  return http::see_other("/cases/" + id->str() + "/break-glass");
}

}  // namespace

void oversight_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, Action action, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, action,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("GET", "/board", Action::see_board, board_page);
  on("GET", "/quality", Action::see_quality, quality_page);
  on("GET", "/accesses", Action::review_access, accesses_page);
  on("POST", "/accesses/{access}", Action::review_access, review);
  on("GET", "/audit", Action::search_audit, audit_page);
  on("GET", "/cases/{id}/break-glass", Action::break_glass, glass_page);
  on("POST", "/cases/{id}/break-glass", Action::break_glass, shatter);
}

}  // namespace hotline::web
