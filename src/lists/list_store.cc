#include "lists/list_store.h"

namespace hotline::lists {

namespace {

constexpr std::string_view kColumns =
    "id, tenant, address, casefile, selector, category, country, reason, provenance, appeal, "
    "state, left_because, added_at, expires_at, changed_at, version";

std::string select(std::string_view where) {
  return "SELECT " + std::string(kColumns) + " FROM list_entry WHERE " + std::string(where);
}

Result<Entry> entry_from(const db::Row& row) {
  Entry entry;
  TRY(id, EntryId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(address, AddressId::parse(row.text(2)));
  TRY(casefile, CaseId::parse(row.text(3)));
  TRY(state, parse_entry_state(row.text(10)));
  entry.id = id;
  entry.tenant = tenant;
  entry.address = address;
  entry.casefile = casefile;
  entry.selector = row.text(4);
  entry.category = row.text(5);
  entry.country = row.text(6);
  entry.reason = row.text(7);
  entry.provenance = row.text(8);
  entry.appeal = row.text(9);
  entry.state = state;
  entry.left_because = row.text(11);
  entry.added_at = instant(row.integer(12));
  entry.expires_at = instant(row.integer(13));
  entry.changed_at = instant(row.integer(14));
  entry.version = row.integer(15);
  return entry;
}

Result<std::vector<Entry>> entries_from(const db::Rows& rows) {
  std::vector<Entry> all;
  all.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(entry, entry_from(row));
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace

const std::vector<std::string_view>& feedback_reasons() {
  static const std::vector<std::string_view> reasons = {"lawful_content", "not_reachable",
                                                        "over_blocking", "useful", "wrong_address"};
  return reasons;
}

Result<std::int64_t> ListStore::next_version(const TenantId& tenant, std::string_view list) {
  TRY(versions, tx_.run(R"sql(
    INSERT INTO list_version (tenant, list, version) VALUES ($1, $2, 1)
    ON CONFLICT (tenant, list) DO UPDATE SET version = list_version.version + 1
    RETURNING version)sql",
                        {tenant.str(), std::string(list)}));
  return versions.at(0).integer(0);
}

Result<std::int64_t> ListStore::put(const Entry& entry, std::string_view list) {
  TRY(version, next_version(entry.tenant, list));
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO list_entry (id, tenant, address, casefile, selector, category, country, reason,
                            provenance, appeal, state, left_because, added_at, expires_at,
                            changed_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (id) DO UPDATE SET
      casefile = excluded.casefile, category = excluded.category, country = excluded.country,
      reason = excluded.reason, provenance = excluded.provenance, appeal = excluded.appeal,
      state = excluded.state, left_because = excluded.left_because, added_at = excluded.added_at,
      expires_at = excluded.expires_at, changed_at = excluded.changed_at,
      version = excluded.version)sql",
                   {entry.id.str(), entry.tenant.str(), entry.address.str(), entry.casefile.str(),
                    entry.selector, entry.category, entry.country, entry.reason, entry.provenance,
                    entry.appeal, std::string(name(entry.state)), entry.left_because,
                    us(entry.added_at), us(entry.expires_at), us(entry.changed_at), version}));
  return version;
}

Result<Entry> ListStore::entry(const EntryId& id) {
  TRY(rows, tx_.run(select("id = $1"), {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no list entry with this id.");
  return entry_from(rows[0]);
}

Result<std::optional<Entry>> ListStore::entry_of_address(const AddressId& address) {
  TRY(rows, tx_.run(select("address = $1"), {address.str()}));
  if (rows.empty()) return std::optional<Entry>();
  TRY(entry, entry_from(rows[0]));
  return std::optional(std::move(entry));
}

Result<std::vector<Entry>> ListStore::listed(const TenantId& tenant) {
  TRY(rows, tx_.run(select("tenant = $1 AND state = 'listed' ORDER BY id"), {tenant.str()}));
  return entries_from(rows);
}

Result<std::vector<Entry>> ListStore::changes(const TenantId& tenant, std::int64_t version,
                                              int limit) {
  TRY(rows, tx_.run(select("tenant = $1 AND version > $2 ORDER BY version LIMIT $3"),
                    {tenant.str(), version, std::int64_t{limit}}));
  return entries_from(rows);
}

Result<std::int64_t> ListStore::version(const TenantId& tenant, std::string_view list) {
  TRY(rows, tx_.run("SELECT version FROM list_version WHERE tenant = $1 AND list = $2",
                    {tenant.str(), std::string(list)}));
  return rows.empty() ? 0 : rows[0].integer(0);
}

// A suspended entry expires too: an appeal that nobody decides must not keep it for ever.
Result<std::vector<Entry>> ListStore::due_to_expire(Instant now, int limit) {
  TRY(rows, tx_.run(select("expires_at <= $1 AND state IN ('listed', 'suspended') "
                           "ORDER BY expires_at LIMIT $2"),
                    {us(now), std::int64_t{limit}}));
  return entries_from(rows);
}

}  // namespace hotline::lists
