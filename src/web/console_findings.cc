// Findings, series, regions of a picture, and what each law makes of one set of answers.
#include <algorithm>

#include "base/text.h"
#include "web/console_case.h"

namespace hotline::web {

namespace {

using accounts::Action;
using assessment::Finding;
using assessment::FindingId;
using assessment::SeriesId;
using casework::CaseId;
using casework::ItemId;
using http::Request;
using http::Response;

constexpr int kSimilarShown = 20;

std::string kind_words(std::string_view kind) {
  if (kind == "region") return "Place on a picture";
  if (kind == "place") return "Country";
  if (kind == "method") return "Way of working";
  return "Looked up";
}

std::string value_words(const Finding& finding, const assessment::Vocabulary& vocabulary) {
  if (finding.kind == "region")
    for (const auto& thing : assessment::kRegionThings)
      if (thing.id == finding.value) return std::string(thing.label);
  if (const auto* method = vocabulary.method(finding.value); method && finding.kind == "method")
    return method->label;
  return finding.value;
}

void fill_finding(Page& row, const Finding& finding, const Names& names,
                  const casework::PersonId& person, Instant now) {
  row.set("FINDING_ID", finding.id.str())
      .set("WORDS", defang(finding.words))
      .set("BY", actor_words(names, finding.person.str()))
      .set("WHEN", shown_ago(finding.at, now))
      .show("OWN", finding.person == person);
}

/// Runs one change about the case of the path, then shows `after`.
Response change(const ConsoleParts& parts, const Request& request, const Staff& staff,
                const std::string& after,
                const std::function<Done(db::Transaction&, const CaseId&)>& work) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto done =
      parts.staff.database.transact([&](db::Transaction& tx) -> Done { return work(tx, *id); });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/cases/" + id->str() + after);
}

Response add(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change(parts, request, staff, "/findings",
                [&](db::Transaction& tx, const CaseId& id) -> Done {
                  Finding finding;
                  finding.casefile = id;
                  finding.kind = request.form.get("kind");
                  if (finding.kind == "region")
                    return fail(ErrorKind::invalid, "A frame is drawn on the page of its item.");
                  finding.value = request.form.get("value");
                  finding.words = request.form.get("words");
                  finding.confidence = parse_integer(request.form.get("confidence")).value_or(0);
                  TRY_DONE(assessment::add_finding(tx, staff.person, finding, parts.vocabulary,
                                                   parts.staff.clock.now()));
                  return {};
                });
}

Response remove(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change(parts, request, staff, "/findings",
                [&](db::Transaction& tx, const CaseId&) -> Done {
                  TRY(id, FindingId::parse(request.path_values.at("finding")));
                  return assessment::remove_finding(tx, staff.person, id, parts.staff.clock.now());
                });
}

Response join(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  return change(parts, request, staff, "/findings",
                [&](db::Transaction& tx, const CaseId& id) -> Done {
                  TRY_DONE(assessment::add_to_series(tx, staff.person, id, request.form.get("name"),
                                                     parts.staff.clock.now()));
                  return {};
                });
}

Response leave(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = CaseId::parse(request.form.get("case"));
  const auto done = parts.staff.database.transact([&](db::Transaction& tx) -> Done {
    if (!id) return fail(ErrorKind::not_found, "There is no such case.");
    TRY(series, SeriesId::parse(request.path_values.at("series")));
    return assessment::leave_series(tx, staff.person, series, *id, parts.staff.clock.now());
  });
  if (!done) return staff_refuse(parts.staff, staff, request, done.error());
  return http::see_other("/cases/" + id->str() + "/findings");
}

Response series_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  std::vector<CaseId> cases;
  std::string name;
  const auto all = parts.staff.database.read(
      [&](db::Transaction& tx) -> Result<std::vector<assessment::Series>> {
        TRY(list, assessment::all_series(tx, staff.person.tenant));
        const auto wanted = request.path_values.find("series");
        if (wanted == request.path_values.end()) return list;
        TRY(id, SeriesId::parse(wanted->second));
        for (const auto& one : list)
          if (one.id == id) name = one.name;
        if (name.empty()) return fail(ErrorKind::not_found, "There is no such series.");
        TRY(members, assessment::cases_of_series(tx, staff.person.tenant, id));
        cases = std::move(members);
        return std::vector<assessment::Series>{};
      });
  if (!all) return staff_refuse(parts.staff, staff, request, all.error());
  return staff_page(
      parts.staff, staff, {.title = "Series", .here = "/queue", .file = "console/series.html"},
      [&](Page& page) {
        page.set("HEADLINE", name.empty() ? "Series" : name)
            .show("NAMED", !name.empty())
            .show("NONE", all->empty() && name.empty());
        for (const auto& one : *all)
          page.add("SERIES")
              .set("SERIES_ID", one.id.str())
              .set("SERIES_NAME", one.name)
              .set("CASES", std::to_string(one.cases));
        for (const auto& one : cases)
          page.add("MEMBER").set("CASE", one.str()).set("REFERENCE", case_reference(one));
      });
}

