// Bootstrap: which RDAP server to ask, from IANA's four files (RFC 9224).
//
// The files are data: they lie in a folder, are read when they change there, and
// can be brought up to date by refresh() or by hand. Only where a file is missing
// or a month old is it fetched by itself. An old file is better than none.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::net {

struct BootstrapPlaces {
  std::string folder;  ///< Holds ipv4.json, ipv6.json, asn.json, dns.json; empty: memory only.
  std::string url;     ///< Where they are fetched from.
  std::vector<url::Network> test_networks;
};

/// Safe to use from several threads.
class Bootstrap {
 public:
  explicit Bootstrap(BootstrapPlaces places);
  /// The server's address with "/" at its end. Error `not_found` if no registry is named,
  /// `unavailable` if the file could not be had.
  [[nodiscard]] Result<std::string> for_ip(const url::IpAddress& ip);
  [[nodiscard]] Result<std::string> for_name(std::string_view name);
  [[nodiscard]] Result<std::string> for_system(std::int64_t number);
  /// Fetches all four anew. Each is checked before it replaces the old one, whole or not at all.
  /// Gives how many registries' servers each file names.
  [[nodiscard]] Result<std::map<std::string, std::size_t>> refresh();

 private:
  struct Kept {
    std::string text;
    std::chrono::steady_clock::time_point read_at{};
  };
  Result<std::string> text_of(const std::string& kind);
  Result<std::string> fetch(const std::string& kind) const;
  Done keep(const std::string& kind, const std::string& text) const;

  BootstrapPlaces places_;
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

}  // namespace hotline::net
