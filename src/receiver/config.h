// Config of a receiver: whose notices it obeys, which folders the web server serves from,
// and what taking away means here. One TOML file; docs/operations/receiver.md.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace hotline::receiver {

/// What is done to a file. Spelled as in the file.
enum class Policy : std::uint8_t {
  keep,    ///< Moved where only the host gets at it: law enforcement may ask for it.
  remove,  ///< Deleted.
  hook,    ///< The host's own program does it.
};

/// Addresses that one folder answers for.
struct Site {
  std::vector<std::string> hosts;  ///< As in addresses: lower case, A-labels.
  std::string prefix;              ///< Begins and ends with '/'; what stands before the path.
  std::string root;                ///< The folder.
};

struct Trusted {
  std::string name;
  std::string public_key;  ///< 32 bytes.
};

struct Config {
  std::string name;  ///< The host's name in receipts.
  std::string listen = "127.0.0.1";
  int port = 8460;
  std::string state;  ///< Key, receipts, index and what was taken away.
  Policy policy = Policy::keep;
  /// Called with "take" or "restore", the file's path, its SHA-256 and the reference after these
  /// words; with the other policies after each deed (to purge a cache). 0 means done.
  std::vector<std::string> hook;
  std::chrono::seconds rescan{600};  ///< How often folders are read for new files.
  std::vector<Site> sites;
  std::vector<Trusted> trusted;
};

/// Error `not_found` without the file, `invalid` with a sentence that names what is wrong.
[[nodiscard]] Result<Config> load_config(const std::string& path);

}  // namespace hotline::receiver
