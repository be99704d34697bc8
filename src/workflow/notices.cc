// Notices: opening them, the look right before one leaves, and the watch afterwards.
#include "workflow/notices.h"

#include <map>

#include "assessment/assessment.h"
#include "base/log.h"
#include "casework/casework_store.h"
#include "lists/url_list.h"
#include "takedown/notice_store.h"
#include "url/url.h"
#include "workflow/jobs_table.h"
#include "workflow/trace.h"

namespace hotline::workflow {

namespace {

using casework::CaseworkStore;

using Confirmed = std::vector<casework::ItemId>;

constexpr auto kMatesLookTime = std::chrono::seconds(60);

/// The items of the case that people found actionable.
Result<Confirmed> confirmed_items(db::Transaction& tx, const casework::CaseId& id) {
  TRY(decisions, assessment::decisions_of(tx, id));
  Confirmed confirmed;
  for (const auto& decision : decisions)
    if (decision.grade.category != "not_actionable") confirmed.push_back(decision.item);
  return confirmed;
}

bool holds(const Confirmed& confirmed, const casework::ItemId& item) {
  return std::find(confirmed.begin(), confirmed.end(), item) != confirmed.end();
}

/// What the notice asks to remove: the page, and each confirmed item that lies on the same host.
Done add_locations(db::Transaction& tx, const casework::Case& casefile,
                   const casework::Address& address, const Confirmed& confirmed,
                   takedown::OpenRequest& request) {
  request.locations.push_back(address.canonical);
  CaseworkStore store(tx);
  TRY(sighting, store.last_seen(casefile.id));
  if (!sighting) return {};
  TRY(seen, store.items_of_sighting(sighting->id));
  for (const auto& one : seen) {
    if (!holds(confirmed, one.item)) continue;
    TRY(item, store.item(one.item));
    request.items.push_back({item.md5, item.sha1, item.sha256});
    const auto place = url::parse(one.media_url);
    if (place && place->host == address.host && place->canonical() != address.canonical)
      request.locations.push_back(place->canonical());
  }
  return {};
}

/// Confirmed pictures that the page embeds from other hosts: whoever holds the page cannot remove
/// them. One notice for each of those hosts, in its own hosting episode.
Done open_for_media(const Parts& parts, db::Transaction& tx, const casework::Case& casefile,
                    const std::string& page, const Confirmed& confirmed,
                    const takedown::OpenRequest& of_page, Instant now) {
  CaseworkStore store(tx);
  TRY(media, foreign_media(tx, casefile, now));
  std::map<std::string, takedown::OpenRequest> by_host;
  std::map<std::string, tracing::HostingEpisode> traced;
  std::map<std::string, std::string> first_item;
  for (const auto& medium : media) {
    const std::string& host = medium.address.host;
    TRY(episode, tracing::EpisodeStore(tx).current(medium.address.id));
    if (episode && !traced.contains(host)) traced.emplace(host, *std::move(episode));
    if (!holds(confirmed, medium.item)) continue;
    TRY(item, store.item(medium.item));
    by_host[host].locations.push_back(medium.address.canonical);
    by_host[host].items.push_back({item.md5, item.sha1, item.sha256});
    first_item.emplace(host, item.sha256);
  }
  for (auto& [host, request] : by_host) {
    const auto place = traced.find(host);
    if (place == traced.end()) {
      TRY_DONE(jobs::JobStore(tx).hasten("trace_case", casefile.id.str(), now));
      continue;
    }
    // Many pages may embed the same picture: its host hears of it once.
    TRY(others, takedown::NoticeStore(tx).at_place(place->second.address, place->second.id.str()));
    if (std::any_of(others.begin(), others.end(), [&](const takedown::Notice& other) {
          return other.casefile != casefile.id && is_open(other.state);
        }))
      continue;
    takedown::OpenRequest whole = of_page;
    whole.address = place->second.address;
    whole.hosting = hosting_of(place->second);
    whole.locations = std::move(request.locations);
    whole.items = std::move(request.items);
    TRY_DONE(takedown::Monitor::remember_medium(tx, casefile.id, whole.address, first_item.at(host),
                                                page, now));
    TRY_DONE(parts.takedown.open_notice(tx, whole, now));
  }
  return {};
}

Result<std::string> home_country(db::Transaction& tx, const casework::TenantId& tenant,
                                 const Settings& settings) {
  TRY(tenants, CaseworkStore(tx).tenants());
  for (const auto& one : tenants)
    if (one.id == tenant) return one.country;
  return settings.text("hotline.country");
}

/// Whether two people or more have each confirmed every item, here or in earlier cases.
Result<bool> all_known(db::Transaction& tx, const Confirmed& confirmed) {
  for (const auto& item : confirmed) {
    TRY(graders, assessment::graders_of(tx, item));
    if (graders.size() < 2) return false;
  }
  return !confirmed.empty();
}

/// Whether somebody who reported it says that a child is in danger.
Result<bool> child_in_danger(db::Transaction& tx, const casework::CaseId& id) {
  TRY(facts, facts::FactStore(tx).of_case(id.str()));
  return std::any_of(facts.begin(), facts.end(), [](const facts::Fact& fact) {
    return fact.kind == "report_received" && text_at(fact.details, "danger") == "yes";
  });
}

/// Whether a person found at least one item that is INTERPOL's baseline beyond doubt.
Result<bool> is_baseline(const Parts& parts, db::Transaction& tx, const casework::CaseId& id,
                         const std::string& scheme_reference) {
  TRY(scheme, parts.schemes.find(scheme_reference));
  TRY(decisions, assessment::decisions_of(tx, id));
  return std::any_of(decisions.begin(), decisions.end(), [&](const auto& decision) {
    return scheme->is_baseline(decision.grade.category, decision.grade.age, decision.grade.flags);
  });
}

takedown::TraceNow tracer_of(const Parts& parts) {
  return [&parts](const takedown::Notice& notice) -> std::optional<takedown::HostingNow> {
    const auto recorded = trace_now(parts, notice.casefile, notice.address);
    if (!recorded || !recorded->episode) return std::nullopt;
    takedown::HostingNow now;
    now.hosting = hosting_of(*recorded->episode);
    now.moved = now.hosting.episode != notice.hosting.episode;
    return now;
  };
}

}  // namespace

Done pursue(const Parts& parts, db::Transaction& tx, const casework::CaseId& id,
            const std::string& actor) {
  const Instant now = parts.clock.now();
  TRY(standing, assessment::verdict(tx, id));
  if (!standing || standing->outcome.verdict != assessment::Verdict::actionable) return {};
  CaseworkStore store(tx);
  TRY(casefile, store.casefile(id));
  TRY(address, store.address(casefile.address));
  if (address.canonical.empty()) return {};
  TRY(episode, tracing::EpisodeStore(tx).current(address.id));
  if (!episode) return jobs::JobStore(tx).schedule("trace_case", id.str(), now);
  takedown::OpenRequest request;
  request.tenant = casefile.tenant;
  request.casefile = id;
  request.address = address.id;
  TRY(home, home_country(tx, casefile.tenant, parts.settings));
  request.home_country = home;
  request.hosting = hosting_of(*episode);
  request.category = standing->outcome.category;
  TRY(baseline, is_baseline(parts, tx, id, standing->scheme));
  request.baseline = baseline;
  request.actor = actor;
  TRY(confirmed, confirmed_items(tx, id));
  TRY(known, all_known(tx, confirmed));
  request.known = known;
  TRY(urgent, child_in_danger(tx, id));
  request.urgent = urgent;
  const takedown::OpenRequest common = request;
  TRY_DONE(add_locations(tx, casefile, address, confirmed, request));
  TRY_DONE(parts.takedown.open_notice(tx, request, now));
  TRY_DONE(open_for_media(parts, tx, casefile, address.canonical, confirmed, common, now));
  lists::UrlList list(tx, lists::list_policy(parts.settings));
  return [&]() -> Done {
    TRY_DONE(list.list({casefile.tenant, address.id, id, address.canonical, request.category,
                        episode->hosting.country.country, standing->at},
                       actor, now));
    return {};
  }();
}

/// Right before it leaves we look again: nobody is asked to remove what is gone already or not
/// theirs any more. When to look again if it may not leave now; nothing if it may.
static Result<std::optional<Again>> look_before_leaving(const Parts& parts,
                                                        const casework::NoticeId& id) {
  TRY(due, parts.database.read(
               [&](db::Transaction& tx) { return takedown::NoticeStore(tx).notice(id); }));
  const Instant now = parts.clock.now();
  if (due.state == takedown::NoticeState::ready && due.leaves_at && *due.leaves_at > now)
    return std::optional(Again(*due.leaves_at));
  if (!is_open(due.state) || due.state == takedown::NoticeState::held)
    return std::optional<Again>();
  TRY(checked, parts.monitor.check(id, tracer_of(parts), now));
  if (checked.may_leave) return std::optional<Again>();
  return std::optional(checked.again ? Again(*checked.again) : Again());
}

/// Others that may leave in the same mail: each has been looked at too.
static Result<std::vector<casework::NoticeId>> looked_at_mates(const Parts& parts,
                                                               const casework::NoticeId& id) {
  const Instant began = parts.clock.now();
  TRY(mates, parts.database.read(
                 [&](db::Transaction& tx) { return parts.takedown.mail_mates(tx, id, began); }));
  std::vector<casework::NoticeId> ready;
  for (const auto& mate : mates) {
    if (parts.clock.now() - began > kMatesLookTime) break;  // The rest leaves in the next mail.
    TRY(wait, look_before_leaving(parts, mate));
    if (!wait) ready.push_back(mate);
  }
  return ready;
}

Result<Again> send_notice(const Parts& parts, const std::string& text) {
  TRY(id, casework::NoticeId::parse(text));
  TRY(letters, parts.database.read(
                   [&](db::Transaction& tx) { return takedown::NoticeStore(tx).letters(id); }));
  // A letter that may have left already (a crash in the middle) goes on as it is.
  const auto in_state = [&](takedown::LetterState state) {
    return std::any_of(letters.begin(), letters.end(),
                       [&](const takedown::Letter& letter) { return letter.state == state; });
  };
  std::vector<casework::NoticeId> mates;
  if (!in_state(takedown::LetterState::sending) && in_state(takedown::LetterState::planned)) {
    TRY(wait, look_before_leaving(parts, id));
    if (wait) return *wait;
    TRY(ready, looked_at_mates(parts, id));
    mates = std::move(ready);
  }
  TRY(sent, parts.takedown.send(parts.database, parts.mailer, id, parts.clock.now(), parts.pusher,
                                mates));
  return sent.again;
}

Result<Again> notice_deadline(const Parts& parts, const std::string& text) {
  TRY(id, casework::NoticeId::parse(text));
  return parts.database.transact(
      [&](db::Transaction& tx) { return parts.takedown.deadline(tx, id, parts.clock.now()); });
}

Result<Again> hold_ends(const Parts& parts, const std::string& text) {
  TRY(id, casework::NoticeId::parse(text));
  return parts.database.transact(
      [&](db::Transaction& tx) { return parts.takedown.hold_ends(tx, id, parts.clock.now()); });
}

Result<Again> check_liveness(const Parts& parts, const std::string& text) {
  TRY(id, casework::NoticeId::parse(text));
  TRY(checked, parts.monitor.check(id, tracer_of(parts), parts.clock.now()));
  return checked.again;
}

}  // namespace hotline::workflow
