#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <set>

#include "casework/site_marks.h"

namespace hotline::casework {

namespace {

constexpr std::size_t kAlikeMax = 200;

constexpr std::string_view kRemember = R"sql(
  INSERT INTO site_mark (tenant, kind, value, casefile, host, sighting, first_seen, last_seen)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (tenant, kind, value, casefile, host)
  DO UPDATE SET sighting = excluded.sighting, last_seen = excluded.last_seen)sql";
constexpr std::string_view kOfCase =
    "SELECT DISTINCT kind, value FROM site_mark WHERE casefile = $1 ORDER BY kind, value";
constexpr std::string_view kValues =
    "SELECT DISTINCT value FROM site_mark WHERE tenant = $1 AND kind = $2";
constexpr std::string_view kWith = R"sql(
  SELECT casefile, host, sighting, first_seen, last_seen FROM site_mark
   WHERE tenant = $1 AND kind = $2 AND value = $3 AND casefile <> $4)sql";
constexpr std::string_view kHosts = R"sql(
  SELECT count(DISTINCT host) FROM site_mark WHERE tenant = $1 AND kind = $2 AND value = $3)sql";
constexpr std::string_view kForget = "DELETE FROM site_mark WHERE casefile = $1";

constexpr std::array kKinds = {MarkKind::structure, MarkKind::paths, MarkKind::favicon,
                               MarkKind::payment};

bool near_kind(MarkKind kind) {
  return kind == MarkKind::structure || kind == MarkKind::paths;
}

/// 64 hex bits; nothing if it is no near mark.
std::optional<std::uint64_t> bits_of(std::string_view value) {
  std::uint64_t bits = 0;
  const auto [end, trouble] = std::from_chars(value.data(), value.data() + value.size(), bits, 16);
  if (trouble != std::errc() || end != value.data() + value.size() || value.size() != 16)
    return std::nullopt;
  return bits;
}

struct Near {
  std::string value;
  int distance = 0;
};

}  // namespace

std::string_view name(MarkKind kind) {
  switch (kind) {
    case MarkKind::structure: return "structure";
    case MarkKind::paths: return "paths";
    case MarkKind::favicon: return "favicon";
    case MarkKind::payment: return "payment";
  }
  return "structure";
}

Done SiteMarkStore::remember(const Sighting& sighting, std::string_view host,
                             const std::vector<SiteMark>& marks) {
  for (const SiteMark& mark : marks) {
    if (mark.value.empty()) continue;
    TRY_DONE(tx_.run(kRemember, {sighting.tenant.str(), std::string(name(mark.kind)), mark.value,
                                 sighting.casefile.str(), std::string(host), sighting.id.str(),
                                 us(sighting.at), us(sighting.at)}));
  }
  return {};
}

Result<std::vector<SiteMark>> SiteMarkStore::of_case(const CaseId& casefile) {
  TRY(rows, tx_.run(kOfCase, {casefile.str()}));
  std::vector<SiteMark> marks;
  for (const auto& row : rows) {
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](MarkKind known) { return name(known) == row.text(0); });
    if (kind == kKinds.end()) return fail(ErrorKind::corrupt, "A site mark has no known kind.");
    marks.push_back({*kind, row.text(1)});
  }
  return marks;
}

Result<std::vector<AlikeSite>> SiteMarkStore::alike(const TenantId& tenant, const CaseId& besides,
                                                    const std::vector<SiteMark>& marks,
                                                    int near_bits) {
  std::vector<AlikeSite> found;
  std::set<std::pair<MarkKind, std::string>> asked;
  for (const SiteMark& mark : marks) {
    std::vector<Near> values = {{mark.value, 0}};
    if (const auto ours = bits_of(mark.value); near_kind(mark.kind) && ours) {
      values.clear();
      TRY(rows, tx_.run(kValues, {tenant.str(), std::string(name(mark.kind))}));
      for (const auto& row : rows) {
        const auto theirs = bits_of(row.text(0));
        if (const int far = theirs ? std::popcount(*ours ^ *theirs) : 64; far <= near_bits)
          values.push_back({row.text(0), far});
      }
    }
    for (const Near& near : values) {
      if (near.value.empty() || !asked.emplace(mark.kind, near.value).second) continue;
      TRY(rows,
          tx_.run(kWith, {tenant.str(), std::string(name(mark.kind)), near.value, besides.str()}));
      for (const auto& row : rows) {
        TRY(casefile, CaseId::parse(row.text(0)));
        TRY(sighting, SightingId::parse(row.text(2)));
        found.push_back({casefile,
                         row.text(1),
                         sighting,
                         {mark.kind, near.value},
                         near.distance,
                         instant(row.integer(3)),
                         instant(row.integer(4))});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const AlikeSite& a, const AlikeSite& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.last_seen > b.last_seen;
  });
  if (found.size() > kAlikeMax) found.resize(kAlikeMax);
  return found;
}

Result<std::int64_t> SiteMarkStore::hosts_with(const TenantId& tenant, const SiteMark& mark) {
  TRY(rows, tx_.run(kHosts, {tenant.str(), std::string(name(mark.kind)), mark.value}));
  return rows.empty() ? 0 : rows[0].integer(0);
}

Done SiteMarkStore::forget(const CaseId& casefile) {
  TRY_DONE(tx_.run(kForget, {casefile.str()}));
  return {};
}

}  // namespace hotline::casework
