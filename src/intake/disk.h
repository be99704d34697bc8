// Files that are either wholly there, durably, or not there at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace hotline::intake {

/// Makes the folder and those above it (mode 0750).
Done make_folder(const std::string& path);
/// Writes `folder`/`name` through a temporary file (mode 0640): fsync, then rename. The name itself
/// is durable only after sync_folder(). On failure nothing is left behind. Error `unavailable`.
/// `dated`: what the file gives as its time, if it is not to be now.
Done write_whole_file(const std::string& folder, std::string_view name, std::string_view bytes,
                      std::optional<Instant> dated = std::nullopt);
Done sync_folder(const std::string& folder);
/// Error `not_found`, or `unavailable` if the disk refuses.
[[nodiscard]] Result<std::string> read_file(const std::string& path);
/// How many bytes an ordinary program may still write there; 0 if the disk does not say.
[[nodiscard]] std::int64_t free_bytes(const std::string& folder);

}  // namespace hotline::intake
