#include "statistics/reader.h"

#include "facts/facts.h"

namespace hotline::statistics {

namespace {
constexpr int kFactsAtOnce = 5000;
}  // namespace

Done Reader::follow(db::Database& database) {
  const std::lock_guard lock(lock_);
  for (bool more = true; more;) {
    TRY(facts, database.read([&](db::Transaction& tx) {
      return facts::FactStore(tx).after(position_, kFactsAtOnce);
    }));
    for (const auto& fact : facts) {
      tallies_[fact.tenant].add(fact);
      position_ = fact.position;
    }
    more = facts.size() == kFactsAtOnce;
  }
  return {};
}

std::vector<Table> Reader::figures(const casework::TenantId& tenant, const Period& period) const {
  const std::lock_guard lock(lock_);
  const auto found = tallies_.find(tenant.str());
  return statistics::figures(found == tallies_.end() ? Tally() : found->second, period);
}

std::int64_t Reader::position() const {
  const std::lock_guard lock(lock_);
  return position_;
}

}  // namespace hotline::statistics
