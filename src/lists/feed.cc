#include "lists/feed.h"

#include "base/json.h"
#include "base/text.h"
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

Result<std::shared_ptr<const Snapshot>> Feed::snapshot(db::Database& database,
                                                       const TenantId& tenant) {
  std::shared_ptr<const Snapshot> known;
  {
    const std::lock_guard lock(lock_);
    known = latest_[tenant];
  }
  TRY(made, database.read([&](db::Transaction& tx) -> Result<std::shared_ptr<const Snapshot>> {
    ListStore store(tx);
    TRY(version, store.version(tenant, kUrlList));
    if (known && known->version == version) return known;
    auto fresh = std::make_shared<Snapshot>();
    fresh->version = version;
    TRY(entries, store.listed(tenant));
    fresh->entries = static_cast<std::int64_t>(entries.size());
    for (const auto& entry : entries) fresh->lines += entry_line(entry);
    fresh->state_sha256 = hex(crypto::sha256(fresh->lines));
    return std::shared_ptr<const Snapshot>(std::move(fresh));
  }));
  const std::lock_guard lock(lock_);
  auto& latest = latest_[tenant];
  if (!latest || latest->version < made->version) latest = made;
  return made;
}

Result<Changes> Feed::changes(db::Database& database, const TenantId& tenant, std::int64_t since,
                              int limit) {
  CHECK(limit > 0);
  // First the changes, then the state: if the list moved between the two, `more` says so, and
  // the digest is never claimed for a state that the member has not reached.
  TRY(entries, database.read([&](db::Transaction& tx) {
    return ListStore(tx).changes(tenant, since, limit);
  }));
  TRY(state, snapshot(database, tenant));
  if (since < 0 || since > state->version)
    return fail(ErrorKind::invalid, "since is no version that this list has had.");
  Changes changes;
  changes.next = entries.empty() ? since : entries.back().version;
  for (const auto& entry : entries) {
    if (entry.state == EntryState::listed) changes.lines += entry_line(entry);
    // Whoever begins at nothing has nothing to remove.
    else if (since > 0)
      changes.lines += tombstone_line(entry);
    else
      continue;
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

std::string signed_manifest(const Snapshot& snapshot, const crypto::SigningKeys& keys, Instant now,
                            microseconds valid_for, std::chrono::seconds wait) {
  json::object payload;
  payload["list"] = kUrlList;
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
