#include "assessment/facts_of.h"

#include "facts/facts.h"

namespace hotline::assessment {

Done append_fact(db::Transaction& tx, const Entry& entry, std::string_view kind,
                 std::string_view actor, json::object details, Instant now) {
  facts::Fact fact;
  fact.tenant = entry.tenant.str();
  fact.kind = kind;
  fact.actor = actor;
  fact.casefile = entry.casefile.str();
  fact.subject = entry.casefile.str();
  fact.details = std::move(details);
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

Done append_item_fact(db::Transaction& tx, const Entry& entry, std::string_view kind,
                      const PersonId& person, const ItemId& item, const Grade& grade, Instant now) {
  facts::Fact fact;
  fact.tenant = entry.tenant.str();
  fact.kind = kind;
  fact.actor = person.str();
  fact.casefile = entry.casefile.str();
  fact.subject = item.str();
  fact.details = {{"item", item.str()}, {"category", grade.category}, {"age", grade.age},
                  {"sex", grade.sex},   {"look", entry.look},         {"scheme", entry.scheme}};
  if (!grade.flags.empty())
    fact.details["flags"] = json::array(grade.flags.begin(), grade.flags.end());
  fact.at = now;
  return facts::FactStore(tx).append(fact);
}

}  // namespace hotline::assessment
