#include "net/geo.h"

#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "url/ip.h"

namespace hotline::net {

namespace {

using Path = const char* const*;

std::string text_value(MMDB_entry_s& entry, Path path) {
  MMDB_entry_data_s value{};
  if (::MMDB_aget_value(&entry, &value, path) != MMDB_SUCCESS || !value.has_data ||
      value.type != MMDB_DATA_TYPE_UTF8_STRING)
    return {};
  return clean_utf8({value.utf8_string, value.data_size});
}

std::int64_t number_value(MMDB_entry_s& entry, Path path) {
  MMDB_entry_data_s value{};
  if (::MMDB_aget_value(&entry, &value, path) != MMDB_SUCCESS || !value.has_data) return 0;
  switch (value.type) {
    case MMDB_DATA_TYPE_UINT16: return value.uint16;
    case MMDB_DATA_TYPE_UINT32: return value.uint32;
    case MMDB_DATA_TYPE_INT32: return value.int32;
    case MMDB_DATA_TYPE_UINT64: return static_cast<std::int64_t>(value.uint64);
    case MMDB_DATA_TYPE_UTF8_STRING:
      return parse_integer({value.utf8_string, value.data_size}).value_or(0);
    default: return 0;
  }
}

sockaddr_storage socket_address(const url::IpAddress& ip) {
  sockaddr_storage storage{};
  if (ip.v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    std::memcpy(&address.sin6_addr, ip.bytes.data(), 16);
    std::memcpy(&storage, &address, sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    std::memcpy(&address.sin_addr, ip.bytes.data(), 4);
    std::memcpy(&storage, &address, sizeof address);
  }
  return storage;
}

GeoAnswer values_of(MMDB_entry_s& entry) {
  static constexpr const char* kIso[] = {"country", "iso_code", nullptr};
  static constexpr const char* kRegistered[] = {"registered_country", "iso_code", nullptr};
  static constexpr const char* kFlat[] = {"country_code", nullptr};
  static constexpr const char* kNumber[] = {"autonomous_system_number", nullptr};
  static constexpr const char* kFlatNumber[] = {"asn", nullptr};
  static constexpr const char* kOrganisation[] = {"autonomous_system_organization", nullptr};
  static constexpr const char* kFlatOrganisation[] = {"as_name", nullptr};
  GeoAnswer answer;
  for (const Path path :
       {static_cast<Path>(kIso), static_cast<Path>(kFlat), static_cast<Path>(kRegistered)})
    if (answer.country.size() != 2) answer.country = text_value(entry, path);
  if (answer.country.size() != 2) answer.country.clear();
  for (char& c : answer.country)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  answer.asn = number_value(entry, kNumber);
  if (answer.asn == 0) answer.asn = number_value(entry, kFlatNumber);
  answer.organisation = text_value(entry, kOrganisation);
  if (answer.organisation.empty()) answer.organisation = text_value(entry, kFlatOrganisation);
  return answer;
}

class MmdbGeo final : public Geo {
 public:
  MmdbGeo() = default;
  ~MmdbGeo() override {
    if (open_) ::MMDB_close(&file_);
  }

  Done open(const std::string& path) {
    if (::MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file_) != MMDB_SUCCESS)
      return fail(ErrorKind::invalid, "The file in net.geo_database is not an MMDB file.");
    open_ = true;
    return {};
  }

  Result<GeoAnswer> look_up(std::string_view text) override {
    TRY(ip, url::parse_ip(text));
    const auto address = socket_address(ip);
    int error = 0;
    auto found =
        ::MMDB_lookup_sockaddr(&file_, reinterpret_cast<const sockaddr*>(&address), &error);
    // An IPv4-only file says this of every IPv6 address: it does not hold it.
    if (error == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR || (error == 0 && !found.found_entry))
      return fail(ErrorKind::not_found, "The geolocation file does not hold this address.");
    if (error != MMDB_SUCCESS) return fail(ErrorKind::corrupt, "The geolocation file is damaged.");
    return read(ip, found);
  }

 private:
  GeoAnswer read(const url::IpAddress& ip, MMDB_lookup_result_s& found) const {
    GeoAnswer answer = values_of(found.entry);
    // In an IPv6 tree the prefix of an IPv4 address counts the 96 bits in front of it.
    int prefix = found.netmask;
    if (!ip.v6 && file_.metadata.ip_version == 6) prefix -= 96;
    if (prefix >= 0)
      if (const auto network = url::parse_network(ip.text() + "/" + std::to_string(prefix)))
        answer.network = network->text();
    return answer;
  }

  MMDB_s file_{};
  bool open_ = false;
};

/// Walks the tree of an open file. What is deeper than an address is a circle.
class Walk {
 public:
  Walk(MMDB_s& file, const std::function<Done(const url::Network&, const GeoAnswer&)>& take)
      : file_(file), take_(take) {}
  Done run() {
    bits_ = file_.metadata.ip_version == 6 ? 128 : 32;
    return step(0, 0);
  }

