// Reader: follows the sealed facts, one tally for each tenant.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "casework/casework.h"
#include "db/db.h"
#include "statistics/figures.h"

namespace hotline::statistics {

/// Safe to use from several threads.
class Reader {
 public:
  /// Adds what has been sealed since the last time; everything at first. Opens read transactions
  /// of its own.
  Done follow(db::Database& database);
  [[nodiscard]] std::vector<Table> figures(const casework::TenantId& tenant,
                                           const Period& period) const;
  /// How far it has come: the position of the last fact.
  [[nodiscard]] std::int64_t position() const;

 private:
  mutable std::mutex lock_;
  std::map<std::string, Tally> tallies_;
  std::int64_t position_ = 0;
};

}  // namespace hotline::statistics
