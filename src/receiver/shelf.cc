#include "receiver/shelf.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "base/text.h"
#include "url/url.h"

namespace hotline::receiver {

namespace {

namespace fs = std::filesystem;

/// Opens below a folder; links and ".." that leave it are refused by the kernel.
int open_beneath(int folder, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(
      ::syscall(SYS_openat2, folder, path.empty() ? "." : path.c_str(), &how, sizeof how));
}

/// %-escapes of a path; nothing for a broken one or one that hides a NUL.
std::optional<std::string> unescaped(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    if (i + 2 >= path.size()) return std::nullopt;
    const auto byte = unhex(lower_ascii(path.substr(i + 1, 2)));
    if (!byte) return std::nullopt;
    out += *byte;
    i += 2;
  }
  if (out.find('\0') != out.npos) return std::nullopt;
  return out;
}

bool stays_inside(std::string_view path) {
  for (const auto part : split(path, '/'))
    if (part == "." || part == "..") return false;
  return true;
}

std::optional<std::string> digest_of_fd(int fd) {
  struct stat found{};
  if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  const auto bytes = static_cast<std::size_t>(found.st_size);
  if (bytes == 0) return hex(crypto::sha256(""));
  void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED) return std::nullopt;
  ::madvise(map, bytes, MADV_SEQUENTIAL);
  auto digest = hex(crypto::sha256({static_cast<const char*>(map), bytes}));
  ::munmap(map, bytes);
  return digest;
}

}  // namespace

Shelf::Shelf(std::vector<Site> sites, std::string index_file)
    : sites_(std::move(sites)), index_file_(std::move(index_file)) {
  read_index();
}

std::string Shelf::full_path(const File& file) const {
  return sites_[file.site].root + "/" + file.path;
}

int Shelf::open_folder(const File& file) const {
  const int root = ::open(sites_[file.site].root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return -1;
  const auto slash = file.path.rfind('/');
  const int folder = open_beneath(
      root, slash == std::string::npos ? "" : file.path.substr(0, slash), O_RDONLY | O_DIRECTORY);
  ::close(root);
  return folder;
}

bool Shelf::exists(const File& file) const {
  const int folder = open_folder(file);
  if (folder < 0) return false;
  const auto slash = file.path.rfind('/');
  const std::string name = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
  struct stat found{};
  const bool is_file = ::fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                       (S_ISREG(found.st_mode) || S_ISLNK(found.st_mode));
  ::close(folder);
  return is_file;
}

std::vector<File> Shelf::places_of(std::string_view location) const {
  std::vector<File> places;
  const auto url = url::parse(location);
  if (!url) return places;
  for (std::size_t site = 0; site < sites_.size(); ++site) {
    const auto& hosts = sites_[site].hosts;
    if (std::find(hosts.begin(), hosts.end(), url->host) == hosts.end()) continue;
    if (!url->path.starts_with(sites_[site].prefix)) continue;
    const auto path = unescaped(std::string_view(url->path).substr(sites_[site].prefix.size()));
    if (!path || !stays_inside(*path)) continue;
    const std::string folder = path->empty() || path->ends_with('/') ? *path : *path + "/";
    // As web servers commonly try: the file, the page of that name, the folder's first page.
    if (!path->empty() && !path->ends_with('/')) {
      places.push_back({site, *path});
      places.push_back({site, *path + ".html"});
    }
    for (const char* index : {"index.html", "index.htm"}) places.push_back({site, folder + index});
  }
  return places;
}

std::optional<File> Shelf::at(std::string_view location) const {
  for (auto& place : places_of(location))
    if (exists(place)) return std::move(place);
  return std::nullopt;
}

std::optional<std::string> Shelf::digest_of(const File& file) const {
  const int folder = open_folder(file);
  if (folder < 0) return std::nullopt;
  const auto slash = file.path.rfind('/');
  const std::string name = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
  const int fd = ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  ::close(folder);
  if (fd < 0) return std::nullopt;
  auto digest = digest_of_fd(fd);
  ::close(fd);
  return digest;
}

std::vector<File> Shelf::with_digest(std::string_view sha256) const {
  const std::lock_guard lock(mutex_);
  std::vector<File> files;
  for (auto [one, end] = by_digest_.equal_range(sha256); one != end; ++one)
    files.push_back(one->second);
  return files;
}

std::size_t Shelf::size() const {
  const std::lock_guard lock(mutex_);
  return seen_.size();
}

std::vector<File> Shelf::rescan() {
  std::map<File, Seen> before, now;
  {
    const std::lock_guard lock(mutex_);
    before = seen_;
  }
  std::vector<File> fresh;
  for (std::size_t site = 0; site < sites_.size(); ++site) {
    const std::string& root = sites_[site].root;
    std::error_code trouble;
    for (fs::recursive_directory_iterator
             walk(root, fs::directory_options::skip_permission_denied, trouble),
         end;
         walk != end; walk.increment(trouble)) {
      if (trouble) break;
      struct stat found{};
      if (::lstat(walk->path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
      File file{site, walk->path().string().substr(root.size() + 1)};
      Seen seen{found.st_size, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec, ""};
      const auto known = before.find(file);
      if (known != before.end() && known->second.bytes == seen.bytes &&
          known->second.changed_ns == seen.changed_ns) {
        seen.sha256 = known->second.sha256;
      } else {
        const auto digest = digest_of(file);
        if (!digest) continue;
        seen.sha256 = *digest;
        fresh.push_back(file);
      }
      now.emplace(std::move(file), std::move(seen));
    }
  }
  std::multimap<std::string, File, std::less<>> by_digest;
  for (const auto& [file, seen] : now) by_digest.emplace(seen.sha256, file);
  const std::lock_guard lock(mutex_);
  seen_ = std::move(now);
  by_digest_ = std::move(by_digest);
  if (!fresh.empty() || seen_.size() != before.size()) write_index();
  return fresh;
}

// One line a file: site's root and path in base64url, bytes, time, digest. A line that does not
// fit is left out: its file is read again.
void Shelf::read_index() {
  std::ifstream file(index_file_);
  for (std::string line; std::getline(file, line);) {
    const auto parts = split(line, ' ');
    if (parts.size() != 5 || parts[4].size() != 64) continue;
    const auto root = unbase64url(parts[0]), path = unbase64url(parts[1]);
    const auto bytes = parse_integer(parts[2]), changed = parse_integer(parts[3]);
    if (!root || !path || !bytes || !changed) continue;
    for (std::size_t site = 0; site < sites_.size(); ++site) {
      if (sites_[site].root != *root) continue;
      seen_[{site, *path}] = {*bytes, *changed, std::string(parts[4])};
      by_digest_.emplace(parts[4], File{site, *path});
    }
  }
}

void Shelf::write_index() const {
  const std::string fresh = index_file_ + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    for (const auto& [one, seen] : seen_)
      file << base64url(sites_[one.site].root) << ' ' << base64url(one.path) << ' ' << seen.bytes
           << ' ' << seen.changed_ns << ' ' << seen.sha256 << '\n';
    if (!file.flush()) return;
  }
  std::error_code trouble;
  fs::rename(fresh, index_file_, trouble);
}

}  // namespace hotline::receiver
