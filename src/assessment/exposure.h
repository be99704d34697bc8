// Exposure: how much a person was shown today, and the end of it.
//
// A minute counts once a picture was served in it, so idle time does not. When
// the day's minutes are used up, no picture leaves the server for this person
// before the next UTC day. The figures belong to the person: they stand on no
// board and measure nobody's work.
//
// Fact: exposure_paused, when the last minute of the day is used.
#pragma once

#include <map>
#include <string>

#include "assessment/grade.h"
#include "db/db.h"

namespace hotline::assessment {

struct Meter {
  std::int64_t minutes = 0;  ///< Today, with a picture.
  std::int64_t minutes_max = 0;
  std::map<int, std::int64_t> shown;  ///< Pictures by level of the reveal ladder.
  std::int64_t avoided = 0;           ///< Decided today without a view: known, near, not needed.
  [[nodiscard]] bool is_full() const { return minutes >= minutes_max; }
};

[[nodiscard]] Result<Meter> meter(db::Transaction& tx, const PersonId& person,
                                  std::int64_t minutes_max, Instant now);

/// Counts one picture at a level before it is served. Error `forbidden` beyond the cap: then
/// nothing may be served. The minute that reached the cap may be finished.
[[nodiscard]] Done count_view(db::Transaction& tx, const TenantId& tenant, const PersonId& person,
                              int level, std::int64_t minutes_max, Instant now);

[[nodiscard]] Done count_avoided(db::Transaction& tx, const PersonId& person, std::int64_t items,
                                 Instant now);

}  // namespace hotline::assessment
