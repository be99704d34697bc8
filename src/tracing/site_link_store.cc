#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "casework/casework_store.h"
#include "tracing/site_links.h"
#include "url/url.h"

namespace hotline::tracing {

namespace {

using casework::MarkKind;

constexpr std::size_t kLinksMax = 20;
// A template is the same only if nearly nothing differs; further away it is a cousin.
constexpr int kTemplateBits = 6;

constexpr std::string_view kPut = R"sql(
  INSERT INTO site_link (casefile, earlier, earlier_host, marks, sure, linked_at)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (casefile, earlier) DO UPDATE SET earlier_host = excluded.earlier_host,
    marks = excluded.marks, sure = excluded.sure
   WHERE site_link.sure < excluded.sure)sql";
constexpr std::string_view kOfCase = R"sql(
  SELECT earlier, earlier_host, marks, sure, linked_at FROM site_link
   WHERE casefile = $1 ORDER BY sure DESC, linked_at DESC, earlier)sql";
constexpr std::string_view kFind =
    "SELECT sure FROM site_link WHERE casefile = $1 AND earlier = $2";

std::string_view kind_of(MarkKind kind) {
  switch (kind) {
    case MarkKind::structure:
    case MarkKind::paths: return "template";
    case MarkKind::favicon: return "favicon";
    case MarkKind::payment: return "payment";
  }
  return "";
}

struct Alike {
  std::string host;
  std::set<std::string_view> kinds;
  std::set<MarkKind> marks;
};

}  // namespace

Result<std::vector<SiteLink>> find_links(db::Transaction& tx, const casework::Case& casefile,
                                         Instant now) {
  casework::SiteMarkStore marks(tx);
  TRY(own, marks.of_case(casefile.id));
  TRY(page, casework::CaseworkStore(tx).address(casefile.address));
  const std::string own_site = url::registrable_domain(page.host);
  TRY(alike, marks.alike(casefile.tenant, casefile.id, own, kTemplateBits));
  std::map<casework::CaseId, Alike> cases;
  for (const auto& one : alike) {
    // Another page of the same name is no hop.
    if (url::registrable_domain(one.host) == own_site) continue;
    TRY(hosts, marks.hosts_with(casefile.tenant, one.mark));
    if (hosts > kHostsMax) continue;
    Alike& found = cases[one.casefile];
    found.host = one.host;
    found.marks.insert(one.mark.kind);
    found.kinds.insert(kind_of(one.mark.kind));
  }
  std::vector<SiteLink> links;
  for (const auto& [earlier, found] : cases) {
    // The nesting of tags alone is what all small pages share.
    if (found.marks == std::set{MarkKind::structure} || found.marks == std::set{MarkKind::paths})
      continue;
    SiteLink link{earlier, found.host, {}, found.kinds.size() >= 2, now};
    for (const auto kind : found.kinds) link.marks.emplace_back(kind);
    links.push_back(std::move(link));
  }
  std::stable_sort(links.begin(), links.end(), [](const SiteLink& a, const SiteLink& b) {
    return a.sure != b.sure ? a.sure : a.marks.size() > b.marks.size();
  });
  if (links.size() > kLinksMax) links.erase(links.begin() + kLinksMax, links.end());
  return links;
}

Result<bool> SiteLinkStore::put(const casework::CaseId& casefile, const SiteLink& link) {
  TRY(before, tx_.run(kFind, {casefile.str(), link.earlier.str()}));
  const bool fresh = before.empty() || (before.front().integer(0) == 0 && link.sure);
  TRY_DONE(tx_.run(kPut, {casefile.str(), link.earlier.str(), link.earlier_host,
                          join(link.marks, ","), std::int64_t{link.sure}, us(link.at)}));
  return fresh;
}

Result<std::vector<SiteLink>> SiteLinkStore::of_case(const casework::CaseId& casefile) {
  TRY(rows, tx_.run(kOfCase, {casefile.str()}));
  std::vector<SiteLink> links;
  for (const auto& row : rows) {
    TRY(earlier, casework::CaseId::parse(row.text(0)));
    SiteLink link{earlier, row.text(1), {}, row.integer(3) != 0, instant(row.integer(4))};
    const std::string marks = row.text(2);
    for (const auto mark : split(marks, ',')) link.marks.emplace_back(mark);
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace hotline::tracing
