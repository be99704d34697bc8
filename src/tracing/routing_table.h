// RoutingTable: which autonomous system announces an address, from an imported table.
//
// One file, made once by an import and mapped into memory by everybody who asks:
// no server, no network, no lock. Prefixes inside each other were flattened at
// import into ranges that do not overlap, so a question is one binary search.
// A prefix that several systems announce keeps all of them, most seen first.
//
// File: "HLROUTE1", counts, the IPv4 starts (4 bytes each, ascending), their
// routes (4 bytes each), the same for IPv6 (16-byte starts), then the routes.
// Everything is checked when it is opened. RoutingBuilder makes one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tracing/mrt.h"
#include "url/ip.h"

namespace hotline::tracing {

struct RouteOrigin {
  std::uint32_t system = 0;
  std::uint32_t seen_by = 0;  ///< Peers of the collector; 1 where the source does not say.
};

struct FoundRoute {
  url::Network prefix;               ///< The longest that holds the address.
  std::vector<RouteOrigin> origins;  ///< Most seen first.
};

class RoutingTable {
 public:
  /// Error `not_found` if there is no such file, `corrupt` if it breaks its own rules.
  [[nodiscard]] static Result<std::unique_ptr<RoutingTable>> open(const std::string& path);
  ~RoutingTable();
  RoutingTable(const RoutingTable&) = delete;
  RoutingTable& operator=(const RoutingTable&) = delete;

  /// Error `not_found` if nobody announces it.
  [[nodiscard]] Result<FoundRoute> look_up(const url::IpAddress& ip) const;
  /// Only the system most seen, 0 if nobody announces it: for many look-ups.
  [[nodiscard]] std::uint32_t system_of(const url::IpAddress& ip) const;
  [[nodiscard]] std::uint64_t routes() const { return route_count_; }
  [[nodiscard]] const std::string& source() const { return source_; }  ///< "rib.20300101 (MRT)"
  [[nodiscard]] Instant imported_at() const { return imported_at_; }

 private:
  RoutingTable() = default;
  Done check();
  [[nodiscard]] std::uint32_t route_of(const url::IpAddress& ip) const;
  const char* base_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t count4_ = 0, count6_ = 0, route_count_ = 0;
  const char* starts4_ = nullptr;
  const char* routes4_ = nullptr;
  const char* starts6_ = nullptr;
  const char* routes6_ = nullptr;
  const char* route_rows_ = nullptr;
  std::vector<std::uint32_t> first4_;  ///< First range of each 65,536th of the IPv4 space.
  std::string source_;
  Instant imported_at_{};
};

class RoutingBuilder {
 public:
  void add(const AnnouncedRoute& route);
  void add(const url::Network& prefix, std::uint32_t system);
  [[nodiscard]] std::size_t routes() const { return routes_.size(); }
  /// Writes beside `path`, syncs, checks what it wrote and renames: whoever reads has the old table
  /// or the new one. Error `invalid` if there is no route at all.
  Done write(const std::string& path, std::string_view source, Instant now);

 private:
  std::map<std::pair<url::IpAddress, int>, std::map<std::uint32_t, std::uint32_t>> routes_;
};

struct Imported {
  std::string format;  ///< "MRT" or "MMDB".
  std::uint64_t records = 0, routes = 0, skipped = 0;
};
/// Reads `from` ("-" is standard input, MRT only) and replaces the table at `to`. `progress` is
/// called with bytes read and routes known, now and then. Nothing is changed on failure.
[[nodiscard]] Result<Imported> import_routes(
    const std::string& from, const std::string& to, Instant now,
    const std::function<void(std::uint64_t bytes, std::uint64_t routes)>& progress);

}  // namespace hotline::tracing
