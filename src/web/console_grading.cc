// What the grading screen does: claim, decide, undo, finish, cancel, and the previews.
#include <fmt/format.h>

#include "assessment/exposure.h"
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

constexpr int kLevelMax = 4;

json::object item_state(const Scheme& scheme, const assessment::CaseItem& item) {
  return {{"id", item.item.str()},
          {"done", item.complete},
          {"category", item.grade.category},
          {"age", item.grade.age},
          {"sex", item.grade.sex},
          {"flags", json::array(item.grade.flags.begin(), item.grade.flags.end())},
          {"words", grade_words(scheme, item.grade)}};
}

/// What the script needs after each key: the item, the counts, the strip, the outcome so far.
std::string state_json(const Scheme& scheme, const CaseView& view, const ItemId& changed) {
  json::object state;
  std::map<ItemId, int> numbers;
  for (const auto& item : view.items) {
    numbers[item.item] = item.number;
    if (item.item == changed) state["item"] = item_state(scheme, item);
  }
  state["counts"] = json::object{{"to_do", view.count(Part::to_do)},
                                 {"decided", view.count(Part::decided)},
                                 {"known", view.count(Part::known)},
                                 {"furniture", view.count(Part::furniture)}};
  json::array strip;
  for (const auto& step : view.strip)
    strip.push_back(json::object{
        {"step", step.id},
        {"item", step.item.str()},
        {"text", fmt::format("Item {}: {}", numbers[step.item], grade_words(scheme, step.grade))}});
  state["strip"] = std::move(strip);
  state["outcome"] =
      view.computed ? verdict_words(scheme, *view.computed) : view.computed.error().sentence;
  state["can_undo"] = view.can_undo;
  state["can_redo"] = view.can_redo;
  return json::serialize(state);
}

/// Runs one change at the desk and answers the script with the new state, a form with the page.
Response change_item(const ConsoleParts& parts, const Request& request, const Staff& staff,
                     const std::function<Result<ItemId>(Desk&, const CaseId&)>& change) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto state = at_desk(parts, [&](Desk& desk) -> Result<std::string> {
    TRY(item, change(desk, *id));
    TRY(view, desk.view(staff.person, *id));
    TRY(scheme, parts.schemes.find(view.entry.scheme));
    return state_json(*scheme, view, item);
  });
  if (!state) return staff_refuse(parts.staff, staff, request, state.error());
  if (wants_json(request)) return http::json_text(*state);
  const std::string next = request.form.get("next");
  const auto item = ItemId::parse(next);
  return http::see_other("/cases/" + id->str() + (item ? "/items/" + item->str() : ""));
}

Response grade(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Result<ItemId> {
    TRY(item, item_of(request));
    const assessment::Grade given{request.form.get("category"), request.form.get("age"),
                                  request.form.get("sex"), request.form.all("flag")};
    TRY_DONE(desk.decide(staff.person, id, item, given));
    return item;
  });
}

Response accept(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) -> Result<ItemId> {
    TRY(item, item_of(request));
    TRY_DONE(desk.accept(staff.person, id, item));
    return item;
  });
}

Response undo(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff, [&](Desk& desk, const CaseId& id) {
    const std::string step = request.form.get("step");
    return desk.undo(staff.person, id, step.empty() ? std::nullopt : std::optional(step));
  });
}

Response redo(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change_item(parts, request, staff,
                     [&](Desk& desk, const CaseId& id) { return desk.redo(staff.person, id); });
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

/// The preview's evidence, if this person may see it now: only who has a case with this item
/// open, and only while the day has picture time left. Counts the view.
Result<casework::EvidenceId> allow_preview(const ConsoleParts& parts, db::Transaction& tx,
                                           const accounts::Person& person, const ItemId& id,
                                           int level) {
  casework::CaseworkStore casework(tx);
  const Instant now = parts.staff.clock.now();
  TRY(item, casework.item(id));
  if (item.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such item.");
  TRY(cases, casework.cases_of_item(id));
  bool open = false;
  for (const auto& one : cases) {
    TRY(entry, assessment::AssessmentStore(tx).entry(one));
    open = open || (entry && entry->state == assessment::QueueState::claimed &&
                    entry->claimed_by == person.id && entry->claimed_until > now);
  }
  if (!open)
    return fail(ErrorKind::forbidden,
                "Pictures are shown only to the person who has the case open.");
  TRY(previews, casework.previews_of_item(id));
  for (const auto& preview : previews) {
    if (preview.level != level) continue;
    TRY(evidence, casework::EvidenceId::parse(preview.evidence));
    TRY_DONE(assessment::count_view(tx, person.tenant, person.id, level,
                                    parts.staff.settings.integer("console.exposure_minutes_max"),
                                    now));
    return evidence;
  }
  return fail(ErrorKind::not_found, "There is no preview of this item at this level.");
}

Response preview(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = item_of(request);
  const auto level = parse_integer(request.path_values.at("level"));
  if (!id || !level || *level < 1 || *level > kLevelMax)
    return http::problem({ErrorKind::not_found, "There is no such preview."});
  const auto evidence = parts.staff.database.transact([&](db::Transaction& tx) {
    return allow_preview(parts, tx, staff.person, *id, static_cast<int>(*level));
  });
  if (!evidence) return http::problem(evidence.error());
  const auto bytes = parts.evidence.open_for(parts.staff.database, *evidence, staff.person.id,
                                             "assessment", parts.staff.clock.now());
  if (!bytes) return http::problem(bytes.error());
  Response response;
  response.header("Content-Type", "image/jpeg").header("Cache-Control", "no-store");
  response.header("Content-Disposition", "inline");
  response.body = *bytes;
  return response;
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
  on("GET", "/previews/{item}/{level}", Action::see_previews, preview);
}

}  // namespace hotline::web
