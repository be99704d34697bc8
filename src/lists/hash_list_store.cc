#include "base/json.h"
#include "facts/facts.h"
#include "lists/hash_list.h"
#include "lists/list_store.h"

namespace hotline::lists {

namespace {

constexpr std::string_view kColumns =
    "id, tenant, md5, sha1, sha256, pdq, pdq_quality, pdq_refused, scheme, category, graders, "
    "state, left_because, added_at, changed_at, version";

std::string select(std::string_view where) {
  return "SELECT " + std::string(kColumns) + " FROM hash_entry WHERE " + std::string(where);
}

Result<HashEntry> entry_from(const db::Row& row) {
  HashEntry entry;
  TRY(tenant, TenantId::parse(row.text(1)));
  entry.id = row.text(0);
  entry.tenant = tenant;
  entry.md5 = row.text(2);
  entry.sha1 = row.text(3);
  entry.sha256 = row.text(4);
  entry.pdq = row.text(5);
  entry.pdq_quality = static_cast<int>(row.integer(6));
  entry.pdq_refused = row.text(7);
  entry.scheme = row.text(8);
  entry.category = row.text(9);
  entry.graders = static_cast<int>(row.integer(10));
  entry.listed = row.text(11) == "listed";
  entry.left_because = row.text(12);
  entry.added_at = instant(row.integer(13));
  entry.changed_at = instant(row.integer(14));
  entry.version = row.integer(15);
  return entry;
}

Result<std::vector<HashEntry>> entries_from(const db::Rows& rows) {
  std::vector<HashEntry> all;
  all.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(entry, entry_from(row));
    all.push_back(std::move(entry));
  }
  return all;
}

bool same_content(const HashEntry& a, const HashEntry& b) {
  return a.md5 == b.md5 && a.sha1 == b.sha1 && a.sha256 == b.sha256 && a.pdq == b.pdq &&
         a.pdq_quality == b.pdq_quality && a.pdq_refused == b.pdq_refused && a.scheme == b.scheme &&
         a.category == b.category && a.graders == b.graders;
}

}  // namespace

Done HashList::put(HashEntry& entry, const CaseId& casefile, Instant now) {
  TRY(version, ListStore(tx_).next_version(entry.tenant, kHashList));
  entry.version = version;
  entry.changed_at = now;
  TRY_DONE(
      tx_.run(R"sql(
    INSERT INTO hash_entry (id, tenant, md5, sha1, sha256, pdq, pdq_quality, pdq_refused, scheme,
                            category, graders, state, left_because, added_at, changed_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (id) DO UPDATE SET
      md5 = excluded.md5, sha1 = excluded.sha1, sha256 = excluded.sha256, pdq = excluded.pdq,
      pdq_quality = excluded.pdq_quality, pdq_refused = excluded.pdq_refused,
      scheme = excluded.scheme, category = excluded.category, graders = excluded.graders,
      state = excluded.state, left_because = excluded.left_because, added_at = excluded.added_at,
      changed_at = excluded.changed_at, version = excluded.version)sql",
              {entry.id, entry.tenant.str(), entry.md5, entry.sha1, entry.sha256, entry.pdq,
               std::int64_t{entry.pdq_quality}, entry.pdq_refused, entry.scheme, entry.category,
               std::int64_t{entry.graders}, std::string(entry.listed ? "listed" : "delisted"),
               entry.left_because, us(entry.added_at), us(now), version}));
  facts::Fact fact;
  fact.tenant = entry.tenant.str();
  fact.kind = entry.listed ? "hash_listed" : "hash_delisted";
  fact.actor = "system";
  fact.casefile = casefile.str();
  fact.subject = entry.id;
  fact.details = {{"list", kHashList}, {"version", version}, {"category", entry.category}};
  if (entry.listed)
    fact.details["pdq"] =
        entry.pdq_refused.empty() ? (entry.pdq.empty() ? "none" : "listed") : entry.pdq_refused;
  else
    fact.details["reason"] = entry.left_because;
  fact.at = now;
  return facts::FactStore(tx_).append(fact);
}

Result<bool> HashList::list(HashEntry wanted, const CaseId& casefile, Instant now) {
  TRY(old, entry(wanted.id));
  if (old && old->listed && same_content(*old, wanted)) return false;
  wanted.listed = true;
  wanted.left_because.clear();
  wanted.added_at = old && old->listed ? old->added_at : now;
  TRY_DONE(put(wanted, casefile, now));
  return true;
}

Result<bool> HashList::delist(std::string_view id, std::string_view why, const CaseId& casefile,
                              Instant now) {
  TRY(old, entry(id));
  if (!old || !old->listed) return false;
  old->listed = false;
  old->left_because = why;
  TRY_DONE(put(*old, casefile, now));
  return true;
}

Result<std::optional<HashEntry>> HashList::entry(std::string_view id) {
  TRY(rows, tx_.run(select("id = $1"), {std::string(id)}));
  if (rows.empty()) return std::optional<HashEntry>();
  TRY(found, entry_from(rows[0]));
  return std::optional(std::move(found));
}

Result<std::vector<HashEntry>> HashList::listed(const TenantId& tenant) {
  TRY(rows, tx_.run(select("tenant = $1 AND state = 'listed' ORDER BY id"), {tenant.str()}));
  return entries_from(rows);
}

Result<std::vector<HashEntry>> HashList::changes(const TenantId& tenant, std::int64_t version,
                                                 int limit) {
  TRY(rows, tx_.run(select("tenant = $1 AND version > $2 ORDER BY version LIMIT $3"),
                    {tenant.str(), version, std::int64_t{limit}}));
  return entries_from(rows);
}

std::string hash_line(const HashEntry& entry) {
  json::object line;
  line["id"] = entry.id;
  line["md5"] = entry.md5;
  line["sha1"] = entry.sha1;
  line["sha256"] = entry.sha256;
  if (!entry.pdq.empty()) {
    line["pdq"] = entry.pdq;
    line["pdq_quality"] = entry.pdq_quality;
  }
  if (!entry.pdq_refused.empty()) line["pdq_refused"] = entry.pdq_refused;
  line["scheme"] = entry.scheme;
  line["category"] = entry.category;
  line["graders"] = entry.graders;
  line["added_at"] = rfc3339(entry.added_at);
  line["version"] = entry.version;
  return json::serialize(line) + "\n";
}

std::string hash_tombstone(const HashEntry& entry) {
  json::object line;
  line["id"] = entry.id;
  line["deleted"] = true;
  line["reason"] = entry.left_because;
  line["version"] = entry.version;
  return json::serialize(line) + "\n";
}

}  // namespace hotline::lists
