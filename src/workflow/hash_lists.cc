// What goes on the members' hash list, and the signatures under all lists.
//
// Only the worker holds the key that signs; hotline-feeds, which strangers reach,
// hands out what is signed.
#include "casework/casework_store.h"
#include "lists/feed.h"
#include "lists/hash_list.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

using casework::CaseId;
using casework::CaseworkStore;

/// Why a known item may not be on the list, or empty.
std::string_view not_listed_because(const std::optional<matching::Known>& known) {
  if (!known || known->withdrawn_at) return "withdrawn";
  if (known->conflict) return "disputed";
  if (known->graders < lists::kHashGraders) return "graders";
  return "";
}

Result<matching::PdqRefusal> refusal_of(const Parts& parts, db::Transaction& tx,
                                        const casework::Item& item) {
  const auto hash = matching::cluster_hash(matching::hashes_of(item));
  int neighbours = 0;
  if (hash) {
    TRY(place, matching::ClusterStore(tx).place_of(item.id));
    neighbours = parts.clusters.neighbours(item.tenant, *hash,
                                           place ? std::optional(place->cluster) : std::nullopt);
  }
  return parts.benign.check(item.pdq_full, item.pdq_full_quality, neighbours);
}

Done list_item(const Parts& parts, db::Transaction& tx, const CaseId& casefile,
               const casework::Item& item) {
  TRY(known, matching::KnownStore(tx).find(item.tenant, "own", item.id.str()));
  if (!known) return {};
  lists::HashList list(tx);
  const Instant now = parts.clock.now();
  if (const auto why = not_listed_because(known); !why.empty()) {
    TRY_DONE(list.delist(known->id.str(), why, casefile, now));
    return {};
  }
  lists::HashEntry entry;
  entry.id = known->id.str();
  entry.tenant = item.tenant;
  entry.md5 = item.md5;
  entry.sha1 = item.sha1;
  entry.sha256 = item.sha256;
  entry.scheme = known->scheme;
  entry.category = known->category;
  entry.graders = known->graders;
  if (!item.pdq_full.empty()) {
    TRY(refusal, refusal_of(parts, tx, item));
    if (refusal == matching::PdqRefusal::none) {
      entry.pdq = item.pdq_full;
      entry.pdq_quality = item.pdq_full_quality;
    } else {
      entry.pdq_refused = name(refusal);
    }
  }
  TRY_DONE(list.list(std::move(entry), casefile, now));
  return {};
}

}  // namespace

Result<Again> list_hashes(const Parts& parts, const std::string& subject) {
  TRY(id, CaseId::parse(subject));
  TRY_DONE(parts.clusters.follow(parts.database));
  TRY_DONE(parts.database.transact([&](db::Transaction& tx) -> Done {
    TRY(seen, CaseworkStore(tx).last_seen(id));
    if (!seen) return {};
    TRY(items, CaseworkStore(tx).items_seen(seen->id));
    for (const auto& item : items) TRY_DONE(list_item(parts, tx, id, item));
    return jobs::JobStore(tx).hasten("sign_lists", "all", parts.clock.now());
  }));
  return Again();
}

Result<Again> sign_lists(const Parts& parts, const std::string&) {
  TRY(keys, lists::list_signing_keys(places(parts.settings).keys + "/list-signing.key"));
  const Instant now = parts.clock.now();
  const microseconds valid = parts.settings.duration("lists.manifest_valid");
  const auto wait =
      std::chrono::duration_cast<std::chrono::seconds>(parts.settings.duration("lists.poll"));
  TRY_DONE(lists::sign_lists(parts.database, parts.feed, parts.tenant, keys, now, valid, wait));
  return Again(now + valid / 8);
}

Done offer_hashes(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  return jobs::JobStore(tx).hasten("list_hashes", fact.casefile, parts.clock.now());
}

Done sign_soon(const Parts& parts, db::Transaction& tx, const facts::Fact&) {
  return jobs::JobStore(tx).hasten("sign_lists", "all", parts.clock.now());
}

}  // namespace hotline::workflow