 private:
  static Done damaged() { return fail(ErrorKind::corrupt, "The MMDB file is damaged."); }
  Done step(std::uint32_t node, int depth) {
    if (depth >= bits_) return damaged();
    MMDB_search_node_s found{};
    if (::MMDB_read_node(&file_, node, &found) != MMDB_SUCCESS) return damaged();
    for (const bool right : {false, true}) {
      const auto byte = static_cast<std::size_t>(depth / 8);
      const auto bit = static_cast<std::uint8_t>(128 >> depth % 8);
      if (right)
        at_[byte] |= bit;
      else
        at_[byte] &= static_cast<std::uint8_t>(~bit);
      const auto kind = right ? found.right_record_type : found.left_record_type;
      const auto next = right ? found.right_record : found.left_record;
      if (kind == MMDB_RECORD_TYPE_SEARCH_NODE && !is_copy(depth + 1)) {
        TRY_DONE(step(static_cast<std::uint32_t>(next), depth + 1));
      } else if (kind == MMDB_RECORD_TYPE_DATA) {
        TRY_DONE(give(right ? found.right_record_entry : found.left_record_entry, depth + 1));
      } else if (kind == MMDB_RECORD_TYPE_INVALID) {
        return damaged();
      }
    }
    at_[static_cast<std::size_t>(depth / 8)] &= static_cast<std::uint8_t>(~(128 >> depth % 8));
    return {};
  }

  /// ::ffff:0:0/96, 2002::/16 and 2001::/32 point into the IPv4 tree again.
  [[nodiscard]] bool is_copy(int depth) const {
    if (bits_ == 32) return false;
    if (depth == 16 && at_[0] == 0x20 && at_[1] == 0x02) return true;
    if (depth == 32 && at_[0] == 0x20 && at_[1] == 0x01 && at_[2] == 0 && at_[3] == 0) return true;
    return depth == 96 && at_[10] == 0xff && at_[11] == 0xff;
  }

  Done give(MMDB_entry_s& entry, int depth) {
    url::Network network;
    const bool mapped = bits_ == 128 && std::all_of(at_.begin(), at_.begin() + 12,
                                                    [](std::uint8_t byte) { return byte == 0; });
    if (mapped && depth < 96) return {};  // Both families at once: no network of ours.
    network.first.v6 = bits_ == 128 && !mapped;
    const auto from = mapped ? at_.begin() + 12 : at_.begin();
    std::copy(from, from + (network.first.v6 ? 16 : 4), network.first.bytes.begin());
    network.prefix = mapped ? depth - 96 : depth;
    GeoAnswer answer = values_of(entry);
    answer.network = network.text();
    return take_(network, answer);
  }

  MMDB_s& file_;
  const std::function<Done(const url::Network&, const GeoAnswer&)>& take_;
  std::array<std::uint8_t, 16> at_{};
  int bits_ = 0;
};

struct CloseFile {
  MMDB_s file{};
  bool open = false;
  ~CloseFile() {
    if (open) ::MMDB_close(&file);
  }
};

}  // namespace

Done each_network(const std::string& mmdb_path,
                  const std::function<Done(const url::Network&, const GeoAnswer&)>& take) {
  CloseFile one;
  if (::MMDB_open(mmdb_path.c_str(), MMDB_MODE_MMAP, &one.file) != MMDB_SUCCESS)
    return fail(ErrorKind::invalid, "This is no MMDB file.");
  one.open = true;
  return Walk(one.file, take).run();
}

Result<std::unique_ptr<Geo>> open_geo(const std::string& mmdb_path) {
  auto geo = std::make_unique<MmdbGeo>();
  TRY_DONE(geo->open(mmdb_path));
  return geo;
}

}  // namespace hotline::net