/// An item of the case at hand, for the pages about one item.
struct OneItem {
  assessment::CaseItem item;
  assessment::Answers answers;
  std::vector<Finding> regions;
  Names names;
  bool mine = false;
};

Result<OneItem> one_item(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  TRY(id, case_of(request));
  TRY(item, item_of(request));
  return at_desk(parts, [&](assessment::Desk& desk) -> Result<OneItem> {
    TRY(view, desk.view(staff.person, id));
    for (const auto& one : view.items)
      if (one.item == item) return OneItem{one, {}, {}, {}, view.mine};
    return fail(ErrorKind::not_found, "This item is not on the page of this case.");
  });
}

void fill_labels(Page& page, const ConsoleParts& parts, const assessment::Answers& answers) {
  for (const auto& label : parts.laws.labels()) {
    Page& group = page.add("LABEL_GROUP");
    group.set("QUESTION", label.question);
    const auto given = answers.find(label.id);
    const auto answer = [&](const std::string& id, const std::string& words) {
      group.add("ANSWER")
          .set("LABEL_ID", label.id)
          .set("VALUE", id)
          .set("LABEL", words)
          .show("CHOSEN", given != answers.end() && given->second == id);
    };
    for (const auto& choice : label.answers) answer(choice.id, choice.label);
    answer(std::string(assessment::kCannotDecide), "Cannot decide");
  }
}

std::string class_words(const assessment::Scheme& scheme, const assessment::Mapped& mapped) {
  const auto in = [&](const auto& list) {
    for (const auto& one : list)
      if (one.id == mapped.gives) return one.label;
    return mapped.gives;
  };
  if (mapped.field == "category") return in(scheme.categories);
  if (mapped.field == "age") return in(scheme.ages);
  return mapped.field == "sex" ? in(scheme.sexes) : mapped.gives;
}

void fill_mapped(Page& page, const ConsoleParts& parts, const assessment::Answers& answers) {
  for (const auto& mapped : parts.laws.map(answers)) {
    const auto scheme = parts.schemes.find(mapped.scheme);
    if (!scheme) continue;
    std::vector<std::string> questions;
    for (const auto& label : mapped.missing)
      if (const auto* asked = parts.laws.label(label)) questions.push_back(asked->question);
    const bool decided = mapped.gives != assessment::kCannotDecide;
    page.add("MAPPED")
        .set("SCHEME_NAME", (*scheme)->name)
        .set("FIELD", replace_all(mapped.field, "_", " "))
        .set("GIVES", class_words(**scheme, mapped))
        .set("WHY", mapped.why)
        .set("QUESTIONS", hotline::join(questions, ", "))
        .show("DECIDED", decided)
        .show("OPEN", !decided)
        .show("ASKS", !decided && !questions.empty());
  }
  for (const auto& source : parts.laws.sources())
    if (const auto scheme = parts.schemes.find(source.scheme))
      page.add("SOURCE")
          .set("SCHEME_NAME", (*scheme)->name)
          .set("VERSION", std::to_string(source.version))
          .set("CASES", std::to_string(source.cases))
          .set("TEXT", source.text);
}

