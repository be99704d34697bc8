// What the grading screen does: claim, decide, undo, finish, cancel.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "takedown/notice_store.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using accounts::Action;
using assessment::CaseView;
using assessment::Desk;
using assessment::Part;
using assessment::Scheme;
using casework::CaseId;
using casework::ItemId;
using http::Request;
using http::Response;

// One request saves what waited while the network was away; nobody sends more.
constexpr std::size_t kDecisionsMax = 200;
constexpr std::size_t kItemsMax = 2000;

json::object item_state(const Scheme& scheme, const assessment::CaseItem& item) {
  return {{"id", item.item.str()},
          {"done", item.complete},
          {"category", item.grade.category},
          {"age", item.grade.age},
          {"sex", item.grade.sex},
          {"flags", json::array(item.grade.flags.begin(), item.grade.flags.end())},
          {"words", grade_words(scheme, item.grade)}};
}

/// What the script needs after each key: the items, the counts, the strip, the outcome so far.
std::string state_json(const Scheme& scheme, const CaseView& view,
                       const std::vector<ItemId>& changed) {
  json::object state;
  std::map<ItemId, int> numbers;
  json::array items;
  for (const auto& item : view.items) {
    numbers[item.item] = item.number;
    if (std::find(changed.begin(), changed.end(), item.item) != changed.end())
      items.push_back(item_state(scheme, item));
  }
  if (items.size() == 1) state["item"] = items.front();
  state["items"] = std::move(items);
  state["counts"] = json::object{{"to_do", view.count(Part::to_do)},
                                 {"decided", view.count(Part::decided)},
                                 {"known", view.count(Part::known)},
                                 {"furniture", view.count(Part::furniture)}};
  json::array strip;
  for (const auto& step : view.strip)
    strip.push_back(json::object{{"step", step.id},
                                 {"item", step.item.str()},
                                 {"text", step_words(scheme, step, numbers[step.item])}});
  state["strip"] = std::move(strip);
  state["outcome"] = outcome_words(scheme, view);
  state["can_undo"] = view.can_undo;
  state["can_redo"] = view.can_redo;
  return json::serialize(state);
}

/// Which items a step of the person has changed: undo may take a whole stack back.
std::vector<ItemId> differing(const CaseView& before, const CaseView& after) {
  std::vector<ItemId> changed;
  for (std::size_t i = 0; i < after.items.size(); ++i)
    if (i >= before.items.size() || before.items[i].grade != after.items[i].grade)
      changed.push_back(after.items[i].item);
  return changed;
}

/// Runs one change at the desk and answers the script with the new state, a form with the page.
Response change_item(const ConsoleParts& parts, const Request& request, const Staff& staff,
                     const std::function<Done(Desk&, const CaseId&)>& change) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto state = at_desk(parts, [&](Desk& desk) -> Result<std::string> {
    TRY(before, desk.view(staff.person, *id));
    TRY_DONE(change(desk, *id));
    TRY(after, desk.view(staff.person, *id));
    TRY(scheme, parts.schemes.find(after.entry.scheme));
    return state_json(*scheme, after, differing(before, after));
  });
  if (!state) return staff_refuse(parts.staff, staff, request, state.error());
  if (wants_json(request)) return http::json_text(*state);
  const std::string next = request.form.get("next");
  const auto item = ItemId::parse(next);
  return http::see_other("/cases/" + id->str() + (item ? "/items/" + item->str() : ""));
}

/// "itm_…,itm_…|category|age|sex|flag flag": one keystroke, for one item, a stack or a selection.
struct Decision {
  std::vector<ItemId> items;
  assessment::Grade grade;
};
Result<Decision> parse_decision(std::string_view text) {
  const auto wrong = fail(ErrorKind::invalid, "A decision could not be read.");
  const auto parts = split(text, '|');
  if (parts.size() != 5) return wrong;
  Decision decision;
  for (const auto word : split(parts[0], ',')) {
    TRY(item, ItemId::parse(word));
    decision.items.push_back(item);
  }
  if (decision.items.size() > kItemsMax) return wrong;
  decision.grade = {std::string(parts[1]), std::string(parts[2]), std::string(parts[3]), {}};
  for (const auto flag : split(parts[4], ' '))
    if (!flag.empty()) decision.grade.flags.emplace_back(flag);
  return decision;
}

/// What the script's queue holds, in order, in one transaction: all of it or nothing.
Response decisions(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto lines = request.form.all("d");
  const auto state = at_desk(parts, [&](Desk& desk) -> Result<std::string> {
    if (lines.empty() || lines.size() > kDecisionsMax)
      return fail(ErrorKind::invalid, "Between 1 and 200 decisions are saved at once.");
    std::vector<ItemId> changed;
    for (const auto& line : lines) {
      TRY(decision, parse_decision(line));
      TRY_DONE(desk.decide_all(staff.person, *id, decision.items, decision.grade));
      changed.insert(changed.end(), decision.items.begin(), decision.items.end());
    }
    TRY(view, desk.view(staff.person, *id));
    TRY(scheme, parts.schemes.find(view.entry.scheme));
    return state_json(*scheme, view, changed);
  });
  if (!state) return staff_refuse(parts.staff, staff, request, state.error());
  return http::json_text(*state);
}

