#include "workflow/steps.h"

#include <algorithm>

#include "assessment/assessment.h"
#include "assessment/assessment_store.h"
#include "casework/casework_store.h"
#include "jobs/jobs.h"
#include "lists/url_list.h"
#include "takedown/notice_store.h"
#include "workflow/jobs_table.h"
#include "workflow/known_items.h"
#include "workflow/notices.h"
#include "workflow/reporters.h"

namespace hotline::workflow {

namespace {

using casework::CaseId;
using casework::CaseworkStore;

lists::UrlList url_list(const Parts& parts, db::Transaction& tx) {
  return {tx, lists::list_policy(parts.settings)};
}

Result<casework::AddressId> address_of(db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  TRY(casefile, CaseworkStore(tx).casefile(id));
  return casefile.address;
}

/// Whether the notice that a fact is about asks for the page itself, not for a picture at a host of
/// its own: only the page stands on the list.
Result<bool> about_the_page(db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, casework::NoticeId::parse(fact.subject));
  TRY(notice, takedown::NoticeStore(tx).notice(id));
  TRY(page, address_of(tx, fact));
  return notice.address == page;
}

/// What is known is filled in (it counts) or suggested; see known_items.h.
Done prefill_known(const Parts& parts, db::Transaction& tx,
                   const std::vector<casework::SeenItem>& seen, assessment::Signals& signals,
                   std::vector<assessment::Prefill>& known) {
  for (const auto& one : seen) {
    TRY(item, CaseworkStore(tx).item(one.item));
    TRY(about, known_about(parts, tx, item));
    (about && about->exact ? signals.known_items : signals.new_items) += 1;
    if (about) known.push_back(*std::move(about));
  }
  return {};
}

Done look_at_it(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  TRY(seen, CaseworkStore(tx).last_seen(id));
  // A page that was captured a moment ago is not fetched again for each further report.
  if (seen && parts.clock.now() - seen->at < std::chrono::hours(24)) return {};
  return jobs::JobStore(tx).hasten("capture_case", fact.casefile, parts.clock.now());
}

Done queue_for_analysts(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  CaseworkStore store(tx);
  TRY(casefile, store.casefile(id));
  TRY(reports, store.reports_of_case(id));
  TRY(sighting_id, casework::SightingId::parse(fact.subject));
  TRY(seen, store.items_of_sighting(sighting_id));
  assessment::Signals signals;
  signals.reports = static_cast<int>(reports.size());
  std::vector<assessment::Prefill> known;
  TRY_DONE(prefill_known(parts, tx, seen, signals, known));
  const Instant now = parts.clock.now();
  TRY_DONE(assessment::enqueue(tx, id, assessment::priority_of(signals), parts.schemes.active().id,
                               now));
  for (const auto& one : known) TRY_DONE(assessment::prefill(tx, id, one, now));
  return {};
}

Done trace_it(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  TRY(casefile, CaseworkStore(tx).casefile(id));
  TRY(address, CaseworkStore(tx).address(casefile.address));
  if (address.canonical.empty()) return {};
  return jobs::JobStore(tx).hasten("trace_case", fact.casefile, parts.clock.now());
}

Done notice_and_list(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  return pursue(parts, tx, id, fact.kind == "case_assessed" ? fact.actor : "system");
}

/// Who has graded the item alike in another look of the same case: each is one person more who
/// agrees. Who graded it otherwise was overruled there, which is no conflict any more.
Result<std::vector<casework::PersonId>> confirmed_besides(db::Transaction& tx, const CaseId& id,
                                                          const assessment::Learned& decision) {
  assessment::AssessmentStore store(tx);
  std::vector<casework::PersonId> people;
  TRY(entry, store.entry(id));
  for (int look = 1; entry && look <= entry->look; ++look) {
    TRY(events, store.events(id, look));
    const auto graded = assessment::standing(events);
    const auto found = graded.find(decision.item);
    if (found == graded.end() || found->second.person == decision.by) continue;
    if (found->second.grade.category == decision.grade.category &&
        assessment::is_whole(found->second.grade))
      people.push_back(found->second.person);
  }
  return people;
}

Done learn_what_was_graded(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  TRY(standing, assessment::verdict(tx, id));
  if (!standing) return {};
  TRY(decisions, assessment::decisions_of(tx, id));
  TRY(tenant, casework::TenantId::parse(fact.tenant));
  for (const auto& decision : decisions) {
    TRY(item, CaseworkStore(tx).item(decision.item));
    // Only what was found actionable is a known item; what was not is somebody's private picture.
    TRY(scheme, parts.schemes.find(standing->scheme));
    if (!assessment::is_actionable(*scheme, decision.grade)) continue;
    TRY(others, confirmed_besides(tx, id, decision));
    matching::Lesson lesson{tenant,
                            item.id,
                            matching::hashes_of(item),
                            decision.by,
                            scheme->id,
                            decision.grade.category,
                            decision.grade.age};
    // The decision itself is learnt last: it is the one that counts.
    for (const auto& person : others) {
      lesson.person = person;
      TRY_DONE(matching::learn(tx, lesson, parts.clock.now() - microseconds(1)));
    }
    lesson.person = decision.by;
    TRY_DONE(matching::learn(tx, lesson, parts.clock.now()));
  }
  return {};
}

/// Whether this person's whole grade of the item stands in another case that is decided.
Result<bool> graded_elsewhere(db::Transaction& tx, const CaseId& here, const casework::ItemId& item,
                              const casework::PersonId& person) {
  assessment::AssessmentStore store(tx);
  TRY(places, store.looks_at_item(item));
  for (const auto& place : places) {
    if (place.casefile == here) continue;
    TRY(entry, store.entry(place.casefile));
    if (!entry || entry->state != assessment::QueueState::decided) continue;
    TRY(events, store.events(place.casefile, place.look));
    const auto graded = assessment::standing(events);
    const auto found = graded.find(item);
    if (found != graded.end() && found->second.person == person &&
        assessment::is_whole(found->second.grade))
      return true;
  }
  return false;
}

/// What was learnt from a case that is open again is not known until it is decided again.
Done unlearn_from(db::Transaction& tx, const casework::TenantId& tenant, const CaseId& here,
                  const casework::ItemId& item, Instant now) {
  matching::KnownStore store(tx);
  TRY(known, store.find(tenant, "own", item.str()));
  if (!known || known->withdrawn_at) return {};
  TRY(gradings, store.gradings(known->id));
  for (const auto& grading : gradings) {
    TRY(elsewhere, graded_elsewhere(tx, here, item, grading.person));
    if (!elsewhere) TRY_DONE(matching::unlearn(tx, tenant, item, grading.person, now));
  }
  return {};
}

Done take_everything_back(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  const Instant now = parts.clock.now();
  TRY_DONE(parts.takedown.withdraw(tx, id, fact.actor, now));
  TRY(address, address_of(tx, fact));
  TRY_DONE(url_list(parts, tx).delist(address, lists::EntryEvent::assessment_withdrawn, fact.actor,
                                      now));
  TRY(tenant, casework::TenantId::parse(fact.tenant));
  TRY(seen, CaseworkStore(tx).last_seen(id));
  if (!seen) return {};
  TRY(items, CaseworkStore(tx).items_of_sighting(seen->id));
  for (const auto& one : items) {
    TRY_DONE(unlearn_from(tx, tenant, id, one.item, now));
  }
  return {};
}

Done take_off_the_list(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(of_page, about_the_page(tx, fact));
  if (!of_page) return {};
  TRY(address, address_of(tx, fact));
  TRY_DONE(url_list(parts, tx).delist(address, lists::EntryEvent::item_gone, "system",
                                      parts.clock.now()));
  return {};
}

Done put_back_on_the_list(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(of_page, about_the_page(tx, fact));
  if (!of_page) return {};
  TRY(address, address_of(tx, fact));
  TRY_DONE(url_list(parts, tx).item_back(address, parts.clock.now()));
  return {};
}

Done keep_on_the_list(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  const json::value* verdict = fact.details.if_contains("verdict");
  if (!verdict || *verdict != "up") return {};
  TRY(of_page, about_the_page(tx, fact));
  if (!of_page) return {};
  TRY(address, address_of(tx, fact));
  TRY_DONE(url_list(parts, tx).still_there(address, parts.clock.now()));
  return {};
}

Done carry_the_question(const Parts& parts, db::Transaction& tx, const facts::Fact&) {
  return ask_to_tell(parts, tx);
}

// Read top to bottom, this is what the hotline does.
constexpr Step kSteps[] = {
    {"report_received", "look at the address and keep what is seen", look_at_it},
    {"sighting_captured", "queue the case for analysts, known items filled in", queue_for_analysts},
    {"sighting_captured", "know the site again that was acted on under another name", link_sites},
    {"sighting_captured", "trace where it is hosted", trace_it},
    {"sighting_captured", "prove what a reporter said one needs to see it", prove_the_disguise},
    {"sighting_captured", "tell the reporter that it is being checked", tell_checking},
    {"reporter_asked", "put the question where the reporter finds it", carry_the_question},
    {"case_assessed", "remember what was graded, so that nobody sees it twice",
     learn_what_was_graded},
    {"case_assessed", "fill it in where another case waits with a copy", tell_the_cluster},
    {"case_assessed", "offer what people agree on to the members' hash list", offer_hashes},
    {"case_assessed", "open the notice and the list entry", notice_and_list},
    {"case_assessed", "tell the reporter what was decided", tell_decided},
    {"url_traced", "open the notice and the list entry, if that waited for the trace",
     notice_and_list},
    {"assessment_withdrawn", "withdraw notices, list entry and what was learnt",
     take_everything_back},
    {"assessment_withdrawn", "take it back where another case waits with a copy", tell_the_cluster},
    {"assessment_withdrawn", "take it off the members' hash list", offer_hashes},
    {"assessment_withdrawn", "tell the reporter that it is being checked again", tell_checking},
    {"liveness_checked", "keep the list entry while it is up", keep_on_the_list},
    {"item_removed", "take it off the list", take_off_the_list},
    {"item_removed", "tell the reporter that it is gone", tell_removed},
    {"item_returned", "put it back on the list", put_back_on_the_list},
    {"entry_listed", "sign the list as it is now", sign_soon},
    {"entry_delisted", "sign the list as it is now", sign_soon},
    {"entry_delisted", "tell members, if it was wrong", recall_entry},
    {"hash_delisted", "tell members, if it was wrong", recall_entry},
};

}  // namespace

std::span<const Step> all_steps() {
  return kSteps;
}

Done follow(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  for (const Step& step : kSteps)
    if (step.when == fact.kind) TRY_DONE(step.run(parts, tx, fact));
  return {};
}

}  // namespace hotline::workflow
