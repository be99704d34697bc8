// Disguise: whether a page shows its visitors something else, and what it looks for.
//
// A reporter said what is needed to see it. The capture has used that; this job
// proves it: with it, without it, each twice, then with ever less of it (net/recipe.h).
// The smallest recipe that still works, and both views as archives, are sealed, so
// that the police, a host or another hotline can see that the page is disguised.
#include "base/text.h"
#include "casework/casework_store.h"
#include "facts/facts.h"
#include "net/recipe.h"
#include "net/warc.h"
#include "url/url.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

using casework::CaseId;
using casework::CaseworkStore;
using evidence::ObjectKind;

struct Claim {
  casework::Case casefile;
  std::string address, referrer;
};

Result<Claim> read_claim(db::Transaction& tx, const CaseId& id) {
  CaseworkStore store(tx);
  TRY(casefile, store.casefile(id));
  TRY(address, store.address(casefile.address));
  TRY(reports, store.reports_of_case(id));
  return Claim{casefile, address.canonical, reported_referrer(reports)};
}

Result<bool> tried_before(db::Transaction& tx, const CaseId& id) {
  TRY(facts, facts::FactStore(tx).of_case(id.str()));
  for (const auto& fact : facts)
    if (fact.kind == "disguise_tried") return true;
  return false;
}

Result<std::string> seal_view(const Parts& parts, db::Transaction& tx, const Claim& claim,
                              const net::Capture& view, const net::Recipe& recipe, Instant now) {
  TRY(sealed,
      parts.evidence.put(
          tx, claim.casefile.tenant, claim.casefile.id, ObjectKind::archive,
          net::write_warc(
              view, {.address = claim.address, .maker = "Hotline", .recipe = recipe, .at = now}),
          now));
  return sealed.str();
}

Done keep_proof(const Parts& parts, const Claim& claim, const net::Unmasking& found, Instant now) {
  const bool proven = found.disguised && found.steady;
  const net::Recipe needed = proven ? found.smallest : net::Recipe{};
  return parts.database.transact([&](db::Transaction& tx) -> Done {
    json::object record{{"disguised", found.disguised},
                        {"steady", found.steady},
                        {"looks", found.looks},
                        {"reported", net::recipe_json({.referrer = claim.referrer})},
                        {"smallest", net::recipe_json(needed)},
                        {"plain", net::summary(found.plain)},
                        {"shown", net::summary(found.shown)}};
    if (found.disguised) {
      TRY(plain, seal_view(parts, tx, claim, found.plain, {}, now));
      TRY(shown, seal_view(parts, tx, claim, found.shown, {.referrer = claim.referrer}, now));
      record["plain_archive"] = plain;
      record["shown_archive"] = shown;
    }
    TRY(sealed, parts.evidence.put(tx, claim.casefile.tenant, claim.casefile.id, ObjectKind::record,
                                   json::serialize(record), now));
    return facts::FactStore(tx).append({claim.casefile.tenant.str(),
                                        "disguise_tried",
                                        "system",
                                        claim.casefile.id.str(),
                                        sealed.str(),
                                        {{"outcome", proven            ? "disguised"
                                                     : found.disguised ? "restless"
                                                                       : "plain"},
                                         {"needs", needed.parts()},
                                         {"looks", found.looks}},
                                        now});
  });
}

}  // namespace

std::string reported_referrer(const std::vector<casework::Report>& reports) {
  for (const auto& report : reports)
    for (const std::string& found : url::addresses_in(report.access))
      if (const auto from = url::canonical_from_report(found)) return *from;
  return "";
}

Result<Again> unmask_case(const Parts& parts, const std::string& text) {
  TRY(id, CaseId::parse(text));
  TRY(claim, parts.database.read([&](db::Transaction& tx) { return read_claim(tx, id); }));
  if (claim.address.empty() || claim.referrer.empty()) return Again();
  TRY(found, net::unmask(parts.fetcher, {.url = claim.address, .browser = false, .exchanges = true},
                         {.referrer = claim.referrer}));
  // A page that is away at the moment proves nothing either way.
  if (found.plain.verdict != net::FetchVerdict::answered &&
      found.shown.verdict != net::FetchVerdict::answered)
    return fail(ErrorKind::unavailable, "The page did not answer while its disguise was tried.");
  TRY_DONE(keep_proof(parts, claim, found, parts.clock.now()));
  return Again();
}

Done prove_the_disguise(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, CaseId::parse(fact.casefile));
  if (text_at(fact.details, "outcome") != "seen") return {};
  TRY(claim, read_claim(tx, id));
  if (claim.referrer.empty()) return {};
  TRY(before, tried_before(tx, id));
  if (before) return {};
  return jobs::JobStore(tx).hasten("unmask_case", fact.casefile, parts.clock.now());
}

}  // namespace hotline::workflow
