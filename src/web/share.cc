#include "web/share.h"

#include <filesystem>

namespace hotline::web {

Result<std::string> share_folder(const Settings& settings) {
  std::error_code trouble;
  const auto program = std::filesystem::canonical("/proc/self/exe", trouble).parent_path();
  if (trouble) return fail(ErrorKind::unavailable, "The program cannot find its own folder.");
  return hotline::share_folder(settings, program.string());
}

}  // namespace hotline::web
