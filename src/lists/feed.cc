#include "lists/feed.h"

#include "base/json.h"
#include "base/text.h"
#include "lists/hash_list.h"
#include "lists/list_store.h"
#include "lists/url_list.h"

namespace hotline::lists {

// The id stands first in both lines, so that sorting the lines as text sorts them by id.
std::string entry_line(const Entry& entry) {
  json::object line;
  line["id"] = entry.id.str();
  line["url"] = entry.selector;
  line["match"] = "exact";
  line["category"] = entry.category;
  line["reason"] = entry.reason;
  line["country"] = entry.country;
  line["provenance"] = entry.provenance;
  line["appeal"] = entry.appeal;
  line["added_at"] = rfc3339(entry.added_at);
  line["expires_at"] = rfc3339(entry.expires_at);
  line["version"] = entry.version;
  return json::serialize(line) + "\n";
}

std::string tombstone_line(const Entry& entry) {
  json::object line;
  line["id"] = entry.id.str();
  line["deleted"] = true;
  line["reason"] = entry.left_because;
  line["version"] = entry.version;
  return json::serialize(line) + "\n";
}

const std::vector<std::string_view>& all_lists() {
  static const std::vector<std::string_view> lists = {kUrlList, kHashList};
  return lists;
}

namespace {

/// One entry of any list: where it stands and how it is written.
struct FeedEntry {
  bool listed;
  std::int64_t version;
  std::string line;
};

FeedEntry feed_entry(const Entry& entry) {
  const bool listed = entry.state == EntryState::listed;
  return {listed, entry.version, listed ? entry_line(entry) : tombstone_line(entry)};
}

FeedEntry feed_entry(const HashEntry& entry) {
  return {entry.listed, entry.version, entry.listed ? hash_line(entry) : hash_tombstone(entry)};
}

template <class Entries>
std::vector<FeedEntry> feed_entries(const Entries& entries) {
  std::vector<FeedEntry> all;
  all.reserve(entries.size());
  for (const auto& entry : entries) all.push_back(feed_entry(entry));
  return all;
}

Result<std::vector<FeedEntry>> on_list(db::Transaction& tx, const TenantId& tenant,
                                       std::string_view list) {
  if (list == kHashList) {
    TRY(entries, HashList(tx).listed(tenant));
    return feed_entries(entries);
  }
  TRY(entries, ListStore(tx).listed(tenant));
  return feed_entries(entries);
}

Result<std::vector<FeedEntry>> changed_since(db::Transaction& tx, const TenantId& tenant,
                                             std::string_view list, std::int64_t since, int limit) {
  if (list == kHashList) {
    TRY(entries, HashList(tx).changes(tenant, since, limit));
    return feed_entries(entries);
  }
  TRY(entries, ListStore(tx).changes(tenant, since, limit));
  return feed_entries(entries);
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> Feed::snapshot(db::Database& database,
                                                       const TenantId& tenant,
                                                       std::string_view list) {
  const std::pair key(tenant, std::string(list));
  std::shared_ptr<const Snapshot> known;
  {
    const std::lock_guard lock(lock_);
    known = latest_[key];
  }
  TRY(made, database.read([&](db::Transaction& tx) -> Result<std::shared_ptr<const Snapshot>> {
    TRY(version, ListStore(tx).version(tenant, list));
    if (known && known->version == version) return known;
    auto fresh = std::make_shared<Snapshot>();
    fresh->list = list;
    fresh->version = version;
    TRY(entries, on_list(tx, tenant, list));
    fresh->entries = static_cast<std::int64_t>(entries.size());
    for (const auto& entry : entries) fresh->lines += entry.line;
    fresh->state_sha256 = hex(crypto::sha256(fresh->lines));
    return std::shared_ptr<const Snapshot>(std::move(fresh));
  }));
  const std::lock_guard lock(lock_);
  auto& latest = latest_[key];
  if (!latest || latest->version < made->version) latest = made;
  return made;
}

Result<Changes> Feed::changes(db::Database& database, const TenantId& tenant, std::string_view list,
                              std::int64_t since, int limit) {
  CHECK(limit > 0);
  // First the changes, then the state: if the list moved between the two, `more` says so, and
  // the digest is never claimed for a state that the member has not reached.
  TRY(entries, database.read([&](db::Transaction& tx) {
    return changed_since(tx, tenant, list, since, limit);
  }));
  TRY(state, snapshot(database, tenant, list));
  if (since < 0 || since > state->version)
    return fail(ErrorKind::invalid, "since is no version that this list has had.");
  Changes changes;
  changes.next = entries.empty() ? since : entries.back().version;
  for (const auto& entry : entries) {
    // Whoever begins at nothing has nothing to remove.
    if (!entry.listed && since == 0) continue;
    changes.lines += entry.line;
    ++changes.count;
  }
  changes.more = changes.next < state->version;
  json::object closing;
  closing["next"] = changes.next;
  closing["more"] = changes.more;
  if (!changes.more) {
    closing["entries"] = state->entries;
    closing["state_sha256"] = state->state_sha256;
  }
  changes.lines += json::serialize(closing) + "\n";
  return changes;
}

Result<int> sign_lists(db::Database& database, Feed& feed, const TenantId& tenant,
                       const crypto::SigningKeys& keys, Instant now, microseconds valid_for,
                       std::chrono::seconds wait) {
  int count = 0;
  for (const auto list : all_lists()) {
    TRY(state, feed.snapshot(database, tenant, list));
    TRY(last,
        database.read([&](db::Transaction& tx) { return ListStore(tx).manifest(tenant, list); }));
    if (last && last->version == state->version && now - last->signed_at < valid_for / 4) continue;
    const std::string text = signed_manifest(*state, keys, now, valid_for, wait);
    TRY_DONE(database.transact([&](db::Transaction& tx) {
      return ListStore(tx).put_manifest(tenant, list, {state->version, text, now});
    }));
    ++count;
  }
  return count;
}

std::string signed_manifest(const Snapshot& snapshot, const crypto::SigningKeys& keys, Instant now,
                            microseconds valid_for, std::chrono::seconds wait) {
  json::object payload;
  payload["list"] = snapshot.list;
  payload["version"] = snapshot.version;
  payload["entries"] = snapshot.entries;
  payload["state_sha256"] = snapshot.state_sha256;
  payload["issued_at"] = rfc3339(now);
  payload["expires_at"] = rfc3339(now + valid_for);
  payload["wait_seconds"] = wait.count();
  const std::string text = json::serialize(payload);
  json::object manifest;
  manifest["payload"] = text;
  manifest["algorithm"] = "Ed25519";
  manifest["signature"] = base64(crypto::sign(keys, text));
  manifest["public_key"] = base64(keys.public_key);
  return json::serialize(manifest);
}

Result<crypto::SigningKeys> list_signing_keys(const std::string& path) {
  TRY(seed, crypto::key_file(path, 32));
  return crypto::signing_keys_from_seed(seed.reveal());
}

}  // namespace hotline::lists
