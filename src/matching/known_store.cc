#include "matching/known_store.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::matching {

namespace {

constexpr std::string_view kColumns =
    "id, tenant, source, ref, md5, sha1, sha256, pdq, pdq_quality, scheme, category, age, sex, "
    "words, graders, conflict, added_at, withdrawn_at, version";

std::string select(std::string_view where) {
  return "SELECT " + std::string(kColumns) + " FROM known_hash WHERE " + std::string(where);
}

Result<Known> known_from(const db::Row& row) {
  Known known;
  TRY(id, KnownId::parse(row.text(0)));
  TRY(tenant, casework::TenantId::parse(row.text(1)));
  known.id = id;
  known.tenant = tenant;
  known.source = row.text(2);
  known.ref = row.text(3);
  known.hashes = {
      row.text(4), row.text(5), row.text(6), row.text(7), static_cast<int>(row.integer(8)), {}};
  known.scheme = row.text(9);
  known.category = row.text(10);
  known.age = row.text(11);
  known.sex = row.text(12);
  known.words = row.text(13);
  known.graders = static_cast<int>(row.integer(14));
  known.conflict = row.integer(15) != 0;
  known.added_at = instant(row.integer(16));
  if (!row.is_null(17)) known.withdrawn_at = instant(row.integer(17));
  known.version = row.integer(18);
  return known;
}

/// Seconds are stored with three decimals: what is stored is compared.
bool same_hashes(const Hashes& a, const Hashes& b) {
  return a.md5 == b.md5 && a.sha1 == b.sha1 && a.sha256 == b.sha256 && a.pdq == b.pdq &&
         a.pdq_quality == b.pdq_quality &&
         media::vpdq_lines(a.frames) == media::vpdq_lines(b.frames);
}

bool same_content(const Known& a, const Known& b) {
  return same_hashes(a.hashes, b.hashes) && a.scheme == b.scheme && a.category == b.category &&
         a.age == b.age && a.sex == b.sex && a.words == b.words && a.graders == b.graders &&
         a.conflict == b.conflict && a.withdrawn_at.has_value() == b.withdrawn_at.has_value();
}

/// A new name each time the program starts.
const std::string& this_process() {
  static const std::string once = hex(crypto::random_bytes(12));
  return once;
}

}  // namespace

KnownStore::KnownStore(db::Transaction& tx) : KnownStore(tx, this_process()) {}

Result<std::int64_t> KnownStore::next_version(const casework::TenantId& tenant) {
  // The row is locked first: who took the version before is read as it stands.
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO known_version (tenant, version, writer) VALUES ($1, 0, '')
    ON CONFLICT (tenant) DO UPDATE SET version = known_version.version)sql",
                   {tenant.str()}));
  TRY(before,
      tx_.run("SELECT version, writer FROM known_version WHERE tenant = $1", {tenant.str()}));
  const std::int64_t version = before.at(0).integer(0) + 1;
  if (before.at(0).text(1) != writer_) {
    TRY(last, tx_.run("SELECT COALESCE(MAX(number), 0) FROM known_epoch WHERE tenant = $1",
                      {tenant.str()}));
    TRY_DONE(tx_.run(R"sql(
      INSERT INTO known_epoch (tenant, number, writer, from_version)
      VALUES ($1, $2, $3, $4))sql",
                     {tenant.str(), last.at(0).integer(0) + 1, writer_, version - 1}));
  }
  TRY_DONE(tx_.run("UPDATE known_version SET version = $1, writer = $2 WHERE tenant = $3",
                   {version, writer_, tenant.str()}));
  return version;
}

Result<std::vector<KnownStore::Epoch>> KnownStore::epochs(const casework::TenantId& tenant,
                                                          std::int64_t after) {
  TRY(rows, tx_.run(R"sql(
    SELECT number, writer, from_version FROM known_epoch
     WHERE tenant = $1 AND number > $2 ORDER BY number)sql",
                    {tenant.str(), after}));
  std::vector<Epoch> all;
  for (const auto& row : rows) all.push_back({row.integer(0), row.text(1), row.integer(2)});
  return all;
}

