// Where the files that come with the programs lie: web/, policy/ and schema/.
#pragma once

#include <string>

#include "base/settings.h"

namespace hotline::web {

/// share.dir, or else the first folder beside or above the running program that has them.
/// Error `not_found` if there is none.
[[nodiscard]] Result<std::string> share_folder(const Settings& settings);

}  // namespace hotline::web
