#include "assessment/themes.h"

#include <algorithm>
#include <set>

#include "casework/casework_store.h"

namespace hotline::assessment {

bool is_theme(std::string_view id) {
  return std::any_of(kThemes.begin(), kThemes.end(),
                     [&](const Theme& theme) { return theme.id == id; });
}

int severity_of(const Scheme& scheme, const Grade& grade) {
  if (!is_actionable(scheme, grade)) return 0;
  if (scheme.severity(grade.category) == 0) return 2;
  if (scheme.ages.size() > 1 && grade.age == scheme.ages.front().id) return 2;
  return scheme.severity(grade.category) == 1 ? 1 : 0;
}

Result<std::vector<std::string>> themes_of(db::Transaction& tx, const CaseId& casefile,
                                           const Scheme& scheme) {
  std::set<std::string> themes;
  TRY(known, AssessmentStore(tx).prefills(casefile));
  casework::CaseworkStore casework(tx);
  TRY(sighting, casework.last_seen(casefile));
  if (sighting) {
    TRY(items, casework.items_seen(sighting->id));
    for (const auto& item : items) {
      const auto filled = std::find_if(known.begin(), known.end(),
                                       [&](const Prefill& one) { return one.item == item.id; });
      if (filled != known.end() && filled->exact) continue;  // Not shown, so nothing to be spared.
      if (item.kind == "video") themes.insert("video");
      if (filled == known.end()) themes.insert("unseen");
    }
  }
  for (const auto& one : known) {
    if (one.exact) continue;
    if (scheme.severity(one.category) == 0) themes.insert("most_severe");
    if (!one.age.empty() && scheme.age_order(one.age) == 0) themes.insert("youngest");
  }
  return std::vector<std::string>(themes.begin(), themes.end());
}

}  // namespace hotline::assessment
