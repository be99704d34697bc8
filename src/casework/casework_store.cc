#include "casework/casework_store.h"

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::casework {

namespace {

constexpr std::string_view kAddTenant = R"sql(
  INSERT INTO tenant (id, name, country) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING)sql";
constexpr std::string_view kTenants = "SELECT id, name, country FROM tenant ORDER BY id";

constexpr std::string_view kAddAddress = R"sql(
  INSERT INTO address (id, tenant, digest, verbatim, canonical, host, first_seen)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, digest) DO NOTHING)sql";
constexpr std::string_view kAddressByDigest = R"sql(
  SELECT id, tenant, verbatim, canonical, host, first_seen FROM address WHERE tenant = $1 AND digest = $2)sql";
constexpr std::string_view kAddress =
    "SELECT id, tenant, verbatim, canonical, host, first_seen FROM address WHERE id = $1";

constexpr std::string_view kAddCase =
    "INSERT INTO casefile (id, tenant, address, opened_at) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kCase =
    "SELECT id, tenant, address, opened_at FROM casefile WHERE id = $1";
constexpr std::string_view kCaseOfAddress =
    "SELECT id, tenant, address, opened_at FROM casefile WHERE address = $1";
constexpr std::string_view kRecentCases = R"sql(
  SELECT id, tenant, address, opened_at FROM casefile WHERE tenant = $1 ORDER BY opened_at DESC, id DESC LIMIT $2)sql";

constexpr std::string_view kAddReport = R"sql(
  INSERT INTO report (id, tenant, casefile, address, drop_id, door, portal, language, seen_when, access,
                      remarks, duplicate, received_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))sql";
constexpr std::string_view kReport = R"sql(
  SELECT id, tenant, casefile, address, drop_id, door, portal, language, seen_when, access, remarks, duplicate,
         received_at FROM report WHERE id = $1)sql";
constexpr std::string_view kReportsOfCase = R"sql(
  SELECT id, tenant, casefile, address, drop_id, door, portal, language, seen_when, access, remarks, duplicate,
         received_at FROM report WHERE casefile = $1 ORDER BY id)sql";
constexpr std::string_view kIsFiled = "SELECT count(*) FROM report WHERE drop_id = $1";

constexpr std::string_view kAddSighting = R"sql(
  INSERT INTO sighting (id, tenant, casefile, address, at, outcome, http_status, final_url, ip, page,
                        screenshot, record, failure)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))sql";
constexpr std::string_view kSighting = R"sql(
  SELECT id, tenant, casefile, address, at, outcome, http_status, final_url, ip, page, screenshot, record, failure
    FROM sighting WHERE id = $1)sql";
constexpr std::string_view kSightingsOfCase = R"sql(
  SELECT id, tenant, casefile, address, at, outcome, http_status, final_url, ip, page, screenshot, record, failure
    FROM sighting WHERE casefile = $1 ORDER BY at, id)sql";
constexpr std::string_view kLastSeen = R"sql(
  SELECT id, tenant, casefile, address, at, outcome, http_status, final_url, ip, page, screenshot, record, failure
    FROM sighting WHERE casefile = $1 AND outcome = 'seen' ORDER BY at DESC, id DESC LIMIT 1)sql";

constexpr std::string_view kAddItem = R"sql(
  INSERT INTO item (id, tenant, md5, sha1, sha256, kind, width, height, pdq_full, pdq_full_quality, pdq_nn512,
                    pdq_nn512_quality, size, first_seen)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (tenant, sha256) DO NOTHING)sql";
constexpr std::string_view kItem = R"sql(
  SELECT id, tenant, md5, sha1, sha256, kind, width, height, pdq_full, pdq_full_quality, pdq_nn512,
         pdq_nn512_quality, size, first_seen FROM item WHERE id = $1)sql";