Done KnownStore::put_frames(const KnownId& id, const std::vector<media::VpdqFrame>& frames) {
  if (frames.empty()) {
    TRY_DONE(tx_.run("DELETE FROM known_film WHERE known = $1", {id.str()}));
    return {};
  }
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO known_film (known, frames) VALUES ($1, $2)
    ON CONFLICT (known) DO UPDATE SET frames = excluded.frames)sql",
                   {id.str(), media::vpdq_lines(frames)}));
  return {};
}

Result<Known> KnownStore::with_frames(Known known) {
  TRY(rows, tx_.run("SELECT frames FROM known_film WHERE known = $1", {known.id.str()}));
  if (rows.empty()) return known;
  TRY(frames, media::parse_vpdq(rows[0].text(0)));
  known.hashes.frames = std::move(frames);
  return known;
}

Result<KnownId> KnownStore::put(const Known& known, Instant now) {
  TRY_DONE(check(known.hashes));
  TRY(old, find(known.tenant, known.source, known.ref));
  if (old && same_content(*old, known)) return old->id;
  TRY(version, next_version(known.tenant));
  // A standing row keeps the time since which it is known; one that stands again begins anew.
  const bool kept = old && !old->withdrawn_at;
  const KnownId id = old ? old->id : KnownId::make(now);
  const db::Value withdrawn =
      known.withdrawn_at ? db::Value(us(*known.withdrawn_at)) : db::Value(nullptr);
  TRY_DONE(tx_.run(
      R"sql(
    INSERT INTO known_hash (id, tenant, source, ref, md5, sha1, sha256, pdq, pdq_quality, scheme,
                            category, age, sex, words, graders, conflict, added_at, withdrawn_at,
                            version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    ON CONFLICT (id) DO UPDATE SET
      md5 = excluded.md5, sha1 = excluded.sha1, sha256 = excluded.sha256, pdq = excluded.pdq,
      pdq_quality = excluded.pdq_quality, scheme = excluded.scheme, category = excluded.category,
      age = excluded.age, sex = excluded.sex, words = excluded.words, graders = excluded.graders,
      conflict = excluded.conflict, added_at = excluded.added_at,
      withdrawn_at = excluded.withdrawn_at, version = excluded.version)sql",
      {id.str(), known.tenant.str(), known.source, known.ref, known.hashes.md5, known.hashes.sha1,
       known.hashes.sha256, known.hashes.pdq, std::int64_t{known.hashes.pdq_quality}, known.scheme,
       known.category, known.age, known.sex, known.words, std::int64_t{known.graders},
       std::int64_t{known.conflict}, us(kept ? old->added_at : now), withdrawn, version}));
  TRY_DONE(put_frames(id, known.hashes.frames));
  return id;
}

Result<bool> KnownStore::withdraw(const casework::TenantId& tenant, std::string_view source,
                                  std::string_view ref, Instant now) {
  TRY(known, find(tenant, source, ref));
  if (!known || known->withdrawn_at) return false;
  TRY(version, next_version(tenant));
  TRY_DONE(tx_.run("UPDATE known_hash SET withdrawn_at = $1, version = $2 WHERE id = $3",
                   {us(now), version, known->id.str()}));
  return true;
}

Result<Known> KnownStore::known(const KnownId& id) {
  TRY(rows, tx_.run(select("id = $1"), {id.str()}));
  if (rows.empty()) return fail(ErrorKind::not_found, "There is no known item with this id.");
  TRY(known, known_from(rows[0]));
  return with_frames(std::move(known));
}

Result<std::optional<Known>> KnownStore::find(const casework::TenantId& tenant,
                                              std::string_view source, std::string_view ref) {
  TRY(rows, tx_.run(select("tenant = $1 AND source = $2 AND ref = $3"),
                    {tenant.str(), std::string(source), std::string(ref)}));
  if (rows.empty()) return std::optional<Known>();
  TRY(known, known_from(rows[0]));
  TRY(whole, with_frames(std::move(known)));
  return std::optional(std::move(whole));
}

