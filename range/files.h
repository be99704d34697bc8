// Files of the range's runtime folder: whole, replaced at once, or not at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hotline::range {

[[nodiscard]] Result<std::string> read_file(const std::string& path);
/// Readers see the old bytes or the new ones. Makes the folders above.
[[nodiscard]] Done write_file(const std::string& path, std::string_view bytes);
/// The link points to `target` from one moment to the next; made if it is not there.
[[nodiscard]] Done point_link(const std::string& path, const std::string& target);
/// Names in a folder, sorted; none if there is no folder.
[[nodiscard]] std::vector<std::string> names_in(const std::string& folder);
[[nodiscard]] Done make_folder(const std::string& path);
[[nodiscard]] bool is_there(const std::string& path);

[[nodiscard]] std::string absolute_path(const std::string& path);

/// The folder of this program's file, without the last '/'.
[[nodiscard]] std::string program_folder();
/// `name` ("range/sites.json") in the folder of the program or the nearest one above it.
[[nodiscard]] Result<std::string> shared_file(const std::string& name);

}  // namespace hotline::range