constexpr std::string_view kItemsSeen = R"sql(
  SELECT i.id, i.tenant, i.md5, i.sha1, i.sha256, i.kind, i.width, i.height, i.pdq_full,
         i.pdq_full_quality, i.pdq_nn512, i.pdq_nn512_quality, i.size, i.first_seen
    FROM sighting_item s JOIN item i ON i.id = s.item WHERE s.sighting = $1 ORDER BY s.position)sql";
constexpr std::string_view kItemByDigest = R"sql(
  SELECT id, tenant, md5, sha1, sha256, kind, width, height, pdq_full, pdq_full_quality, pdq_nn512,
         pdq_nn512_quality, size, first_seen FROM item WHERE tenant = $1 AND sha256 = $2)sql";

constexpr std::string_view kAddSeenItem = R"sql(
  INSERT INTO sighting_item (sighting, position, item, media_url, evidence) VALUES ($1, $2, $3, $4, $5))sql";
constexpr std::string_view kItemsOfSighting =
    "SELECT item, position, media_url, evidence FROM sighting_item WHERE sighting = $1 ORDER BY "
    "position";
constexpr std::string_view kCasesOfItem = R"sql(
  SELECT DISTINCT s.casefile FROM sighting_item i JOIN sighting s ON s.id = i.sighting
   WHERE i.item = $1 ORDER BY s.casefile)sql";

constexpr std::string_view kAddPreview = R"sql(
  INSERT INTO preview (item, level, evidence) VALUES ($1, $2, $3)
  ON CONFLICT (item, level) DO UPDATE SET evidence = excluded.evidence)sql";
constexpr std::string_view kPreviews =
    "SELECT item, level, evidence FROM preview WHERE item = $1 ORDER BY level";

