// Site links: a case whose site is another case's site under another name.
//
// Whoever moves a site to a new name takes its template, favicon and wallets with
// it. casework/site_marks.h knows who bears alike marks; here is the judgement
// what that means. Marks come in three kinds that are independent of each other:
// the template (tags and script names), the favicon, the wallets. One kind alone
// may be a coincidence or somebody's mockery: a person looks first. Two kinds that
// few sites bear are the same site. A link never decides anything: what is acted
// on is a known picture that was captured there, or what a person says.
#pragma once

#include <string>
#include <vector>

#include "casework/casework.h"
#include "casework/site_marks.h"
#include "db/db.h"

namespace hotline::tracing {

struct SiteLink {
  casework::CaseId earlier;
  std::string earlier_host;
  std::vector<std::string> marks;  ///< "template", "favicon", "payment"
  bool sure = false;               ///< Two independent kinds agree that few sites bear.
  Instant at{};
};

/// A mark that more hosts bear than this says nothing: a forum program's template.
inline constexpr std::int64_t kHostsMax = 5;

/// The cases at other hosts that are this case's site, or may be; surest first, at most 20.
[[nodiscard]] Result<std::vector<SiteLink>> find_links(db::Transaction& tx,
                                                       const casework::Case& casefile, Instant now);

class SiteLinkStore {
 public:
  explicit SiteLinkStore(db::Transaction& tx) : tx_(tx) {}
  /// True if it is new or has become surer.
  Result<bool> put(const casework::CaseId& casefile, const SiteLink& link);
  Result<std::vector<SiteLink>> of_case(const casework::CaseId& casefile);

 private:
  db::Transaction& tx_;
};

}  // namespace hotline::tracing
