// What the parts of `hotline match` share: match_command.cc, match_scan.cc, match_bench.cc.
#pragma once

#include <memory>
#include <string>

#include "apps/hotline/commands.h"
#include "base/json.h"
#include "matching/index.h"

namespace hotline::cli {

/// An .hmi file, or the folder of an index that a program keeps; both to be read only.
[[nodiscard]] Result<std::unique_ptr<matching::Index>> open_index(const std::string& path);
/// Raw digests from hex; what is empty or wrong is left out.
[[nodiscard]] matching::Digests digests_of(const std::string& md5, const std::string& sha1,
                                           const std::string& sha256);
/// {"matches":[{"by","distance","list","ref",…}],"innocent":{…}}: the note's members stand beside.
[[nodiscard]] json::object answer_line(const matching::Index& index,
                                       const matching::Answer& answer);

/// Give the exit code.
int match_scan(const Arguments& arguments);
int match_bench(const Arguments& arguments);

}  // namespace hotline::cli
