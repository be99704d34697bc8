#include "tracing/mrt.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace hotline::tracing {

namespace {

// A RIB entry of the largest collectors is some 200 KB; nothing honest is near this.
constexpr std::uint32_t kRecordBytesMax = 16u << 20;
constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kTableDump = 12;
constexpr std::uint16_t kTableDumpV2 = 13;
constexpr std::uint16_t kKnownTypesMax = 64;  // OSPF 11 … BGP4MP_ET 17, OSPFv3_ET 49.

/// Big-endian numbers out of bytes; once it has run over the end it stays empty.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint64_t number(std::size_t size) {
    const auto taken = take(size);
    std::uint64_t value = 0;
    for (const char byte : taken) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) {
      good_ = false;
      bytes_ = {};
      return {};
    }
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

std::optional<url::Network> prefix_of(std::string_view bytes, int length, bool v6) {
  if (length > (v6 ? 128 : 32)) return std::nullopt;
  url::Network network;
  network.first.v6 = v6;
  network.prefix = length;
  std::copy(bytes.begin(), bytes.end(), network.first.bytes.begin());
  // Bits below the prefix say nothing, and some collectors leave rubbish there.
  for (std::size_t i = 0; i < 16; ++i) {
    const int kept = std::clamp(length - static_cast<int>(i) * 8, 0, 8);
    network.first.bytes[i] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
  return network;
}

/// The last system of an AS_PATH; 0 if it ends in a set or is broken; nothing if it is empty (the
/// collector's own route).
std::optional<std::uint32_t> last_of_path(std::string_view path, std::size_t width) {
  Cursor cursor(path);
  std::optional<std::uint32_t> last;
  while (!cursor.empty()) {
    const auto type = cursor.number(1);
    const auto count = cursor.number(1);
    const auto systems = cursor.take(count * width);
    if (!cursor.good()) return 0;
    if (type != 1 && type != 2) continue;  // Confederation segments stand before the real path.
    if (count == 0) continue;
    if (type == 1) {
      last = 0;
      continue;
    }
    Cursor end(systems.substr(systems.size() - width));
    last = static_cast<std::uint32_t>(end.number(width));
  }
  return last;
}

/// The origin in a route's path attributes.
std::optional<std::uint32_t> origin_of(std::string_view attributes, std::size_t width) {
  Cursor cursor(attributes);
  std::optional<std::uint32_t> origin, origin4;
  while (!cursor.empty() && cursor.good()) {
    const auto flags = cursor.number(1);
    const auto type = cursor.number(1);
    const auto length = cursor.number((flags & 0x10) != 0 ? 2 : 1);
    const auto value = cursor.take(length);
    if (!cursor.good()) return std::nullopt;
    if (type == 2) origin = last_of_path(value, width);
    if (type == 17) origin4 = last_of_path(value, 4);  // AS4_PATH, where paths have 16 bits.
  }
  constexpr std::uint32_t kTransition = 23456;
  if (width == 2 && origin == kTransition && origin4) return origin4;
  return origin;
}

/// RIB_IPV4_UNICAST (2), RIB_IPV6_UNICAST (4) and their ADD-PATH forms (8, 10).
std::optional<AnnouncedRoute> read_rib(std::string_view body, bool v6, bool add_path) {
  Cursor cursor(body);
  cursor.take(4);  // Sequence number.
  const auto length = static_cast<int>(cursor.number(1));
  const auto prefix =
      prefix_of(cursor.take(static_cast<std::size_t>(length + 7) / 8).substr(0, 16), length, v6);
  const auto entries = cursor.number(2);
  if (!prefix || !cursor.good()) return std::nullopt;
  AnnouncedRoute route{*prefix, {}};
  for (std::uint64_t i = 0; i < entries; ++i) {
    cursor.take(2 + 4);  // Peer index, time.
    if (add_path) cursor.take(4);
    const auto attributes = cursor.take(cursor.number(2));
    if (!cursor.good()) return std::nullopt;
    if (const auto origin = origin_of(attributes, 4)) route.origins.push_back(*origin);
  }
  return route;
}

/// TABLE_DUMP (RFC 6396 section 4.2): one route of one peer.
std::optional<AnnouncedRoute> read_old_rib(std::string_view body, bool v6) {
  Cursor cursor(body);
  cursor.take(4);  // View, sequence.
  const auto address = cursor.take(v6 ? 16 : 4);
  const auto length = static_cast<int>(cursor.number(1));
  cursor.take(1 + 4 + (v6 ? 16 : 4) + 2);  // Status, time, peer, peer's system.
  const auto attributes = cursor.take(cursor.number(2));
  const auto prefix = prefix_of(address, length, v6);
  if (!cursor.good() || !prefix) return std::nullopt;
  AnnouncedRoute route{*prefix, {}};
  if (const auto origin = origin_of(attributes, 2)) route.origins.push_back(*origin);
  return route;
}

std::optional<AnnouncedRoute> read_record(std::uint16_t type, std::uint16_t subtype,
                                          std::string_view body) {
  if (type == kTableDump && (subtype == 1 || subtype == 2)) return read_old_rib(body, subtype == 2);
  if (type != kTableDumpV2) return std::nullopt;
  switch (subtype) {
    case 2: return read_rib(body, false, false);
    case 4: return read_rib(body, true, false);
    case 8: return read_rib(body, false, true);
    case 10: return read_rib(body, true, true);
    default: return std::nullopt;
  }
}

/// Fills `to` with `size` bytes. How many came, or negative.
long fill(const std::function<long(char*, std::size_t)>& more, std::string& to, std::size_t size) {
  // Grown with what comes: a length that is a lie costs nothing.
  constexpr std::size_t kPiece = 64 * 1024;
  std::size_t have = 0;
  while (have < size) {
    if (have >= to.size() || to.size() > size) to.resize(std::min(size, have + kPiece));
    const long got = more(to.data() + have, std::min(size, to.size()) - have);
    if (got < 0) return got;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  to.resize(have);
  return static_cast<long>(have);
}

}  // namespace

Result<MrtCounts> read_mrt(const std::function<long(char*, std::size_t)>& more,
                           const std::function<Done(AnnouncedRoute&&)>& take) {
  MrtCounts counts;
  std::string header, body;
  for (;;) {
    const long came = fill(more, header, kHeaderBytes);
    if (came == 0) return counts;
    if (came < 0) return fail(ErrorKind::unavailable, "The dump cannot be read.");
    if (came < static_cast<long>(kHeaderBytes))
      return fail(ErrorKind::invalid, "The dump ends inside a record.");
    Cursor cursor(header);
    cursor.take(4);  // Time.
    const auto type = static_cast<std::uint16_t>(cursor.number(2));
    const auto subtype = static_cast<std::uint16_t>(cursor.number(2));
    const auto length = static_cast<std::uint32_t>(cursor.number(4));
    if (type == 0 || type > kKnownTypesMax || length > kRecordBytesMax)
      return fail(ErrorKind::invalid, "This is no MRT dump (RFC 6396).");
    const long got = fill(more, body, length);
    if (got < 0) return fail(ErrorKind::unavailable, "The dump cannot be read.");
    if (got < static_cast<long>(length))
      return fail(ErrorKind::invalid, "The dump ends inside a record.");
    ++counts.records;
    auto route = read_record(type, subtype, body);
    if (!route) {
      ++counts.skipped;
      continue;
    }
    ++counts.routes;
    TRY_DONE(take(std::move(*route)));
  }
}

Result<MrtCounts> read_mrt(std::string_view bytes,
                           const std::function<Done(AnnouncedRoute&&)>& take) {
  return read_mrt(
      [&bytes](char* buffer, std::size_t size) -> long {
        const auto count = std::min(size, bytes.size());
        std::memcpy(buffer, bytes.data(), count);
        bytes.remove_prefix(count);
        return static_cast<long>(count);
      },
      take);
}

}  // namespace hotline::tracing
