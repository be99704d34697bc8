// The case page: head, tabs, and the grading screen.
#include "web/console_case.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "intake/access_store.h"
#include "matching/cluster_store.h"

namespace hotline::web {

namespace {

using accounts::Action;
using assessment::CaseItem;
using assessment::Part;
using assessment::QueueState;
using http::Request;
using http::Response;

struct Tab {
  std::string_view path, label, file;
};
constexpr std::array kTabs = {
    Tab{"items", "Items", "console/items.html"},
    Tab{"addresses", "Addresses", "console/addresses.html"},
    Tab{"hosting", "Hosting", "console/hosting.html"},
    Tab{"findings", "Findings", "console/findings.html"},
    Tab{"actions", "Actions", "console/actions.html"},
    Tab{"messages", "Messages", "console/messages.html"},
    Tab{"timeline", "Timeline", "console/timeline.html"},
};

std::string part_word(Part part) {
  switch (part) {
    case Part::to_do: return "to_do";
    case Part::decided: return "decided";
    case Part::known: return "known";
    case Part::furniture: return "furniture";
  }
  return "";
}

std::string state_sentence(const CaseFile& file, Instant now) {
  if (!file.desk)
    return "Not captured yet: it enters the queue as soon as the page has been looked at.";
  const auto& entry = file.desk->entry;
  if (file.desk->mine) return "You have this case open.";
  if (entry.state == QueueState::claimed && entry.claimed_by && entry.claimed_until > now)
    return actor_words(file.names, entry.claimed_by->str()) + " has this case open.";
  if (entry.state == QueueState::decided) return "Decided.";
  return entry.look == 1 ? "Waits for an analyst." : "Waits for another person's look.";
}

void fill_head(Page& page, const CaseFile& file, const accounts::Person& person,
               const assessment::Scheme& scheme, Instant now) {
  const bool grades = accounts::allowed(person.role, Action::grade);
  const auto& desk = file.desk;
  const bool decided = desk && desk->entry.state == QueueState::decided;
  page.set("CASE", file.casefile.id.str())
      .set("REFERENCE", case_reference(file.casefile.id))
      .set("STATE_SENTENCE", state_sentence(file, now))
      .set("REASON", desk ? desk->entry.priority.words : "")
      .show("CAN_CLAIM", desk && grades && !desk->mine && !decided)
      .show("CAN_PUT_BACK", desk && desk->mine)
      .show("CAN_COMPARE", file.compares)
      .show("CAN_BREAK", decided && accounts::allowed(person.role, Action::break_glass))
      .show("DECIDED", decided);
  if (!decided) return;
  const assessment::Look* last = nullptr;
  for (const auto& look : desk->looks)
    if (look.decides && !look.withdrawn_at) last = &look;
  if (last == nullptr) return;
  const bool own = last->person == person.id && grades;
  page.set("VERDICT", verdict_words(scheme, last->outcome))
      .set("BY", actor_words(file.names, last->person.str()))
      .set("WHEN", shown_ago(last->finished_at, now))
      .show("CAN_WITHDRAW", own || accounts::allowed(person.role, Action::withdraw_assessment))
      .show("GRADES", grades);
}

void fill_cell(Page& cell, const CaseItem& item, const assessment::Scheme& scheme, bool pictures) {
  cell.set("ITEM", item.item.str())
      .set("NUMBER", std::to_string(item.number))
      .set("PART", part_word(item.part))
      .set("SIZE",
           (item.kind == "video" ? "film " : "") +
               (item.width > 0 ? std::to_string(item.width) + "×" + std::to_string(item.height)
                               : item.kind))
      .set("GRADE", grade_words(scheme, item.grade))
      .set("SOURCE", item.source)
      .set("CATEGORY_ID", item.grade.category)
      .set("AGE_ID", item.grade.age)
      .set("SEX_ID", item.grade.sex)
      .set("FLAG_IDS", join(item.grade.flags, " "))
      .set("STACK", std::to_string(item.stack))
      .set("STATE_SHORT", item.complete ? "decided" : "not decided")
      .set("STATE_WORDS",
           item.complete ? "decided: " + grade_words(scheme, item.grade) : "not decided")
      .show("PICTURE", pictures);
  if (!item.suggestion) return;
  const auto& near = *item.suggestion;
  const std::string words = grade_words(scheme, {near.category, near.age, near.sex, {}});
  cell.set("SUGGESTION", words + " (" + near.source + "): Y accepts")
      .set("SUGGESTION_SHORT", words)
      .show("SUGGESTED");
}

/// Which items are, to a person, the same picture as an earlier one of this page.
Result<std::map<casework::ItemId, int>> copies_on_page(db::Transaction& tx,
                                                       const std::vector<CaseItem>& items) {
  std::map<casework::ItemId, int> copies;
  std::map<matching::ClusterId, int> firsts;
  for (const auto& item : items) {
    TRY(place, matching::ClusterStore(tx).place_of(item.item));
    if (!place) continue;
    const auto [first, is_first] = firsts.emplace(place->cluster, item.number);
    if (!is_first) copies[item.item] = first->second;
  }
  return copies;
}

/// What the script has to know about keys and display; limits of the budget stay here.
std::string preferences_json(const accounts::Preferences& all) {
  json::object told;
  for (const char* name : {"keys", "single_keys", "left_handed", "reveal", "density", "grey_only"})
    if (const auto text = accounts::text_of(all, name); !text.empty()) told[name] = text;
  return json::serialize(told);
}

Response case_page(const ConsoleParts& parts, const Request& request, const Staff& staff,
                   const Tab& tab) {
  const auto id = case_of(request);
  if (!id) return staff_refuse(parts.staff, staff, request, id.error());
  const auto file = parts.staff.database.read([&](db::Transaction& tx) -> Result<CaseFile> {
    TRY(loaded, load_case(parts, tx, staff.person, *id));
    if (tab.path == "findings") TRY_DONE(load_findings(tx, staff.person, loaded));
    return loaded;
  });
  if (!file) return staff_refuse(parts.staff, staff, request, file.error());
  const auto scheme =
      parts.schemes.find(file->desk ? file->desk->entry.scheme : parts.schemes.active().id);
  if (!scheme) return staff_refuse(parts.staff, staff, request, scheme.error());
  const Instant now = parts.staff.clock.now();
  const bool grading = tab.path == "items";
  return staff_page(parts.staff, staff,
                    {.title = "Case " + case_reference(*id),
                     .here = "/queue",
                     .file = "console/case.html",
                     .script = true,
                     .script_too = grading ? "grading.js" : "",
                     .layout = grading ? "grading" : ""},
                    [&](Page& page) {
                      fill_head(page, *file, staff.person, **scheme, now);
                      for (const auto& one : kTabs)
                        page.add("TAB")
                            .set("CASE", id->str())
                            .set("TAB_PATH", std::string(one.path))
                            .set("LABEL", std::string(one.label))
                            .show("HERE", one.path == tab.path);
                      Page& content = page.include("TAB_CONTENT", std::string(tab.file));
                      content.set("CASE", id->str());
                      if (grading) fill_items(content, *file, **scheme, now);
                      if (tab.path == "addresses") fill_addresses(content, *file, now);
                      if (tab.path == "hosting") fill_hosting(content, *file, now);
                      if (tab.path == "findings")
                        fill_findings(content, *file, staff.person, parts.vocabulary, now);
                      if (tab.path == "actions") fill_actions(content, *file, staff.person, now);
                      if (tab.path == "messages") fill_messages(content, *file, staff.person, now);
                      if (tab.path == "timeline") fill_timeline(content, *file, staff.person);
                    });
}

/// One item with its form: how grading works without a script.
Response item_page(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = case_of(request);
  const auto item = item_of(request);
  if (!id || !item)
    return staff_refuse(parts.staff, staff, request, id ? item.error() : id.error());
  const auto view =
      at_desk(parts, [&](assessment::Desk& desk) { return desk.view(staff.person, *id); });
  if (!view) return staff_refuse(parts.staff, staff, request, view.error());
  const auto scheme = parts.schemes.find(view->entry.scheme);
  const CaseItem* shown = nullptr;
  for (const auto& one : view->items)
    if (one.item == *item) shown = &one;
  if (!scheme || shown == nullptr)
    return staff_refuse(parts.staff, staff, request,
                        {ErrorKind::not_found, "This item is not on the page of this case."});
  const bool pictures = view->mine && shown->part != Part::known &&
                        accounts::allowed(staff.person.role, Action::see_previews);
  return staff_page(
      parts.staff, staff,
      {.title = "Case " + case_reference(*id), .here = "/queue", .file = "console/item.html"},
      [&](Page& page) {
        page.set("CASE", id->str()).set("REFERENCE", case_reference(*id)).show("MINE", view->mine);
        fill_cell(page, *shown, **scheme, pictures);
        fill_choices(page, **scheme);
        const auto place = static_cast<std::size_t>(shown->number) - 1;
        if (place > 0) page.add("PREVIOUS").set("ITEM", view->items[place - 1].item.str());
        if (place + 1 < view->items.size())
          page.add("NEXT").set("ITEM", view->items[place + 1].item.str());
      });
}

Result<std::map<casework::ReportId, AccessOnPage>> access_of(db::Transaction& tx,
                                                             const casework::CaseId& id) {
  TRY(rows, intake::AccessStore(tx).of_case(id));
  std::map<casework::ReportId, AccessOnPage> all;
  for (const auto& [report, row] : rows) {
    TRY(key, casework::ReportId::parse(report));
    AccessOnPage one{{}, !row.password.empty()};
    for (const auto word : split(row.needed, ' '))
      if (!word.empty()) one.needed.emplace_back(word);
    all.emplace(key, std::move(one));
  }
  return all;
}

}  // namespace

Result<CaseFile> load_case(const ConsoleParts& parts, db::Transaction& tx,
                           const accounts::Person& person, const casework::CaseId& id) {
  casework::CaseworkStore casework(tx);
  CaseFile file;
  TRY(casefile, casework.casefile(id));
  if (casefile.tenant != person.tenant) return fail(ErrorKind::not_found, "There is no such case.");
  file.casefile = casefile;
  TRY(address, casework.address(casefile.address));
  TRY(reports, casework.reports_of_case(id));
  TRY(access, access_of(tx, id));
  file.access = std::move(access);
  TRY(sightings, casework.sightings_of_case(id));
  TRY(names, names_of(tx, person.tenant));
  TRY(meter, assessment::meter(tx, person.id, parts.rules.budget, parts.staff.clock.now()));
  TRY(own, accounts::preferences(tx, person.id));
  file.preferences = std::move(own);
  TRY(facts, facts::FactStore(tx).of_case(id.str()));
  file.address = address;
  file.reports = std::move(reports);
  file.sightings = std::move(sightings);
  file.names = std::move(names);
  file.meter = std::move(meter);
  file.facts = std::move(facts);
  TRY(conversations, intake::conversations(tx, id));
  file.conversations = std::move(conversations);
  TRY(queued, assessment::AssessmentStore(tx).entry(id));
  if (queued) {
    assessment::Desk desk(tx, parts.schemes, parts.rules, parts.staff.clock.now());
    TRY(view, desk.view(person, id));
    file.desk.emplace(std::move(view));
    TRY(copies, copies_on_page(tx, file.desk->items));
    file.copies = std::move(copies);
    if (accounts::allowed(person.role, Action::grade)) {
      TRY(comparison, desk.comparison(person, id));
      file.compares = comparison.has_value();
    }
  }
  TRY(notes, assessment::notes_of(tx, person, id));
  file.notes = std::move(notes);
  tracing::EpisodeStore tracing(tx);
  TRY(links, tracing::SiteLinkStore(tx).of_case(id));
  file.site_links = std::move(links);
  TRY(episodes, tracing.episodes_of_case(id));
  for (auto& episode : episodes) {
    TRY(answers, tracing.answers(episode.id));
    file.episodes.push_back({std::move(episode), std::move(answers)});
  }
  takedown::NoticeStore notices(tx);
  TRY(open, notices.of_case(id));
  for (auto& notice : open) {
    TRY(letters, notices.letters(notice.id));
    TRY(answers, notices.answers(notice.id));
    file.notices.push_back({std::move(notice), std::move(letters), std::move(answers)});
  }
  return file;
}

namespace {

/// The top bar and the panel's head: counts, budget, what finishing now would give.
void fill_bar(Page& page, const CaseFile& file, const assessment::Scheme& scheme) {
  const auto& desk = *file.desk;
  const auto count = [&](Part part) { return std::to_string(desk.count(part)); };
  page.set("TOTAL", std::to_string(desk.items.size()))
      .set("KNOWN", count(Part::known))
      .set("FURNITURE_COUNT", count(Part::furniture))
      .set("TO_DO", count(Part::to_do))
      .set("DECIDED_COUNT", count(Part::decided))
      .set("MINUTES", std::to_string(file.meter.minutes))
      .set("MINUTES_MAX", std::to_string(file.meter.minutes_max))
      .set("AVOIDED", std::to_string(file.meter.avoided))
      .set("MINUTES_HIGH", std::to_string(file.meter.minutes_max * 8 / 10))
      .set("TO_BREAK", std::to_string(file.meter.to_break) + " min")
      .set("TO_WAIT", std::to_string(file.meter.to_wait))
      .set("STOP_WORDS", assessment::stop_words(file.meter.stop, file.meter.to_wait))
      .set("NEEDED",
           std::to_string(std::max(1, desk.count(Part::to_do) + desk.count(Part::decided))))
      .set("PREFERENCES", preferences_json(file.preferences))
      .set("SCHEME", scheme.name)
      .set("OUTCOME", outcome_words(scheme, desk))
      .show("BREAK_SOON", !file.meter.is_full() && file.meter.to_break <= 15)
      .set("MINE_FLAG", desk.mine ? "1" : "0")
      .show("MINE", desk.mine)
      .show("NOT_MINE", !desk.mine)
      .show("NO_ITEMS", desk.items.empty())
      .show("HAS_KNOWN", desk.count(Part::known) > 0)
      .show("HAS_FURNITURE", desk.count(Part::furniture) > 0)
      .show("ACT_ON_PAGE", desk.entry.mode == assessment::GradeMode::act_on_page)
      .show("GRADE_ALL", desk.entry.mode == assessment::GradeMode::grade_all)
      .show("FULL", file.meter.is_full());
}

}  // namespace

void fill_items(Page& page, const CaseFile& file, const assessment::Scheme& scheme, Instant now) {
  page.show("NOT_QUEUED", !file.desk.has_value()).show("QUEUED", file.desk.has_value());
  if (!file.desk) return;
  const auto& desk = *file.desk;
  fill_bar(page, file, scheme);
  fill_choices(page, scheme);
  std::map<int, int> stack_sizes;
  for (const auto& item : desk.items)
    if (item.part != Part::known && item.part != Part::furniture) ++stack_sizes[item.stack];
  for (const auto& item : desk.items) {
    const bool covered = item.part == Part::known || item.part == Part::furniture;
    const char* section = item.part == Part::known ? "KNOWN_ITEM"
                          : covered                ? "FURNITURE_ITEM"
                                                   : "CELL";
    Page& cell = page.add(section);
    const bool leads = item.stack == item.number;
    cell.show("FRAMED", desk.mine)
        .set("FOLDED", leads || covered ? "" : "folded")
        .set("STACK_SIZE", std::to_string(stack_sizes[item.stack]))
        .show("STACKED", leads && stack_sizes[item.stack] > 1);
    fill_cell(cell, item, scheme, desk.mine && !covered && !file.meter.is_full());
    if (const auto copy = file.copies.find(item.item); copy != file.copies.end())
      cell.set("SIZE", "copy of item " + std::to_string(copy->second));
  }
  std::map<casework::ItemId, int> numbers;
  for (const auto& item : desk.items) numbers[item.item] = item.number;
  for (const auto& step : desk.strip)
    page.add("STRIP")
        .set("CASE", file.casefile.id.str())
        .set("STEP", step.id)
        .set("TEXT", step_words(scheme, step, numbers[step.item]))
        .set("WHEN", shown_ago(step.at, now));
  page.show("HAS_NOTES", !file.notes.empty());
  for (const auto& note : file.notes) {
    const auto item = casework::ItemId::parse(note.item);
    const auto at = item ? numbers.find(*item) : numbers.end();
    page.add("NOTE")
        .set("NOTE_KIND", note.kind)
        .set("NOTE_WORDS", note.words)
        .set("NOTE_ITEM", at == numbers.end() ? "" : "item " + std::to_string(at->second))
        .set("NOTE_BY", actor_words(file.names, note.person.str()));
  }
  for (const auto& look : desk.looks)
    page.add("LOOK")
        .set("BY", actor_words(file.names, look.person.str()))
        .set("VERDICT", verdict_words(scheme, look.outcome))
        .set("WHEN", shown_time(look.finished_at))
        .show("WITHDRAWN", look.withdrawn_at.has_value());
}

void case_routes(http::Router& router, const ConsoleParts& parts) {
  for (const auto& tab : kTabs) {
    const auto page = staff_only(parts.staff, Action::see_cases,
                                 [&parts, &tab](const Request& request, const Staff& staff) {
                                   return case_page(parts, request, staff, tab);
                                 });
    router.on("GET", tab.path == "items" ? "/cases/{id}" : "/cases/{id}/" + std::string(tab.path),
              page);
  }
  router.on("GET", "/cases/{id}/items",
            staff_only(parts.staff, Action::see_cases, [](const Request& request, const Staff&) {
              return http::see_other("/cases/" + request.path_values.at("id"));
            }));
  router.on("GET", "/cases/{id}/items/{item}",
            staff_only(parts.staff, Action::see_cases,
                       [&parts](const Request& request, const Staff& staff) {
                         return item_page(parts, request, staff);
                       }));
}

}  // namespace hotline::web
