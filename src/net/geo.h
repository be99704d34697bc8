// Geo: country and autonomous system of an address, from an MMDB file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "url/ip.h"

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

/// Every network of an MMDB file with what it says, IPv4 first where the file has both. Copies of
/// the IPv4 tree (mapped, 6to4, Teredo) are left out. Ends early with the error that `take` gives;
/// `corrupt` if the tree makes no sense.
[[nodiscard]] Done each_network(
    const std::string& mmdb_path,
    const std::function<Done(const url::Network& network, const GeoAnswer& answer)>& take);

}  // namespace hotline::net
