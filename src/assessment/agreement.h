// Agreement between two readers: percent and Cohen's kappa, attribute by attribute.
//
// Kappa sets what two readers share against what they would share by chance. It has
// no value where both always say the same one word: then percent is all there is.
// Only blind answers count; what was changed after comparing does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assessment/grade.h"
#include "db/db.h"

namespace hotline::assessment {

struct Pair {
  std::string first, second;
};
struct Agreement {
  std::size_t pairs = 0, same = 0;
  std::optional<double> kappa;
};
[[nodiscard]] Agreement agreement_of(const std::vector<Pair>& pairs);

struct AttributeAgreement {
  std::string attribute;  ///< category, age, sex
  Agreement agreement;
};
/// Of a tenant's blind second readings and quality samples in [from, to), under one scheme.
/// Only of one person's first or second readings, where `person` is given.
[[nodiscard]] Result<std::vector<AttributeAgreement>> agreement_by_attribute(
    db::Transaction& tx, const TenantId& tenant, std::string_view scheme, Instant from, Instant to,
    const std::optional<PersonId>& person = std::nullopt);

}  // namespace hotline::assessment