Result<Address> address_of(const db::Row& row) {
  TRY(id, AddressId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  return Address{id, tenant, row.text(2), row.text(3), row.text(4), instant(row.integer(5))};
}

Result<Case> case_of(const db::Row& row) {
  TRY(id, CaseId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(address, AddressId::parse(row.text(2)));
  return Case{id, tenant, address, instant(row.integer(3))};
}

Result<Report> report_of(const db::Row& row) {
  TRY(id, ReportId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(casefile, CaseId::parse(row.text(2)));
  TRY(address, AddressId::parse(row.text(3)));
  return Report{id,
                tenant,
                casefile,
                address,
                row.text(4),
                row.text(5),
                row.text(6),
                row.text(7),
                row.text(8),
                row.text(9),
                row.text(10),
                row.integer(11) == 1,
                instant(row.integer(12))};
}

Result<Sighting> sighting_of(const db::Row& row) {
  TRY(id, SightingId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  TRY(casefile, CaseId::parse(row.text(2)));
  TRY(address, AddressId::parse(row.text(3)));
  TRY(outcome, parse_sighting_outcome(row.text(5)));
  return Sighting{id,
                  tenant,
                  casefile,
                  address,
                  instant(row.integer(4)),
                  outcome,
                  static_cast<int>(row.integer(6)),
                  row.text(7),
                  row.text(8),
                  row.text(9),
                  row.text(10),
                  row.text(11),
                  row.text(12)};
}

Result<Item> item_of(const db::Row& row) {
  TRY(id, ItemId::parse(row.text(0)));
  TRY(tenant, TenantId::parse(row.text(1)));
  return Item{id,
              tenant,
              row.text(2),
              row.text(3),
              row.text(4),
              row.text(5),
              static_cast<int>(row.integer(6)),
              static_cast<int>(row.integer(7)),
              row.text(8),
              static_cast<int>(row.integer(9)),
              row.text(10),
              static_cast<int>(row.integer(11)),
              row.integer(12),
              instant(row.integer(13))};
}

/// The one row, made into a noun. Error `not_found` if there is none.
template <class Make>
auto one(const db::Rows& rows, Make make, const char* what) -> decltype(make(rows[0])) {
  if (rows.empty())
    return fail(ErrorKind::not_found, std::string("There is no such ") + what + ".");
  return make(rows[0]);
}

template <class Make>
auto all(const db::Rows& rows, Make make) {
  using Noun = typename decltype(make(rows[0]))::value_type;
  std::vector<Noun> nouns;
  nouns.reserve(rows.size());
  for (const auto& row : rows) {
    auto noun = make(row);
    if (!noun) return Result<std::vector<Noun>>(std::unexpected(std::move(noun).error()));
    nouns.push_back(*std::move(noun));
  }
  return Result<std::vector<Noun>>(std::move(nouns));
}

}  // namespace

Done CaseworkStore::add_tenant(const Tenant& tenant) {
  TRY_DONE(tx_.run(kAddTenant, {tenant.id.str(), tenant.name, tenant.country}));
  return {};
}

Result<std::vector<Tenant>> CaseworkStore::tenants() {
  TRY(rows, tx_.run(kTenants));
  return all(rows, [](const db::Row& row) -> Result<Tenant> {
    TRY(id, TenantId::parse(row.text(0)));
    return Tenant{id, row.text(1), row.text(2)};
  });
}

Result<Address> CaseworkStore::find_or_add_address(const TenantId& tenant,
                                                   std::string_view verbatim,
                                                   std::string_view canonical,
                                                   std::string_view host, Instant now) {
  // "c:" and "v:" keep a text that happens to look canonical apart from a canonical address.
  const std::string digest = hex(crypto::sha256(canonical.empty() ? "v:" + std::string(verbatim)
                                                                  : "c:" + std::string(canonical)));
  TRY_DONE(
      tx_.run(kAddAddress, {AddressId::make(now).str(), tenant.str(), digest, std::string(verbatim),
                            std::string(canonical), std::string(host), us(now)}));
  TRY(rows, tx_.run(kAddressByDigest, {tenant.str(), digest}));
  return one(rows, address_of, "address");
}

Result<Address> CaseworkStore::address(const AddressId& id) {
  TRY(rows, tx_.run(kAddress, {id.str()}));
  return one(rows, address_of, "address");
}

Result<Address> CaseworkStore::address_by_canonical(const TenantId& tenant,
                                                    std::string_view canonical) {
  TRY(rows, tx_.run(kAddressByDigest,
                    {tenant.str(), hex(crypto::sha256("c:" + std::string(canonical)))}));
  return one(rows, address_of, "address");
}

Done CaseworkStore::add_case(const Case& casefile) {
  TRY_DONE(tx_.run(kAddCase, {casefile.id.str(), casefile.tenant.str(), casefile.address.str(),
                              us(casefile.opened_at)}));
  return {};
}

Result<Case> CaseworkStore::casefile(const CaseId& id) {
  TRY(rows, tx_.run(kCase, {id.str()}));
  return one(rows, case_of, "case");
}

Result<std::optional<Case>> CaseworkStore::case_of_address(const AddressId& address) {
  TRY(rows, tx_.run(kCaseOfAddress, {address.str()}));
  if (rows.empty()) return std::optional<Case>();
  TRY(found, case_of(rows[0]));
  return std::optional(found);
}

Result<std::vector<Case>> CaseworkStore::recent_cases(const TenantId& tenant, int limit) {
  TRY(rows, tx_.run(kRecentCases, {tenant.str(), std::int64_t{limit}}));
  return all(rows, case_of);
}

Done CaseworkStore::add_report(const Report& r) {
  TRY_DONE(tx_.run(kAddReport, {r.id.str(), r.tenant.str(), r.casefile.str(), r.address.str(),
                                r.drop, r.door, r.portal, r.language, r.seen_when, r.access,
                                r.remarks, std::int64_t{r.duplicate}, us(r.received_at)}));
  return {};
}

Result<std::vector<Report>> CaseworkStore::reports_of_case(const CaseId& id) {
  TRY(rows, tx_.run(kReportsOfCase, {id.str()}));
  return all(rows, report_of);
}

Result<Report> CaseworkStore::report(const ReportId& id) {
  TRY(rows, tx_.run(kReport, {id.str()}));
  return one(rows, report_of, "report");
}

Result<bool> CaseworkStore::is_filed(std::string_view drop) {
  TRY(rows, tx_.run(kIsFiled, {std::string(drop)}));
  return rows[0].integer(0) > 0;
}

Done CaseworkStore::add_sighting(const Sighting& s) {
  TRY_DONE(
      tx_.run(kAddSighting, {s.id.str(), s.tenant.str(), s.casefile.str(), s.address.str(),
                             us(s.at), std::string(name(s.outcome)), std::int64_t{s.http_status},
                             s.final_url, s.ip, s.page, s.screenshot, s.record, s.failure}));
  return {};
}

Result<std::vector<Sighting>> CaseworkStore::sightings_of_case(const CaseId& id) {
  TRY(rows, tx_.run(kSightingsOfCase, {id.str()}));
  return all(rows, sighting_of);
}

Result<std::optional<Sighting>> CaseworkStore::last_seen(const CaseId& id) {
  TRY(rows, tx_.run(kLastSeen, {id.str()}));
  if (rows.empty()) return std::optional<Sighting>();
  TRY(found, sighting_of(rows[0]));
  return std::optional(found);
}

Result<Sighting> CaseworkStore::sighting(const SightingId& id) {
  TRY(rows, tx_.run(kSighting, {id.str()}));
  return one(rows, sighting_of, "sighting");
}

Result<Item> CaseworkStore::find_or_add_item(const Item& i) {
  TRY_DONE(tx_.run(
      kAddItem, {i.id.str(), i.tenant.str(), i.md5, i.sha1, i.sha256, i.kind, std::int64_t{i.width},
                 std::int64_t{i.height}, i.pdq_full, std::int64_t{i.pdq_full_quality}, i.pdq_nn512,
                 std::int64_t{i.pdq_nn512_quality}, i.size, us(i.first_seen)}));
  TRY(rows, tx_.run(kItemByDigest, {i.tenant.str(), i.sha256}));
  return one(rows, item_of, "item");
}

Result<Item> CaseworkStore::item(const ItemId& id) {
  TRY(rows, tx_.run(kItem, {id.str()}));
  return one(rows, item_of, "item");
}

Result<std::vector<Item>> CaseworkStore::items_seen(const SightingId& id) {
  TRY(rows, tx_.run(kItemsSeen, {id.str()}));
  return all(rows, item_of);
}

Done CaseworkStore::add_seen_item(const SightingId& sighting, const SeenItem& seen) {
  TRY_DONE(tx_.run(kAddSeenItem, {sighting.str(), std::int64_t{seen.position}, seen.item.str(),
                                  seen.media_url, seen.evidence}));
  return {};
}

Result<std::vector<SeenItem>> CaseworkStore::items_of_sighting(const SightingId& id) {
  TRY(rows, tx_.run(kItemsOfSighting, {id.str()}));
  return all(rows, [](const db::Row& row) -> Result<SeenItem> {
    TRY(item, ItemId::parse(row.text(0)));
    return SeenItem{item, static_cast<int>(row.integer(1)), row.text(2), row.text(3)};
  });
}

Result<std::vector<CaseId>> CaseworkStore::cases_of_item(const ItemId& id) {
  TRY(rows, tx_.run(kCasesOfItem, {id.str()}));
  return all(rows, [](const db::Row& row) { return CaseId::parse(row.text(0)); });
}

Done CaseworkStore::add_preview(const Preview& preview) {
  TRY_DONE(
      tx_.run(kAddPreview, {preview.item.str(), std::int64_t{preview.level}, preview.evidence}));
  return {};
}

Result<std::vector<Preview>> CaseworkStore::previews_of_item(const ItemId& id) {
  TRY(rows, tx_.run(kPreviews, {id.str()}));
  return all(rows, [](const db::Row& row) -> Result<Preview> {
    TRY(item, ItemId::parse(row.text(0)));
    return Preview{item, static_cast<int>(row.integer(1)), row.text(2)};
  });
}

}  // namespace hotline::casework
