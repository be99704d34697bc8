#include "assessment/agreement.h"

#include <map>

#include "assessment/assessment_store.h"
#include "assessment/quality.h"

namespace hotline::assessment {

namespace {

struct Columns {
  std::vector<Pair> category, age, sex;
  void add(const Grade& first, const Grade& second) {
    category.push_back({first.category, second.category});
    // Age and sex are asked only where a category is actionable; both must have been asked.
    if (!first.age.empty() && !second.age.empty()) age.push_back({first.age, second.age});
    if (!first.sex.empty() && !second.sex.empty()) sex.push_back({first.sex, second.sex});
  }
};

Done add_case(AssessmentStore& store, const CaseId& casefile, std::string_view scheme,
              const std::optional<PersonId>& person, Columns& columns) {
  TRY(entry, store.entry(casefile));
  if (!entry || entry->scheme != scheme) return {};
  TRY(first, store.events(casefile, 1));
  TRY(second, store.events(casefile, 2));
  const auto after = standing(second);
  for (const auto& [item, step] : standing(first)) {
    const auto other = after.find(item);
    if (other == after.end() || other->second.person == step.person) continue;
    if (person && *person != step.person && *person != other->second.person) continue;
    columns.add(step.grade, other->second.grade);
  }
  return {};
}

}  // namespace

Agreement agreement_of(const std::vector<Pair>& pairs) {
  Agreement found;
  found.pairs = pairs.size();
  std::map<std::string, std::pair<double, double>> shares;
  for (const auto& pair : pairs) {
    found.same += pair.first == pair.second ? 1 : 0;
    shares[pair.first].first += 1;
    shares[pair.second].second += 1;
  }
  if (pairs.empty()) return found;
  const auto count = static_cast<double>(pairs.size());
  double by_chance = 0;
  for (const auto& [word, share] : shares)
    by_chance += share.first / count * (share.second / count);
  if (by_chance < 1)
    found.kappa = (static_cast<double>(found.same) / count - by_chance) / (1 - by_chance);
  return found;
}

Result<std::vector<AttributeAgreement>> agreement_by_attribute(
    db::Transaction& tx, const TenantId& tenant, std::string_view scheme, Instant from, Instant to,
    const std::optional<PersonId>& person) {
  AssessmentStore store(tx);
  Columns columns;
  TRY(cases, store.read_twice(tenant, from, to));
  for (const auto& casefile : cases) TRY_DONE(add_case(store, casefile, scheme, person, columns));
  TRY(samples, checked_samples(tx, tenant, from, to));
  for (const auto& sample : samples) {
    if (sample.scheme != scheme) continue;
    if (person && *person != sample.first_by && *person != sample.taken_by) continue;
    columns.add(sample.first, sample.second);
  }
  return std::vector<AttributeAgreement>{{"category", agreement_of(columns.category)},
                                         {"age", agreement_of(columns.age)},
                                         {"sex", agreement_of(columns.sex)}};
}

}  // namespace hotline::assessment