Result<std::vector<Known>> KnownStore::changes(const casework::TenantId& tenant,
                                               std::int64_t version, int limit) {
  TRY(rows, tx_.run(select("tenant = $1 AND version > $2 ORDER BY version LIMIT $3"),
                    {tenant.str(), version, std::int64_t{limit}}));
  std::vector<Known> all;
  all.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(known, known_from(row));
    all.push_back(std::move(known));
  }
  if (all.empty()) return all;
  TRY(films, tx_.run(R"sql(
    SELECT known_film.known, known_film.frames
      FROM known_film JOIN known_hash ON known_hash.id = known_film.known
     WHERE known_hash.tenant = $1 AND known_hash.version > $2 AND known_hash.version <= $3)sql",
                     {tenant.str(), version, all.back().version}));
  for (const auto& film : films) {
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const Known& one) { return one.id.str() == film.text(0); });
    if (known == all.end()) continue;
    TRY(frames, media::parse_vpdq(film.text(1)));
    known->hashes.frames = std::move(frames);
  }
  return all;
}

Result<std::int64_t> KnownStore::version(const casework::TenantId& tenant) {
  TRY(rows, tx_.run("SELECT version FROM known_version WHERE tenant = $1", {tenant.str()}));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Result<std::vector<std::string>> KnownStore::sources(const casework::TenantId& tenant) {
  TRY(rows, tx_.run(R"sql(
    SELECT DISTINCT source FROM known_hash WHERE tenant = $1 AND withdrawn_at IS NULL
     ORDER BY source)sql",
                    {tenant.str()}));
  std::vector<std::string> all;
  for (const auto& row : rows) all.push_back(row.text(0));
  return all;
}

Done KnownStore::put_grading(const KnownId& id, const Grading& grading) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO known_grading (known, person, scheme, category, age, sex, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (known, person) DO UPDATE SET scheme = excluded.scheme,
      category = excluded.category, age = excluded.age, sex = excluded.sex, at = excluded.at)sql",
                   {id.str(), grading.person.str(), grading.scheme, grading.category, grading.age,
                    grading.sex, us(grading.at)}));
  return {};
}

Done KnownStore::remove_grading(const KnownId& id, const casework::PersonId& person) {
  TRY_DONE(tx_.run("DELETE FROM known_grading WHERE known = $1 AND person = $2",
                   {id.str(), person.str()}));
  return {};
}

Done KnownStore::remove_gradings(const KnownId& id) {
  TRY_DONE(tx_.run("DELETE FROM known_grading WHERE known = $1", {id.str()}));
  return {};
}

Result<std::vector<Grading>> KnownStore::gradings(const KnownId& id) {
  TRY(rows, tx_.run(R"sql(
    SELECT person, scheme, category, age, sex, at FROM known_grading
     WHERE known = $1 ORDER BY at, person)sql",
                    {id.str()}));
  std::vector<Grading> all;
  for (const auto& row : rows) {
    TRY(person, casework::PersonId::parse(row.text(0)));
    all.push_back(
        {person, row.text(1), row.text(2), row.text(3), row.text(4), instant(row.integer(5))});
  }
  return all;
}

Done KnownStore::add_item_match(const casework::ItemId& item, const Match& match, Instant now) {
  TRY_DONE(tx_.run(R"sql(
    INSERT INTO item_match (item, known, kind, matched_by, distance, at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (item, known) DO UPDATE SET kind = excluded.kind,
      matched_by = excluded.matched_by, distance = excluded.distance, at = excluded.at)sql",
                   {item.str(), match.known.str(), std::string(name(match.kind)), match.by,
                    std::int64_t{match.distance}, us(now)}));
  return {};
}

Result<std::vector<KnownStore::ItemMatch>> KnownStore::matches_of_item(
    const casework::ItemId& item) {
  TRY(rows, tx_.run(R"sql(
    SELECT known, kind, matched_by, distance, at FROM item_match
     WHERE item = $1 ORDER BY kind, distance, known)sql",
                    {item.str()}));
  std::vector<ItemMatch> all;
  for (const auto& row : rows) {
    TRY(known, KnownId::parse(row.text(0)));
    TRY(kind, parse_match_kind(row.text(1)));
    all.push_back(
        {known, kind, row.text(2), static_cast<int>(row.integer(3)), instant(row.integer(4))});
  }
  return all;
}

}  // namespace hotline::matching
