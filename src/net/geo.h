// Geo: country and autonomous system of an address, from an MMDB file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hotline::net {

struct GeoAnswer {
  std::string country;       ///< ISO 3166-1, or empty.
  std::int64_t asn = 0;      ///< 0 if unknown.
  std::string organisation;  ///< Of the autonomous system.
  std::string network;       ///< CIDR that matched.
};

class Geo {
 public:
  virtual ~Geo() = default;
  /// Error `not_found` if the file does not hold it.
  virtual Result<GeoAnswer> look_up(std::string_view ip) = 0;
};

/// libmaxminddb. Understands country.iso_code, autonomous_system_number and
/// autonomous_system_organization, and the flat country_code of ip-location-db files.
[[nodiscard]] Result<std::unique_ptr<Geo>> open_geo(const std::string& mmdb_path);

}  // namespace hotline::net
