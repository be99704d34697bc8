// Facts and grades in words.
#include <array>

#include "accounts/people.h"
#include "base/text.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using assessment::Scheme;

struct KindWords {
  std::string_view kind, words;
};
// {name} is a detail of the fact.
constexpr std::array kKindWords = {
    KindWords{"report_received", "A report came in"},
    KindWords{"reporter_told", "The reporter was told: {stage}"},
    KindWords{"reporter_asked", "Asked the reporter a question"},
    KindWords{"access_opened", "Read the password that the reporter gave"},
    KindWords{"reporter_answered", "A reporter wrote back"},
    KindWords{"messages_erased", "A reporter had the messages deleted"},
    KindWords{"sighting_captured", "The page was captured: {items} items, {known} known"},
    KindWords{"disguise_tried", "Compared with a visit without the recipe: {outcome} {needs}"},
    KindWords{"case_queued", "Waits for an analyst"},
    KindWords{"case_reopened", "Waits for an analyst again: there is something new"},
    KindWords{"case_claimed", "Opened the case"},
    KindWords{"case_put_back", "Put the case back"},
    KindWords{"item_assessed", "Decided an item: {category} {age} {sex}"},
    KindWords{"item_assessment_undone", "Undid the decision of an item"},
    KindWords{"second_look_asked", "Finished the look; somebody else looks too"},
    KindWords{"second_look_compared", "Compared both looks: {choice}"},
    KindWords{"consult_asked", "Called colleagues over"},
    KindWords{"consult_opened", "Opened the colleagues' answers"},
    KindWords{"quality_checked", "A sample got its second grade"},
    KindWords{"glass_broken", "Opened previews outside of an open case: {code}"},
    KindWords{"glass_reviewed", "Looked at that access: {finding}"},
    KindWords{"case_assessed", "Finished the case: {verdict} {category} {age}"},
    KindWords{"assessment_withdrawn", "Withdrew the assessment"},
    KindWords{"url_traced", "Traced to {country}, network {asn}"},
    KindWords{"contact_changed", "Changed the abuse contact"},
    KindWords{"site_linked", "Known under another name"},
    KindWords{"notice_opened", "A notice was prepared"},
    KindWords{"notice_held", "The notice waits for the police"},
    KindWords{"notice_released", "The police released the notice"},
    KindWords{"notice_cancelled", "Stopped the notice in its countdown"},
    KindWords{"notice_sent", "The notice was sent"},
    KindWords{"notice_failed", "The notice could not be sent"},
    KindWords{"notice_reminded", "The host was reminded"},
    KindWords{"notice_escalated", "The network above the host was told"},
    KindWords{"notice_answered", "The host answered: {answer}"},
    KindWords{"notice_receipt", "The host's receiver signed its receipt"},
    KindWords{"notice_replied", "A mail about the notice came back"},
    KindWords{"notice_authorised", "The police had authorised it in advance"},
    KindWords{"authority_accepted", "An agency authorised something in advance"},
    KindWords{"authority_revoked", "An authorisation in advance was revoked"},
    KindWords{"notice_withdrawn", "The notice was withdrawn"},
    KindWords{"liveness_checked", "Looked again: {verdict}"},
    KindWords{"item_removed", "Removed"},
    KindWords{"item_returned", "It is back"},
    KindWords{"item_moved", "It moved to another host"},
    KindWords{"entry_listed", "Put on the URL list"},
    KindWords{"entry_delisted", "Taken off the URL list"},
    KindWords{"evidence_opened", "Opened a preview"},
    KindWords{"evidence_erased", "Erased the evidence of this case"},
};

std::string detail(const facts::Fact& fact, std::string_view name) {
  const auto* value = fact.details.if_contains(name);
  if (value == nullptr) return "";
  if (value->is_string()) return replace_all(std::string(value->get_string()), "_", " ");
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  return "";
}

template <class List>
std::string label_of(const List& list, std::string_view id) {
  for (const auto& one : list)
    if (one.id == id) return one.label;
  return std::string(id);
}

}  // namespace

Result<casework::CaseId> case_of(const http::Request& request) {
  const auto id = casework::CaseId::parse(request.path_values.at("id"));
  if (!id) return fail(ErrorKind::not_found, "There is no such case.");
  return id;
}

Result<casework::ItemId> item_of(const http::Request& request) {
  const auto id = casework::ItemId::parse(request.path_values.at("item"));
  if (!id) return fail(ErrorKind::not_found, "There is no such item.");
  return id;
}

