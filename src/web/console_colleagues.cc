// Second opinions: comparing, calling colleagues over, quality samples, notes.
#include "assessment/consult.h"
#include "assessment/notes.h"
#include "assessment/quality.h"
#include "base/json.h"
#include "base/text.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using accounts::Action;
using assessment::Consult;
using assessment::ConsultId;
using assessment::Desk;
using assessment::SampleId;
using casework::CaseId;
using http::Request;
using http::Response;

assessment::Grade grade_from(const http::Fields& form) {
  return {form.get("category"), form.get("age"), form.get("sex"), form.all("flag")};
}

Response refuse(const ConsoleParts& parts, const Request& request, const Staff& staff,
                const Error& error) {
  return staff_refuse(parts.staff, staff, request, error);
}

// --- compare ---------------------------------------------------------------------------------

Response compare_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return refuse(parts, request, staff, id.error());
  const auto open = at_desk(parts, [&](Desk& desk) { return desk.comparison(staff.person, *id); });
  if (!open) return refuse(parts, request, staff, open.error());
  if (!*open) return http::see_other("/cases/" + id->str());
  const auto& found = **open;
  const auto scheme = parts.schemes.find(found.mine.scheme);
  if (!scheme) return refuse(parts, request, staff, scheme.error());
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(*id), .here = "/queue", .file = "console/compare.html"},
      [&](Page& page) {
        page.set("CASE", id->str())
            .set("REFERENCE", case_reference(*id))
            .set("MINE", verdict_words(**scheme, found.mine.outcome))
            .set("THEIRS", verdict_words(**scheme, found.theirs.outcome));
        for (const auto& one : found.items)
          page.add("ITEM")
              .set("NUMBER", std::to_string(one.number))
              .set("MINE_WORDS", grade_words(**scheme, one.mine))
              .set("THEIRS_WORDS", grade_words(**scheme, one.theirs));
      });
}

Response compare(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  if (!id) return refuse(parts, request, staff, id.error());
  const bool keeps = request.form.get("choice") == "keep";
  const auto done = at_desk(parts, [&](Desk& desk) -> Done {
    if (!keeps && request.form.get("choice") != "change")
      return fail(ErrorKind::invalid, "Keep yours or change to theirs.");
    return desk.stand(staff.person, *id,
                      keeps ? assessment::Stand::keep : assessment::Stand::change,
                      request.form.get("reason"));
  });
  if (!done) return refuse(parts, request, staff, done.error());
  return http::see_other("/cases/" + id->str());
}

// --- colleagues ------------------------------------------------------------------------------

Response colleagues(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto found = parts.staff.database.read([&](db::Transaction& tx) {
    return assessment::present(tx, staff.person, parts.staff.clock.now());
  });
  if (!found) return refuse(parts, request, staff, found.error());
  json::array people;
  for (const auto& one : *found)
    people.push_back(json::object{{"id", one.id.str()}, {"name", one.full_name}});
  return http::json_text(json::serialize(json::object{{"people", people}}));
}

Response call(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  const auto item = item_of(request);
  if (!id || !item) return refuse(parts, request, staff, id ? item.error() : id.error());
  const auto made = parts.staff.database.transact([&](db::Transaction& tx) -> Result<ConsultId> {
    std::vector<casework::PersonId> people;
    for (const auto& text : request.form.all("person")) {
      TRY(person, casework::PersonId::parse(text));
      people.push_back(person);
    }
    return assessment::call_over(tx, staff.person, *id, *item, people, parts.staff.clock.now());
  });
  if (!made) return refuse(parts, request, staff, made.error());
  if (wants_json(request))
    return http::json_text(json::serialize(json::object{{"id", made->str()}}));
  return http::see_other("/consults/" + made->str());
}

Response waiting(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  Names names;
  const auto found =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<Consult>> {
        TRY(people, names_of(tx, staff.person.tenant));
        names = std::move(people);
        return assessment::consults_for(tx, staff.person);
      });
  if (!found) return refuse(parts, request, staff, found.error());
  json::array list;
  for (const auto& one : *found)
    if (one.asked_by != staff.person.id)
      list.push_back(json::object{
          {"id", one.id.str()},
          {"words", actor_words(names, one.asked_by.str()) + " asks you over to one item"}});
  return http::json_text(json::serialize(json::object{{"waiting", list}}));
}

void fill_consult(Page& page, const Consult& found, const Names& names,
                  const assessment::Scheme& scheme, const accounts::Person& person) {
  using assessment::AnswerState;
  AnswerState own = AnswerState::declined;
  for (const auto& answer : found.answers) {
    if (answer.person == person.id) own = answer.state;
    page.add("ANSWER")
        .set("WHO", actor_words(names, answer.person.str()))
        .set("STATE", std::string(name(answer.state)))
        .set("GRADE", grade_words(scheme, answer.grade))
        .set("WORDS", answer.words);
  }
  const bool asked_me = found.asked_by != person.id;
  page.set("CONSULT", found.id.str())
      .set("ITEM", found.item.str())
      .set("CASE", found.casefile.str())
      .set("REFERENCE", case_reference(found.casefile))
      .set("BY", actor_words(names, found.asked_by.str()))
      .show("OPENED", found.opened_at.has_value())
      .show("CLOSED", !found.opened_at)
      .show("CAN_OPEN", !asked_me && !found.opened_at)
      .show("CAN_RESPOND", asked_me && own == AnswerState::asked && !found.opened_at)
      .show("CAN_ANSWER", asked_me && own == AnswerState::accepted && !found.opened_at)
      .show("DONE", asked_me && own == AnswerState::given && !found.opened_at);
  fill_choices(page, scheme);
}

