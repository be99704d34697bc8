#include "web/share.h"

#include <filesystem>

namespace hotline::web {

Result<std::string> share_folder(const Settings& settings) {
  namespace fs = std::filesystem;
  if (std::string set = settings.text("share.dir"); !set.empty()) return set;
  std::error_code trouble;
  const fs::path program = fs::canonical("/proc/self/exe", trouble).parent_path();
  // An installed tree, then a build tree: build/bin and build/dev/bin lie below the sources.
  for (const char* up : {"../share/hotline", "../..", "../../.."}) {
    const fs::path folder = fs::weakly_canonical(program / up, trouble);
    if (!trouble && fs::exists(folder / "web") && fs::exists(folder / "policy"))
      return folder.string();
  }
  return fail(ErrorKind::not_found, "The folders web and policy are not found; set share.dir.");
}

}  // namespace hotline::web
