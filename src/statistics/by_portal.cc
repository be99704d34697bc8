#include "statistics/by_portal.h"

#include <unordered_map>

#include "base/json.h"
#include "facts/facts.h"

namespace hotline::statistics {

Result<std::map<std::string, Tally>> tally_by_portal(db::Database& database) {
  constexpr int kAtOnce = 5000;
  std::map<std::string, Tally> tallies;
  std::unordered_map<std::string, std::string> portal_of_case;
  std::int64_t position = 0;
  for (;;) {
    TRY(facts, database.read([&](db::Transaction& tx) {
      return facts::FactStore(tx).after(position, kAtOnce);
    }));
    for (const auto& fact : facts) {
      position = fact.position;
      std::string portal;
      if (fact.kind == "report_received") {
        portal = text_at(fact.details, "portal").value_or("main");
        portal_of_case.try_emplace(fact.casefile, portal);
      } else if (const auto known = portal_of_case.find(fact.casefile);
                 known != portal_of_case.end()) {
        portal = known->second;
      }
      if (!portal.empty()) tallies[portal].add(fact);
    }
    if (facts.size() < kAtOnce) return tallies;
  }
}

}  // namespace hotline::statistics