Response consult_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = ConsultId::parse(request.path_values.at("consult"));
  if (!id)
    return refuse(parts, request, staff,
                  {ErrorKind::not_found, "Nobody was called over under this id."});
  Names names;
  std::string scheme_name;
  const auto found = parts.staff.database.read([&](db::Transaction& tx) -> Result<Consult> {
    TRY(people, names_of(tx, staff.person.tenant));
    names = std::move(people);
    TRY(one, assessment::consult(tx, staff.person, *id));
    TRY(entry, assessment::AssessmentStore(tx).entry(one.casefile));
    scheme_name = entry ? entry->scheme : parts.schemes.active().id;
    return one;
  });
  if (!found) return refuse(parts, request, staff, found.error());
  const auto scheme = parts.schemes.find(scheme_name);
  if (!scheme) return refuse(parts, request, staff, scheme.error());
  return staff_page(parts.staff, staff,
                    {.title = "A colleague asks", .here = "/", .file = "console/consult.html"},
                    [&](Page& page) { fill_consult(page, *found, names, **scheme, staff.person); });
}

Response answer_consult(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = ConsultId::parse(request.path_values.at("consult"));
  const std::string what = request.form.get("do");
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!id) return fail(ErrorKind::not_found, "Nobody was called over under this id.");
    const Instant now = parts.staff.clock.now();
    if (what == "accept" || what == "decline")
      return assessment::respond(tx, staff.person, *id, what == "accept", now);
    if (what == "open") return assessment::open_answers(tx, staff.person, *id, now);
    if (what != "answer") return fail(ErrorKind::invalid, "There is no such answer.");
    TRY(found, assessment::consult(tx, staff.person, *id));
    TRY(entry, assessment::AssessmentStore(tx).entry(found.casefile));
    TRY(scheme, parts.schemes.find(entry ? entry->scheme : parts.schemes.active().id));
    return assessment::give_opinion(tx, staff.person, *id, *scheme, grade_from(request.form),
                                    request.form.get("words"), now);
  });
  if (!done) return refuse(parts, request, staff, done.error());
  return http::see_other("/consults/" + id->str());
}

// --- quality samples -------------------------------------------------------------------------

Response sample_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto sample = parts.staff.database.transact([&](db::Transaction& tx) {
    return assessment::take_sample(tx, staff.person, parts.staff.clock.now());
  });
  if (!sample) return refuse(parts, request, staff, sample.error());
  const auto scheme = parts.schemes.find(*sample ? (*sample)->scheme : parts.schemes.active().id);
  if (!scheme) return refuse(parts, request, staff, scheme.error());
  return staff_page(parts.staff, staff,
                    {.title = "Second grade", .here = "/", .file = "console/sample.html"},
                    [&](Page& page) {
                      page.show("NONE", !*sample).show("SOME", sample->has_value());
                      if (!*sample) return;
                      page.set("SAMPLE", (*sample)->id.str()).set("ITEM", (*sample)->item.str());
                      fill_choices(page, **scheme);
                    });
}

Response give_sample(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = SampleId::parse(request.path_values.at("sample"));
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!id) return fail(ErrorKind::not_found, "There is no such sample.");
    // Whether both were the same is a figure, not feedback: told at once, it would bias the next.
    TRY_DONE(assessment::give_sample(tx, staff.person, *id, parts.schemes.active(),
                                     grade_from(request.form), parts.staff.clock.now()));
    return {};
  });
  if (!done) return refuse(parts, request, staff, done.error());
  return http::see_other("/sample");
}

Response note(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  const auto item = item_of(request);
  if (!id || !item) return refuse(parts, request, staff, id ? item.error() : id.error());
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) {
    return assessment::add_note(
        tx, staff.person, *id,
        {item->str(), staff.person.id, request.form.get("kind"), request.form.get("words"), {}},
        parts.staff.clock.now());
  });
  if (!done) return refuse(parts, request, staff, done.error());
  if (wants_json(request)) return http::json_text("{}");
  return http::see_other("/cases/" + id->str());
}

}  // namespace

void colleague_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, Action::grade,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("GET", "/cases/{id}/compare", compare_page);
  on("POST", "/cases/{id}/compare", compare);
  on("GET", "/cases/{id}/colleagues", colleagues);
  on("POST", "/cases/{id}/items/{item}/call", call);
  on("POST", "/cases/{id}/items/{item}/notes", note);
  on("GET", "/consults", waiting);
  on("GET", "/consults/{consult}", consult_page);
  on("POST", "/consults/{consult}", answer_consult);
  on("GET", "/sample", sample_page);
  on("POST", "/sample/{sample}", give_sample);
}

}  // namespace hotline::web
