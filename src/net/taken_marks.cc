#include "net/taken_marks.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::net {

namespace fs = std::filesystem;

namespace {
constexpr auto kKept = std::chrono::hours(24 * 90);
}

Result<TakenMarks> TakenMarks::open(std::string folder) {
  if (folder.empty()) return TakenMarks();
  std::error_code trouble;
  fs::create_directories(folder, trouble);
  if (trouble)
    return fail(ErrorKind::unavailable, "The folder of mails already taken cannot be made.");
  const auto old = fs::file_time_type::clock::now() - kKept;
  for (const auto& mark : fs::directory_iterator(folder, trouble))
    if (const auto made = mark.last_write_time(trouble); !trouble && made < old)
      fs::remove(mark.path(), trouble);
  return TakenMarks(std::move(folder));
}

std::string TakenMarks::path(std::string_view message_id) const {
  return folder_ + "/" + hex(crypto::sha256(message_id));
}

bool TakenMarks::has(std::string_view message_id) const {
  return !folder_.empty() && ::access(path(message_id).c_str(), F_OK) == 0;
}

Done TakenMarks::set(std::string_view message_id) const {
  if (folder_.empty()) return {};
  const int fd = ::open(path(message_id).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorKind::unavailable, "A mail that was taken could not be marked.");
  ::close(fd);
  return {};
}

}  // namespace hotline::net
