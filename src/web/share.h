// Where the files that come with the programs lie: web/, policy/ and schema/.
#pragma once

#include <string>

#include "base/settings.h"

namespace hotline::web {

/// base/settings.h for the folder of the running program.
/// Error `not_found` if there is none.
[[nodiscard]] Result<std::string> share_folder(const Settings& settings);

}  // namespace hotline::web
