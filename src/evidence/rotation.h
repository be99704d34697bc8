// Rotation: a new root key, and a new key for each tenant; the cases' keys are wrapped again.
//
// Objects are not touched: what was sealed stays as it lies. When it is done the
// old keys are destroyed, so that whoever took them, or a backup of the database,
// opens nothing with them. It may be killed at any moment and is then taken up
// again where it was: each step is one transaction or one rename, and what is left
// to do stands in the rows. Other programs read and write meanwhile.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "db/db.h"

namespace hotline::evidence {

struct Rotated {
  std::string root;  ///< Name of the new root key.
  std::int64_t tenants = 0;
  std::int64_t cases = 0;  ///< Keys wrapped again by this call.
  bool resumed = false;    ///< An earlier one had been cut off.
};

/// `on_step` is called after each durable step, with the cases done so far.
/// Error `conflict` if another rotation runs, `corrupt` if the root in `key_path` is not this
/// database's; then nothing has changed.
[[nodiscard]] Result<Rotated> rotate(db::Database& database, const std::string& key_path,
                                     Instant now,
                                     const std::function<void(std::int64_t)>& on_step = {});

}  // namespace hotline::evidence