Response labels_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  auto shown = one_item(parts, request, staff);
  if (!shown) return staff_refuse(parts.staff, staff, request, shown.error());
  const CaseId id = *case_of(request);
  const auto given = parts.staff.database.read([&](db::Transaction& tx) {
    return assessment::labels_of(tx, staff.person, id, shown->item.item);
  });
  if (!given) return staff_refuse(parts.staff, staff, request, given.error());
  const assessment::Answers answers(given->begin(), given->end());
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(id), .here = "/queue", .file = "console/labels.html"},
      [&](Page& page) {
        page.set("CASE", id.str())
            .set("REFERENCE", case_reference(id))
            .set("ITEM", shown->item.item.str())
            .set("NUMBER", std::to_string(shown->item.number));
        fill_labels(page, parts, answers);
        fill_mapped(page, parts, answers);
      });
}

Response answer_labels(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto item = item_of(request);
  if (!item) return staff_refuse(parts.staff, staff, request, item.error());
  return change(parts, request, staff, "/items/" + item->str() + "/labels",
                [&](db::Transaction& tx, const CaseId& id) -> Done {
                  std::vector<std::pair<std::string, std::string>> answers;
                  for (const auto& label : parts.laws.labels()) {
                    const std::string answer = request.form.get(label.id);
                    if (answer.empty()) continue;
                    if (!label.takes(answer))
                      return fail(ErrorKind::invalid, "There is no such answer.");
                    answers.emplace_back(label.id, answer);
                  }
                  if (answers.empty()) return fail(ErrorKind::invalid, "Nothing was answered.");
                  return assessment::answer_labels(tx, staff.person, id, *item, answers,
                                                   parts.staff.clock.now());
                });
}

std::string frame_words(const assessment::Frame& frame) {
  const auto percent = [](std::int64_t thousandths) { return std::to_string(thousandths / 10); };
  return percent(frame.width) + " by " + percent(frame.height) + " percent, " +
         percent(frame.left) + " from the left, " + percent(frame.top) + " from the top";
}

Response regions_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  auto shown = one_item(parts, request, staff);
  if (!shown) return staff_refuse(parts.staff, staff, request, shown.error());
  const CaseId id = *case_of(request);
  const auto found =
      parts.staff.database.read([&](db::Transaction& tx) -> Result<std::vector<Finding>> {
        TRY(names, names_of(tx, staff.person.tenant));
        shown->names = std::move(names);
        return assessment::findings_of(tx, staff.person, id);
      });
  if (!found) return staff_refuse(parts.staff, staff, request, found.error());
  const bool known = shown->item.part == assessment::Part::known;
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(id), .here = "/queue", .file = "console/regions.html"},
      [&](Page& page) {
        page.set("CASE", id.str())
            .set("REFERENCE", case_reference(id))
            .set("ITEM", shown->item.item.str())
            .set("NUMBER", std::to_string(shown->item.number))
            .show("PICTURE", shown->mine && !known &&
                                 accounts::allowed(staff.person.role, Action::see_previews))
            .show("GRADES", accounts::allowed(staff.person.role, Action::grade));
        for (const auto& thing : assessment::kRegionThings)
          page.add("THING")
              .set("VALUE", std::string(thing.id))
              .set("LABEL", std::string(thing.label));
        bool none = true;
        for (const auto& finding : *found) {
          if (finding.kind != "region" || finding.item != shown->item.item.str()) continue;
          none = false;
          Page& row = page.add("REGION");
          fill_finding(row, finding, shown->names, staff.person.id, parts.staff.clock.now());
          row.set("CASE", id.str())
              .set("VALUE", value_words(finding, parts.vocabulary))
              .set("FRAME_WORDS", frame_words(finding.frame));
          page.add("FRAME")
              .set("X", std::to_string(finding.frame.left))
              .set("Y", std::to_string(finding.frame.top))
              .set("W", std::to_string(finding.frame.width))
              .set("H", std::to_string(finding.frame.height));
        }
        page.show("NONE", none);
      });
}

