#include "base/crypto.h"
#include "base/text.h"
#include "takedown/gate.h"

namespace hotline::takedown {

namespace {

constexpr std::string_view kPutAgency = R"sql(
  INSERT INTO takedown_agency (tenant, id, name, countries, networks, public_key, hold_seconds, added_by,
    added_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, countries = excluded.countries,
    networks = excluded.networks, public_key = excluded.public_key,
    hold_seconds = excluded.hold_seconds)sql";
constexpr std::string_view kAgencies = R"sql(
  SELECT id, name, countries, networks, public_key, hold_seconds, added_by, added_at
    FROM takedown_agency WHERE tenant = $1 ORDER BY id)sql";
constexpr std::string_view kPerson =
    "SELECT agency FROM takedown_agency_person WHERE tenant = $1 AND person = $2";
constexpr std::string_view kSetPerson = R"sql(
  INSERT INTO takedown_agency_person (tenant, person, agency) VALUES ($1, $2, $3)
  ON CONFLICT (tenant, person) DO UPDATE SET agency = excluded.agency)sql";
constexpr std::string_view kAddAuthority = R"sql(
  INSERT INTO takedown_authority (id, tenant, agency, document, signature, public_key, valid_from,
    valid_until, accepted_by, accepted_at, revoked_by, revoked_at, revoke_reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', NULL, '') ON CONFLICT (id) DO NOTHING)sql";
constexpr std::string_view kRevoke = R"sql(
  UPDATE takedown_authority SET revoked_by = $3, revoke_reason = $4, revoked_at = $5
   WHERE tenant = $1 AND id = $2 AND revoked_at IS NULL)sql";
constexpr std::string_view kAuthorities = R"sql(
  SELECT id, agency, document, signature, public_key, accepted_by, accepted_at, revoked_by, revoked_at,
         revoke_reason
    FROM takedown_authority WHERE tenant = $1 )sql";
constexpr std::string_view kPutInvestigation = R"sql(
  INSERT INTO takedown_investigation (tenant, kind, value, agency, person, reason, at, until)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (tenant, kind, value) DO UPDATE SET agency = excluded.agency, person = excluded.person,
    reason = excluded.reason, at = excluded.at, until = excluded.until)sql";
constexpr std::string_view kEndInvestigation =
    "DELETE FROM takedown_investigation WHERE tenant = $1 AND kind = $2 AND value = $3";
constexpr std::string_view kInvestigations = R"sql(
  SELECT kind, value, agency, person, reason, at, until FROM takedown_investigation
   WHERE tenant = $1 AND until > $2 ORDER BY at DESC, kind, value)sql";
constexpr std::string_view kWaiting =
    "SELECT id FROM notice WHERE tenant = $1 AND authority = $2 AND state = 'ready'";

constexpr std::size_t kIdBytesMax = 40;

bool plain_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == id.npos;
}

