// A batch: the submissions of one moment, sealed, in one file of the drop.
//
// Each record is a line "<drop id> <length>" and so many bytes. A batch is written
// whole or not at all and never changed, so that nothing of it can be half there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::intake {

/// 16 to 64 characters a-z0-9.
[[nodiscard]] bool is_drop_id(std::string_view id);

struct SealedRecord {
  std::string id;
  std::string sealed;
};
[[nodiscard]] std::string batch_record(std::string_view id, std::string_view sealed);
/// Error `corrupt` if it is not a row of records to its last byte.
[[nodiscard]] Result<std::vector<SealedRecord>> read_batch(std::string_view bytes);

}  // namespace hotline::intake