std::vector<ItemId> to_do_of(const CaseView& view) {
  std::vector<ItemId> open;
  for (const auto& item : view.items)
    if (item.part == Part::to_do) open.push_back(item.item);
  return open;
}

/// "Set the rest": many decisions with one press, so it says first what it would do.
Response rest_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto view = at_desk(parts, [&](Desk& desk) { return desk.view(staff.person, *id); });
  if (!view) return staff_refuse(parts.staff, staff, request, view.error());
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(*id), .here = "/queue", .file = "console/rest.html"},
      [&](Page& page) {
        page.set("CASE", id->str())
            .set("REFERENCE", case_reference(*id))
            .set("TO_DO", std::to_string(view->count(Part::to_do)))
            .set("DECIDED", std::to_string(view->count(Part::decided)))
            .set("KNOWN", std::to_string(view->count(Part::known)))
            .show("MINE", view->mine && view->count(Part::to_do) > 0);
      });
}

Response set_the_rest(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Done {
    TRY(view, desk.view(staff.person, id));
    const auto open = to_do_of(view);
    // Counted on the page before: what came since then is not decided unseen.
    if (request.form.get("count") != std::to_string(open.size()))
      return fail(ErrorKind::conflict, "The number of open items has changed. Look again.");
    TRY_DONE(desk.decide_all(staff.person, id, open, {request.form.get("category"), "", "", {}}));
    return {};
  });
}

Response grade(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Done {
    TRY(item, item_of(request));
    const assessment::Grade given{request.form.get("category"), request.form.get("age"),
                                  request.form.get("sex"), request.form.all("flag")};
    TRY_DONE(desk.decide(staff.person, id, item, given));
    return {};
  });
}

Response accept(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Done {
    TRY(item, item_of(request));
    TRY_DONE(desk.accept(staff.person, id, item));
    return {};
  });
}

Response undo(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Done {
    const std::string step = request.form.get("step");
    TRY_DONE(desk.undo(staff.person, id, step.empty() ? std::nullopt : std::optional(step)));
    return {};
  });
}

Response redo(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Done {
    TRY_DONE(desk.redo(staff.person, id));
    return {};
  });
}

/// Claim, put back, withdraw: a change of the whole case, then its page again.
Response change_case(const ConsoleParts& parts, const Request& request, const Staff& staff,
                     const std::function<Done(Desk&, const CaseId&)>& change,
                     const std::string& after = "") {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto done = at_desk(parts, [&](Desk& desk) { return change(desk, *id); });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other(after.empty() ? "/cases/" + id->str() : after);
}

Response finish(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_case(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Done {
    assessment::Finish how;
    TRY(mode, assessment::parse_grade_mode(request.form.get("mode")));
    how.mode = mode;
    if (const std::string said = request.form.get("said"); !said.empty()) {
      TRY(verdict, assessment::parse_verdict(said));
      how.said = verdict;
    }
    TRY_DONE(desk.finish(staff.person, id, how));
    return {};
  });
}

Response cancel_notice(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  const auto notice_id = casework::NoticeId::parse(request.path_values.at("notice"));
  if (!id || !notice_id)
    return staff_refuse(parts.staff, staff, request, id ? notice_id.error() : id.error());
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    TRY(casefile, casework::CaseworkStore(tx).casefile(*id));
    TRY(notice, takedown::NoticeStore(tx).notice(*notice_id));
    if (casefile.tenant != staff.person.tenant || notice.casefile != *id)
      return fail(ErrorKind::not_found, "There is no such notice on this case.");
    TRY_DONE(parts.takedown.cancel(tx, *notice_id, staff.person.id.str(),
                                   "stopped in the countdown", parts.staff.clock.now()));
    return {};
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/cases/" + id->str() + "/actions");
}

}  // namespace

void grading_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, Action action, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, action,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  const auto on_case = [&](const char* path, auto change, const char* after) {
    on("POST", path, Action::see_cases,
       [change, after](const ConsoleParts& all, const Request& request, const Staff& staff) {
         return change_case(
             all, request, staff,
             [&](Desk& desk, const CaseId& id) { return change(desk, staff.person, id); }, after);
       });
  };
  using accounts::Person;
  on_case(
      "/cases/{id}/claim",
      [](Desk& desk, const Person& who, const CaseId& id) { return desk.claim(who, id); }, "");
  on_case(
      "/cases/{id}/put-back",
      [](Desk& desk, const Person& who, const CaseId& id) { return desk.put_back(who, id); }, "/");
  on_case(
      "/cases/{id}/withdraw",
      [](Desk& desk, const Person& who, const CaseId& id) { return desk.withdraw(who, id); }, "");
  on("POST", "/cases/{id}/finish", Action::grade, finish);
  on("POST", "/cases/{id}/items/{item}/grade", Action::grade, grade);
  on("POST", "/cases/{id}/items/{item}/accept", Action::grade, accept);
  on("POST", "/cases/{id}/undo", Action::grade, undo);
  on("POST", "/cases/{id}/redo", Action::grade, redo);
  on("POST", "/cases/{id}/notices/{notice}/cancel", Action::cancel_notice, cancel_notice);
  on("POST", "/cases/{id}/decisions", Action::grade, decisions);
  on("GET", "/cases/{id}/rest", Action::grade, rest_page);
  on("POST", "/cases/{id}/rest", Action::grade, set_the_rest);
}

}  // namespace hotline::web