Response mark_region(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto item = item_of(request);
  if (!item) return staff_refuse(parts.staff, staff, request, item.error());
  return change(parts, request, staff, "/items/" + item->str() + "/regions",
                [&](db::Transaction& tx, const CaseId& id) -> Done {
                  const auto thousandths = [&](const char* field) {
                    return parse_integer(request.form.get(field)).value_or(-1) * 10;
                  };
                  Finding finding;
                  finding.casefile = id;
                  finding.item = item->str();
                  finding.kind = "region";
                  finding.value = request.form.get("value");
                  finding.words = request.form.get("words");
                  finding.nobody_inside = request.form.get("nobody") == "yes";
                  finding.frame = {thousandths("left"), thousandths("top"), thousandths("width"),
                                   thousandths("height")};
                  TRY_DONE(assessment::add_finding(tx, staff.person, finding, parts.vocabulary,
                                                   parts.staff.clock.now()));
                  return {};
                });
}

}  // namespace

Done load_findings(db::Transaction& tx, const accounts::Person& person, CaseFile& file) {
  TRY(findings, assessment::findings_of(tx, person, file.casefile.id));
  TRY(series, assessment::series_of_case(tx, file.casefile.id));
  TRY(similar, assessment::similar_cases(tx, person, file.casefile.id, kSimilarShown));
  file.findings = std::move(findings);
  file.series = std::move(series);
  file.similar = std::move(similar);
  return {};
}

void fill_findings(Page& page, const CaseFile& file, const accounts::Person& person,
                   const assessment::Vocabulary& vocabulary, Instant now) {
  page.show("NONE", file.findings.empty())
      .show("NO_SIMILAR", file.similar.empty())
      .show("GRADES", accounts::allowed(person.role, Action::grade))
      .set("VERSION", std::to_string(vocabulary.version));
  for (const auto& finding : file.findings) {
    Page& row = page.add("FINDING");
    fill_finding(row, finding, file.names, person.id, now);
    row.set("CASE", file.casefile.id.str())
        .set("KIND", kind_words(finding.kind))
        .set("VALUE", value_words(finding, vocabulary))
        .set("CONFIDENCE", std::to_string(finding.confidence))
        .show("SURE", finding.kind == "place");
  }
  for (const auto& one : file.similar) {
    Page& row = page.add("SIMILAR");
    row.set("OTHER", one.casefile.str()).set("REFERENCE", case_reference(one.casefile));
    for (const auto& reason : one.reasons) row.add("BECAUSE").set("WORDS", reason);
  }
  for (const auto& one : file.series)
    page.add("SERIES")
        .set("SERIES_ID", one.id.str())
        .set("SERIES_NAME", one.name)
        .set("CASES", std::to_string(one.cases));
  for (const auto& method : vocabulary.methods)
    page.add("METHOD").set("VALUE", method.id).set("LABEL", method.label);
}

void findings_routes(http::Router& router, const ConsoleParts& parts) {
  const auto on = [&](const char* method, const char* path, Action action, auto handler) {
    router.on(method, path,
              staff_only(parts.staff, action,
                         [&parts, handler](const Request& request, const Staff& staff) {
                           return handler(parts, request, staff);
                         }));
  };
  on("POST", "/cases/{id}/findings", Action::grade, add);
  on("POST", "/cases/{id}/findings/{finding}/remove", Action::grade, remove);
  on("POST", "/cases/{id}/series", Action::grade, join);
  on("GET", "/series", Action::see_cases, series_page);
  on("GET", "/series/{series}", Action::see_cases, series_page);
  on("POST", "/series/{series}/leave", Action::grade, leave);
  on("GET", "/cases/{id}/items/{item}/labels", Action::grade, labels_page);
  on("POST", "/cases/{id}/items/{item}/labels", Action::grade, answer_labels);
  on("GET", "/cases/{id}/items/{item}/regions", Action::grade, regions_page);
  on("POST", "/cases/{id}/items/{item}/regions", Action::grade, mark_region);
}

}  // namespace hotline::web
