// Previews: the one place where a picture leaves the console.
//
// A door must be open (assessment/viewing.h), the budget must allow it
// (assessment/budget.h), and both the count and the fact of the opening are durable
// before the first byte leaves.
#include <algorithm>

#include "assessment/exposure.h"
#include "assessment/themes.h"
#include "assessment/viewing.h"
#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "web/console_pages.h"

namespace hotline::web {

namespace {

using assessment::Stop;
using casework::ItemId;
using http::Request;
using http::Response;

constexpr int kLevelMax = 4;

struct Allowed {
  Stop stop = Stop::none;
  std::string words;  ///< What the person is told where it stops.
  std::string door;   ///< For the fact.
  casework::EvidenceId evidence;
};

/// As far as matching can say before a look.
Result<int> severity_known(const ConsoleParts& parts, db::Transaction& tx, const ItemId& item) {
  TRY(cases, casework::CaseworkStore(tx).cases_of_item(item));
  int most = 0;
  assessment::AssessmentStore store(tx);
  for (const auto& casefile : cases) {
    TRY(entry, store.entry(casefile));
    if (!entry) continue;
    TRY(scheme, parts.schemes.find(entry->scheme));
    TRY(known, store.prefills(casefile));
    for (const auto& one : known)
      if (one.item == item)
        most = std::max(most, assessment::severity_of(*scheme, {one.category, one.age, "", {}}));
  }
  return most;
}

Result<Allowed> allow(const ConsoleParts& parts, db::Transaction& tx,
                      const accounts::Person& person, const ItemId& item, int level) {
  const Instant now = parts.staff.clock.now();
  Allowed found;
  TRY(door, assessment::may_view(tx, person, item, now));
  found.door = door;
  TRY(previews, casework::CaseworkStore(tx).previews_of_item(item));
  for (const auto& preview : previews) {
    if (preview.level != level) continue;
    TRY(evidence, casework::EvidenceId::parse(preview.evidence));
    found.evidence = evidence;
    TRY(severity, severity_known(parts, tx, item));
    TRY(stop, assessment::count_view(tx, person, {level, severity}, parts.rules.budget, now));
    found.stop = stop;
    if (stop == Stop::none) return found;
    TRY(today, assessment::meter(tx, person.id, parts.rules.budget, now));
    found.words = assessment::stop_words(stop, today.to_wait);
    return found;
  }
  return fail(ErrorKind::not_found, "There is no preview of this item at this level.");
}

/// RFC 9457; the type tells the script that it is the budget and not a right.
Response over_the_budget(const Allowed& allowed) {
  Response response;
  response.status = 403;
  response.header("Content-Type", "application/problem+json").header("Cache-Control", "no-store");
  response.body = json::serialize(json::object{{"type", "exposure-cap"},
                                               {"title", "No picture now"},
                                               {"status", 403},
                                               {"why", std::string(name(allowed.stop))},
                                               {"detail", allowed.words}});
  return response;
}

Response preview(const ConsoleParts& parts, const Request& request, const Staff& staff) {
  const auto id = item_of(request);
  const auto level = parse_integer(request.path_values.at("level"));
  if (!id || !level || *level < 1 || *level > kLevelMax)
    return http::problem({ErrorKind::not_found, "There is no such preview."});
  const auto allowed = parts.staff.database.transact([&](db::Transaction& tx) {
    return allow(parts, tx, staff.person, *id, static_cast<int>(*level));
  });
  if (!allowed) return http::problem(allowed.error());
  if (allowed->stop != Stop::none) return over_the_budget(*allowed);
  const auto bytes =
      parts.evidence.open_for(parts.staff.database, allowed->evidence, staff.person.id,
                              allowed->door, parts.staff.clock.now());
  if (!bytes) return http::problem(bytes.error());
  Response response;
  response.header("Content-Type", "image/jpeg").header("Cache-Control", "no-store");
  response.header("Content-Disposition", "inline");
  response.body = *bytes;
  return response;
}

}  // namespace

void preview_routes(http::Router& router, const ConsoleParts& parts) {
  router.on("GET", "/previews/{item}/{level}",
            staff_only(parts.staff, accounts::Action::see_previews,
                       [&parts](const Request& request, const Staff& staff) {
                         return preview(parts, request, staff);
                       }));
}

}  // namespace hotline::web