std::string joined(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const auto word : split(text, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

Result<Agency> agency_of(const TenantId& tenant, const db::Row& row) {
  Agency agency;
  agency.tenant = tenant;
  agency.id = row.text(0);
  agency.name = row.text(1);
  agency.countries = words_of(row.text(2));
  for (const auto& number : words_of(row.text(3)))
    agency.networks.push_back(std::strtoll(number.c_str(), nullptr, 10));
  if (!row.text(4).empty()) {
    TRY(key, unhex(row.text(4)));
    agency.public_key = key;
  }
  agency.hold = std::chrono::seconds(row.integer(5));
  agency.added_by = row.text(6);
  agency.added_at = instant(row.integer(7));
  return agency;
}

}  // namespace

Done GateStore::put_agency(const Agency& agency) {
  if (!plain_id(agency.id) || trim(agency.name).empty() ||
      (!agency.public_key.empty() && agency.public_key.size() != 32))
    return fail(ErrorKind::invalid,
                "An agency needs an id of small letters, a name, and a key of 32 bytes or none.");
  for (const auto& country : agency.countries)
    if (country.size() != 2 ||
        country.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != country.npos)
      return fail(ErrorKind::invalid, "A country is two capital letters.");
  const auto hold = std::chrono::duration_cast<std::chrono::seconds>(agency.hold).count();
  TRY_DONE(tx_.run(kPutAgency,
                   {agency.tenant.str(), agency.id, clean_utf8(agency.name),
                    join(agency.countries, " "), joined(agency.networks), hex(agency.public_key),
                    std::int64_t{hold}, agency.added_by, us(agency.added_at)}));
  return {};
}

Result<std::vector<Agency>> GateStore::agencies(const TenantId& tenant) {
  TRY(rows, tx_.run(kAgencies, {tenant.str()}));
  std::vector<Agency> agencies;
  for (const auto& row : rows) {
    TRY(agency, agency_of(tenant, row));
    agencies.push_back(std::move(agency));
  }
  return agencies;
}

Result<Agency> GateStore::agency(const TenantId& tenant, std::string_view id) {
  TRY(all, agencies(tenant));
  for (auto& agency : all)
    if (agency.id == id) return std::move(agency);
  return fail(ErrorKind::not_found, "There is no such agency.");
}

Result<std::string> GateStore::agency_of_person(const TenantId& tenant, std::string_view person) {
  TRY(rows, tx_.run(kPerson, {tenant.str(), std::string(person)}));
  return rows.empty() ? std::string() : rows.front().text(0);
}

Done GateStore::set_person(const TenantId& tenant, std::string_view person,
                           std::string_view agency) {
  TRY_DONE(this->agency(tenant, agency));
  TRY_DONE(tx_.run(kSetPerson, {tenant.str(), std::string(person), std::string(agency)}));
  return {};
}

Done GateStore::add_authority(const Authority& authority) {
  TRY(count, tx_.change(kAddAuthority,
                        {authority.id, authority.tenant.str(), authority.agency, authority.document,
                         hex(authority.signature), hex(authority.public_key), us(authority.from),
                         us(authority.until), authority.accepted_by, us(authority.accepted_at)}));
  if (count == 0) return fail(ErrorKind::conflict, "An authority of this name was used before.");
  return {};
}

Done GateStore::revoke(const TenantId& tenant, std::string_view id, std::string_view person,
                       std::string_view reason, Instant now) {
  TRY(count, tx_.change(kRevoke, {tenant.str(), std::string(id), std::string(person),
                                  std::string(reason), us(now)}));
  if (count == 0)
    return fail(ErrorKind::conflict, "There is no such authority, or it is revoked already.");
  return {};
}

Result<std::vector<Authority>> GateStore::authorities(const TenantId& tenant,
                                                      std::optional<Instant> valid_at) {
  TRY(rows,
      valid_at
          ? tx_.run(std::string(kAuthorities) +
                        "AND revoked_at IS NULL AND valid_from <= $2 AND valid_until > $2"
                        " ORDER BY accepted_at DESC, id",
                    {tenant.str(), us(*valid_at)})
          : tx_.run(std::string(kAuthorities) + "ORDER BY accepted_at DESC, id", {tenant.str()}));
  std::vector<Authority> authorities;
  for (const auto& row : rows) {
    TRY(signature, unhex(row.text(3)));
    TRY(key, unhex(row.text(4)));
    Agency agency;
    agency.tenant = tenant;
    agency.id = row.text(1);
    agency.public_key = key;
    // What was changed behind our back proves nothing and lets nothing pass.
    auto authority = read_authority(agency, row.text(2), signature);
    if (!authority) continue;
    authority->accepted_by = row.text(5);
    authority->accepted_at = instant(row.integer(6));
    authority->revoked_by = row.text(7);
    if (const auto revoked = row.maybe_integer(8)) authority->revoked_at = instant(*revoked);
    authority->revoke_reason = row.text(9);
    authorities.push_back(std::move(*authority));
  }
  return authorities;
}

Done GateStore::put_investigation(const Investigation& one) {
  const bool known = one.kind == "host" || one.kind == "network" || one.kind == "item";
  if (!known || trim(one.value).empty() || one.until <= one.at)
    return fail(ErrorKind::invalid,
                "An investigation names a host, a network or an item, and ends.");
  TRY_DONE(
      tx_.run(kPutInvestigation, {one.tenant.str(), one.kind, lower_ascii(trim(one.value)),
                                  one.agency, one.person, one.reason, us(one.at), us(one.until)}));
  return {};
}

Done GateStore::end_investigation(const TenantId& tenant, std::string_view kind,
                                  std::string_view value) {
  TRY(count, tx_.change(kEndInvestigation, {tenant.str(), std::string(kind), std::string(value)}));
  if (count == 0) return fail(ErrorKind::not_found, "There is no such investigation.");
  return {};
}

Result<std::vector<Investigation>> GateStore::investigations(const TenantId& tenant, Instant now) {
  TRY(rows, tx_.run(kInvestigations, {tenant.str(), us(now)}));
  std::vector<Investigation> all;
  for (const auto& row : rows)
    all.push_back({tenant, row.text(0), row.text(1), row.text(2), row.text(3), row.text(4),
                   instant(row.integer(5)), instant(row.integer(6))});
  return all;
}

Result<std::vector<NoticeId>> GateStore::waiting_under(const TenantId& tenant,
                                                       std::string_view authority) {
  TRY(rows, tx_.run(kWaiting, {tenant.str(), std::string(authority)}));
  std::vector<NoticeId> ids;
  for (const auto& row : rows) {
    TRY(id, NoticeId::parse(row.text(0)));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace hotline::takedown
