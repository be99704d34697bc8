#include "range/files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hotline::range {

namespace fs = std::filesystem;

Result<std::string> read_file(const std::string& path) {
  std::ifstream from(path, std::ios::binary);
  if (!from) return fail(ErrorKind::not_found, "There is no file " + path + ".");
  std::string bytes{std::istreambuf_iterator<char>(from), {}};
  if (from.bad()) return fail(ErrorKind::unavailable, "Could not read " + path + ".");
  return bytes;
}

Done write_file(const std::string& path, std::string_view bytes) {
  TRY_DONE(make_folder(fs::path(path).parent_path()));
  const std::string next = path + ".next";
  {
    std::ofstream to(next, std::ios::binary | std::ios::trunc);
    to.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    to.close();
    if (!to) return fail(ErrorKind::unavailable, "Could not write " + path + ".");
  }
  std::error_code trouble;
  fs::rename(next, path, trouble);
  if (trouble) return fail(ErrorKind::unavailable, "Could not replace " + path + ".");
  return {};
}

Done point_link(const std::string& path, const std::string& target) {
  TRY_DONE(make_folder(fs::path(path).parent_path()));
  const std::string next = path + ".next";
  std::error_code trouble;
  fs::remove(next, trouble);
  fs::create_symlink(target, next, trouble);
  if (!trouble) fs::rename(next, path, trouble);
  if (trouble) return fail(ErrorKind::unavailable, "Could not point " + path + ".");
  return {};
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code trouble;
  for (fs::directory_iterator at(folder, trouble), end; !trouble && at != end;
       at.increment(trouble))
    names.push_back(at->path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

Done make_folder(const std::string& path) {
  std::error_code trouble;
  fs::create_directories(path, trouble);
  if (trouble) return fail(ErrorKind::unavailable, "Could not make the folder " + path + ".");
  return {};
}

bool is_there(const std::string& path) {
  std::error_code trouble;
  return fs::exists(path, trouble);
}

std::string absolute_path(const std::string& path) {
  std::error_code trouble;
  const auto made = fs::absolute(path, trouble).lexically_normal();
  return trouble ? path : made.string();
}

std::string program_folder() {
  std::error_code trouble;
  return fs::read_symlink("/proc/self/exe", trouble).parent_path();
}

Result<std::string> shared_file(const std::string& name) {
  for (fs::path folder = program_folder(); !folder.empty(); folder = folder.parent_path()) {
    if (is_there(folder / name)) return (folder / name).string();
    if (folder == folder.parent_path()) break;
  }
  return fail(ErrorKind::not_found, "There is no " + name + " beside or above the program.");
}

}  // namespace hotline::range
