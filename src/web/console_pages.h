// Inside the console: what its pages share, and the routes of each room.
#pragma once

#include <map>
#include <string>

#include "facts/facts.h"
#include "web/console.h"

namespace hotline::web {

void session_routes(http::Router& router, const ConsoleParts& parts);
void home_routes(http::Router& router, const ConsoleParts& parts);
void case_routes(http::Router& router, const ConsoleParts& parts);
void grading_routes(http::Router& router, const ConsoleParts& parts);
void message_routes(http::Router& router, const ConsoleParts& parts);
void access_routes(http::Router& router, const ConsoleParts& parts);
void preview_routes(http::Router& router, const ConsoleParts& parts);
void colleague_routes(http::Router& router, const ConsoleParts& parts);
void wellbeing_routes(http::Router& router, const ConsoleParts& parts);
void passkey_routes(http::Router& router, const ConsoleParts& parts);
void oversight_routes(http::Router& router, const ConsoleParts& parts);
void approval_routes(http::Router& router, const ConsoleParts& parts);
void practice_routes(http::Router& router, const ConsoleParts& parts);
void findings_routes(http::Router& router, const ConsoleParts& parts);
void lane_routes(http::Router& router, const ConsoleParts& parts);
void rota_routes(http::Router& router, const ConsoleParts& parts);
void people_routes(http::Router& router, const ConsoleParts& parts);

/// Runs `work` with a desk in one writing transaction.
template <class Work>
auto at_desk(const ConsoleParts& parts, Work&& work) {
  return parts.staff.database.transact([&](db::Transaction& tx) {
    assessment::Desk desk(tx, parts.schemes, parts.rules, parts.staff.clock.now());
    return work(desk);
  });
}

/// The case of "/cases/{id}…". Error `not_found` for anything that is no case id.
[[nodiscard]] Result<casework::CaseId> case_of(const http::Request& request);
[[nodiscard]] Result<casework::ItemId> item_of(const http::Request& request);

/// "7K2M9Q": short enough to say aloud; the address bar has the whole id.
[[nodiscard]] std::string case_reference(const casework::CaseId& id);
/// "A, 7–10, Girl", in the scheme's labels; "Unsure" and the like; empty without a grade.
[[nodiscard]] std::string grade_words(const assessment::Scheme& scheme,
                                      const assessment::Grade& grade);
/// "Item 3: A, 7–10, Girl".
[[nodiscard]] std::string step_words(const assessment::Scheme& scheme, const assessment::Step& step,
                                     int number);
/// The address as it stands, with the item that decided, or what is missing.
[[nodiscard]] std::string outcome_words(const assessment::Scheme& scheme,
                                        const assessment::CaseView& view);
/// Categories, ages, sexes and flags of a form without a script.
void fill_choices(Page& page, const assessment::Scheme& scheme);
[[nodiscard]] std::string verdict_words(const assessment::Scheme& scheme,
                                        const assessment::Outcome& outcome);

/// Names of people by id, for "who".
using Names = std::map<std::string, std::string>;
[[nodiscard]] Result<Names> names_of(db::Transaction& tx, const casework::TenantId& tenant);
/// Who did it: a person's name, or "The hotline", "The public", "The host".
[[nodiscard]] std::string actor_words(const Names& names, std::string_view actor);
/// One sentence for the timeline.
[[nodiscard]] std::string fact_words(const facts::Fact& fact);
/// Grades that a blind second look must not see: facts about them are left out until the case is
/// decided, but for the person's own.
[[nodiscard]] bool may_see_fact(const facts::Fact& fact, const assessment::Entry& entry,
                                const casework::PersonId& person);

}  // namespace hotline::web