std::string case_reference(const casework::CaseId& id) {
  std::string end = id.str().substr(id.str().size() - 6);
  for (char& c : end)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return end;
}

std::string grade_words(const Scheme& scheme, const assessment::Grade& grade) {
  if (grade.category.empty()) return "";
  if (grade.category == assessment::kUnsure) return "Unsure";
  if (grade.category == assessment::kFurniture) return "Page furniture";
  if (grade.category == assessment::kNotLoaded) return "Not loaded";
  std::string words = label_of(scheme.categories, grade.category);
  if (!grade.age.empty()) words += ", " + label_of(scheme.ages, grade.age);
  if (!grade.sex.empty()) words += ", " + label_of(scheme.sexes, grade.sex);
  for (const auto& flag : grade.flags) words += ", " + label_of(scheme.flags, flag);
  return words;
}

std::string verdict_words(const Scheme& scheme, const assessment::Outcome& outcome) {
  switch (outcome.verdict) {
    case assessment::Verdict::actionable:
      return "Actionable: " + grade_words(scheme, {outcome.category, outcome.age, outcome.sex, {}});
    case assessment::Verdict::not_actionable: return "Not actionable";
    case assessment::Verdict::gone: return "Gone";
    case assessment::Verdict::unsure: return "Unsure";
  }
  return "";
}

std::string step_words(const Scheme& scheme, const assessment::Step& step, int number) {
  return "Item " + std::to_string(number) + ": " + grade_words(scheme, step.grade);
}

std::string outcome_words(const Scheme& scheme, const assessment::CaseView& view) {
  if (!view.computed) return view.computed.error().sentence;
  std::string words = verdict_words(scheme, *view.computed);
  for (const auto& item : view.items)
    if (!view.computed->item.empty() && item.item == view.computed->item)
      words += " (item " + std::to_string(item.number) + " decides the category)";
  return words;
}

void fill_choices(Page& page, const assessment::Scheme& scheme) {
  int key = 0;
  for (const auto& category : scheme.categories) {
    const bool last = category.id == assessment::kNotActionable;
    page.add("CATEGORY")
        .set("VALUE", category.id)
        .set("LABEL", category.label)
        .set("KEY", last ? "0" : std::to_string(++key))
        .set("ACTIONABLE", category.actionable ? "1" : "0");
  }
  const auto list = [&](const char* section, const std::vector<assessment::Choice>& choices) {
    int number = 0;
    for (const auto& choice : choices)
      page.add(section)
          .set("VALUE", choice.id)
          .set("LABEL", choice.label)
          .set("KEY", std::to_string(++number));
  };
  list("AGE", scheme.ages);
  list("SEX", scheme.sexes);
  list("FLAG", scheme.flags);
}

Result<Names> names_of(db::Transaction& tx, const casework::TenantId& tenant) {
  TRY(people, accounts::people(tx, tenant));
  Names names;
  for (const auto& person : people) names[person.id.str()] = person.full_name;
  return names;
}

std::string actor_words(const Names& names, std::string_view actor) {
  if (actor == "system") return "The hotline";
  if (actor == "public") return "The public";
  if (actor == "host") return "The host";
  const auto known = names.find(std::string(actor));
  return known == names.end() ? std::string(actor) : known->second;
}

std::string fact_words(const facts::Fact& fact) {
  for (const auto& row : kKindWords) {
    if (row.kind != fact.kind) continue;
    std::string words(row.words);
    for (auto open = words.find('{'); open != std::string::npos; open = words.find('{')) {
      const auto close = words.find('}', open);
      const std::string name = words.substr(open + 1, close - open - 1);
      const std::string value = detail(fact, name);
      words.replace(open, close - open + 1, value.empty() ? "-" : value);
    }
    while (words.ends_with(" -")) words.resize(words.size() - 2);
    return words;
  }
  return replace_all(fact.kind, "_", " ");
}

bool may_see_fact(const facts::Fact& fact, const assessment::Entry& entry,
                  const casework::PersonId& person) {
  const bool about_grades = fact.kind == "item_assessed" || fact.kind == "item_assessment_undone" ||
                            fact.kind == "evidence_opened" || fact.kind == "second_look_asked" ||
                            fact.kind == "consult_opened" || fact.kind == "second_look_compared";
  if (!about_grades || fact.actor == person.str()) return true;
  return entry.state == assessment::QueueState::decided || entry.look == 1 ||
         (entry.look == 3 && entry.claimed_by == person);
}

}  // namespace hotline::web
