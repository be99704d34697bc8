// Shelf: the files that a host serves, found by their address or by their digest.
//
// An address leads to a file by the sites' hosts and prefixes, the way a plain web
// server does it. Digests come from an index that is kept in the state folder and
// brought up to date by rescan(); only new and changed files are read. No link and
// no ".." leads out of a site's folder: the kernel resolves below it (openat2).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "receiver/config.h"

namespace hotline::receiver {

/// One file of a site.
struct File {
  std::size_t site = 0;  ///< Of Config::sites.
  std::string path;      ///< Below its root, without a leading '/'.
  auto operator<=>(const File&) const = default;
};

class Shelf {
 public:
  /// Reads the index of the last run, if there is one.
  Shelf(std::vector<Site> sites, std::string index_file);

  /// The file behind an address; nothing if no site has that host or there is no such file.
  [[nodiscard]] std::optional<File> at(std::string_view location) const;
  /// Where an address leads, whether or not there is a file now.
  [[nodiscard]] std::vector<File> places_of(std::string_view location) const;
  /// Files with that SHA-256 (hex) at the last rescan.
  [[nodiscard]] std::vector<File> with_digest(std::string_view sha256) const;
  /// SHA-256 of a file as it is now, in hex; nothing if there is none.
  [[nodiscard]] std::optional<std::string> digest_of(const File& file) const;
  [[nodiscard]] bool exists(const File& file) const;
  [[nodiscard]] std::string full_path(const File& file) const;
  /// The folder a file lies in, opened below its root; -1 if there is none. The caller closes it.
  [[nodiscard]] int open_folder(const File& file) const;

  /// Reads what is new or changed. Gives those files.
  std::vector<File> rescan();
  [[nodiscard]] std::size_t size() const;

 private:
  struct Seen {
    std::int64_t bytes = 0, changed_ns = 0;
    std::string sha256;
  };
  void read_index();
  void write_index() const;

  std::vector<Site> sites_;
  std::string index_file_;
  mutable std::mutex mutex_;
  std::map<File, Seen> seen_;
  std::multimap<std::string, File, std::less<>> by_digest_;
};

}  // namespace hotline::receiver
