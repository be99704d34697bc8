#include "workflow/known_items.h"

#include <set>

#include "assessment/assessment_store.h"
#include "casework/casework_store.h"
#include "casework/film_store.h"
#include "jobs/jobs.h"

namespace hotline::workflow {

namespace {

using casework::CaseId;
using casework::CaseworkStore;
using casework::ItemId;
using matching::Match;
using matching::MatchKind;
using matching::Standing;

constexpr int kCopiesMax = 200;

struct Listed {
  Match match;
  bool turned = false;
};

/// What the matcher finds by the picture as it is stored, as a viewer shows it, or, if neither is
/// known, turned and mirrored.
Result<Listed> look_up(const Parts& parts, db::Transaction& tx, const casework::Item& item) {
  const auto hashes = matching::hashes_of(item);
  Listed listed{parts.matcher.match(item.tenant, hashes)};
  if (listed.match.kind != MatchKind::none) return listed;
  TRY(shown, casework::FilmStore(tx).shown(item.id));
  if (shown) {
    listed.match =
        parts.matcher.match(item.tenant, {.pdq = shown->pdq, .pdq_quality = shown->quality});
    if (listed.match.kind != MatchKind::none) return listed;
  }
  const auto hash = matching::cluster_hash(hashes);
  if (!hash) return listed;
  const auto ways = matching::turned(*hash);
  for (std::size_t way = 1; way < ways.size(); ++way) {
    Match found = parts.matcher.match(item.tenant,
                                      {.pdq = ways[way].hex(), .pdq_quality = hashes.pdq_quality});
    const bool better =
        found.kind != MatchKind::none && (!listed.turned || found.distance < listed.match.distance);
    if (better) listed = {std::move(found), true};
  }
  return listed;
}

/// It may be a moment behind: our own gradings are read as they stand now.
Result<Listed> listed_match(const Parts& parts, db::Transaction& tx, const casework::Item& item) {
  TRY(listed, look_up(parts, tx, item));
  Match& match = listed.match;
  if (match.kind == MatchKind::none || match.source != "own") return listed;
  TRY(row, matching::KnownStore(tx).known(match.known));
  if (row.withdrawn_at) return Listed{};
  match.category = row.category;
  match.scheme = row.scheme;
  match.age = row.age;
  match.sex = row.sex;
  match.graders = row.graders;
  match.conflict |= row.conflict;
  return listed;
}

bool is_better(const Match& a, bool a_turned, const Match& b, bool b_turned) {
  if (a.kind != b.kind) return a.kind > b.kind;
  if (a_turned != b_turned) return b_turned;
  return a.distance < b.distance;
}

std::string words_of(const Match& match, bool turned, Standing standing,
                     const std::vector<matching::Said>& said) {
  std::string words =
      match.kind == MatchKind::exact ? "the same file"
      : match.by == "vpdq"
          ? "copy of a film, " + std::to_string(100 - match.distance) + " in 100 frames agree"
          : std::string(turned ? "mirrored or turned copy" : "near copy") + ", distance " +
                std::to_string(match.distance);
  words += ", graded by " + std::to_string(match.graders) +
           (match.graders == 1 ? " person" : " people") + ", source " + match.source;
  if (standing == Standing::counts && match.kind == MatchKind::near) words += "; counts by policy";
  if (standing != Standing::disputed) return words;
  words += "; earlier graders disagree";
  const std::string each = said.empty() ? "" : matching::categories_said(said);
  return each.find(',') == each.npos ? words : words + ": " + each;
}

/// The cases besides `here` that hold this item and wait for their first look.
Result<std::set<CaseId>> waiting_cases(db::Transaction& tx, const ItemId& item,
                                       const CaseId& here) {
  std::set<CaseId> waiting;
  TRY(cases, CaseworkStore(tx).cases_of_item(item));
  for (const auto& one : cases) {
    if (one == here) continue;
    TRY(entry, assessment::AssessmentStore(tx).entry(one));
    if (entry && entry->look == 1 && entry->state != assessment::QueueState::decided)
      waiting.insert(one);
  }
  return waiting;
}

Done tell_about(const Parts& parts, db::Transaction& tx, const CaseId& here, const ItemId& id) {
  TRY(waiting, waiting_cases(tx, id, here));
  if (waiting.empty()) return {};
  TRY(item, CaseworkStore(tx).item(id));
  TRY(known, known_about(parts, tx, item));
  // A prefill without a category says nothing: so ends what does not stand any more.
  const assessment::Prefill told = known.value_or(assessment::Prefill{id, "", "", "", "", false});
  for (const auto& one : waiting) TRY_DONE(assessment::prefill(tx, one, told, parts.clock.now()));
  return {};
}

/// The item and all that are the same picture to a person.
Result<std::vector<ItemId>> copies_of(db::Transaction& tx, const ItemId& item) {
  matching::ClusterStore store(tx);
  TRY(place, store.place_of(item));
  if (!place) return std::vector{item};
  TRY(members, store.items(place->cluster, kCopiesMax));
  std::vector<ItemId> copies;
  for (const auto& member : members) copies.push_back(member.item);
  return copies;
}

}  // namespace

Result<std::optional<assessment::Prefill>> known_about(const Parts& parts, db::Transaction& tx,
                                                       const casework::Item& item) {
  TRY(said, matching::said_of_cluster(tx, item));
  TRY(found, listed_match(parts, tx, item));
  const Match& listed = found.match;
  Match match = matching::match_of(said);
  bool turned = !said.empty() && said.front().turned;
  const bool differ = match.kind != MatchKind::none && listed.kind != MatchKind::none &&
                      match.scheme == listed.scheme && match.category != listed.category;
  const bool disputed = differ || match.conflict || listed.conflict;
  if (match.kind == MatchKind::none || is_better(listed, found.turned, match, turned)) {
    match = listed;
    turned = found.turned;
  }
  if (match.kind == MatchKind::none) return std::optional<assessment::Prefill>();
  match.conflict = disputed;
  const auto standing = matching::standing_of(
      match, turned, {static_cast<int>(parts.settings.integer("matching.near_counts_distance"))});
  return std::optional(assessment::Prefill{item.id, match.category, match.age, match.sex,
                                           words_of(match, turned, standing, said),
                                           standing == Standing::counts});
}

Done tell_the_cluster(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  return jobs::JobStore(tx).hasten("tell_copies", fact.casefile, parts.clock.now());
}

Result<std::optional<Instant>> tell_copies(const Parts& parts, const std::string& subject) {
  TRY(here, CaseId::parse(subject));
  TRY_DONE(parts.matcher.follow(parts.database));
  TRY_DONE(parts.database.transact([&](db::Transaction& tx) -> Done {
    TRY(seen, CaseworkStore(tx).last_seen(here));
    if (!seen) return {};
    TRY(items, CaseworkStore(tx).items_of_sighting(seen->id));
    std::set<ItemId> told;
    for (const auto& one : items) {
      TRY(copies, copies_of(tx, one.item));
      for (const auto& copy : copies)
        if (told.insert(copy).second) TRY_DONE(tell_about(parts, tx, here, copy));
    }
    return {};
  }));
  return std::optional<Instant>();
}

}  // namespace hotline::workflow
