// A site that comes back under another name is known by its marks, and goes to the front.
#include "assessment/assessment.h"
#include "casework/casework_store.h"
#include "tracing/site_links.h"
#include "workflow/jobs_table.h"

namespace hotline::workflow {

namespace {

/// Between "it is back" and "new": a whole site with what was found actionable hopped.
constexpr std::int64_t kHopRank = 300;

/// Whether a person's verdict that the earlier case is actionable stands.
Result<bool> was_actionable(db::Transaction& tx, const casework::CaseId& earlier) {
  TRY(standing, assessment::verdict(tx, earlier));
  return standing && standing->outcome.verdict == assessment::Verdict::actionable;
}

}  // namespace

// Nothing is decided here. What makes a hop quick is that its pictures are known and filled in:
// then the case is confirmed in one step without a preview opened. Where a picture is not known,
// or where only one kind of mark agrees, a person looks, and is told why the case came first.
Done link_sites(const Parts& parts, db::Transaction& tx, const facts::Fact& fact) {
  TRY(id, casework::CaseId::parse(fact.casefile));
  TRY(casefile, casework::CaseworkStore(tx).casefile(id));
  const Instant now = parts.clock.now();
  TRY(links, tracing::find_links(tx, casefile, now));
  for (const auto& link : links) {
    TRY(actionable, was_actionable(tx, link.earlier));
    if (!actionable) continue;
    TRY(fresh, tracing::SiteLinkStore(tx).put(id, link));
    if (!fresh) continue;
    json::array marks;
    for (const auto& mark : link.marks) marks.emplace_back(mark);
    TRY_DONE(facts::FactStore(tx).append({fact.tenant,
                                          "site_linked",
                                          "system",
                                          fact.casefile,
                                          link.earlier.str(),
                                          {{"marks", std::move(marks)}, {"sure", link.sure}},
                                          now}));
    const std::string words = link.sure ? "the site of an earlier case under another name"
                                        : "perhaps the site of an earlier case";
    TRY_DONE(assessment::enqueue(tx, id, {link.sure ? kHopRank : kHopRank / 2, words},
                                 parts.schemes.active().id, now));
  }
  return {};
}

}  // namespace hotline::workflow
