// `hotline media hash FILE...`: one JSON line a file, made through the jailed lab.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

#include "base/json.h"
#include "media/lab.h"

namespace hotline::media {

/// {"file","md5","sha1","sha256","kind","width","height","pdq_full":{"hash","quality"},
/// "pdq_nn512":{…},"trouble"}: the hashes are null where there is no picture.
[[nodiscard]] json::object hash_line(const std::string& file, const Findings& findings);

/// Lines on `out`, talk on `talk`. Gives the exit code: 0, or 1 if a file could not be read or
/// the jail could not be started (the other files are done all the same). A file that is no
/// picture is not an error.
int hash_files(std::span<const std::string> files, Lab& lab, std::ostream& out, std::ostream& talk);

}  // namespace hotline::media
