#include "tracing/routing_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "base/text.h"

namespace hotline::tracing {

namespace {

constexpr std::string_view kMagic = "HLROUTE1";
constexpr std::size_t kSourceBytes = 64;
constexpr std::size_t kHeaderBytes = 8 + 8 * 4 + kSourceBytes;
constexpr std::uint32_t kNobody = 0xffffffff;
constexpr std::size_t kOriginsMax = 4;
// address 16, prefix 1, family 1, count 1, unused 1, then system and seen_by four times.
constexpr std::size_t kRouteBytes = 20 + kOriginsMax * 8;

// The file is little-endian, as every machine that this runs on.
template <class T>
T number_at(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void add_number(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

url::IpAddress last_of(const url::Network& network) {
  auto last = network.first;
  for (std::size_t i = 0; i < (last.v6 ? 16u : 4u); ++i) {
    const int kept = std::clamp(network.prefix - static_cast<int>(i) * 8, 0, 8);
    last.bytes[i] |= static_cast<std::uint8_t>(0xff >> kept);
  }
  return last;
}

/// The address after; nothing after the very last one.
bool step_up(url::IpAddress& ip) {
  for (std::size_t i = ip.v6 ? 16 : 4; i-- > 0;)
    if (++ip.bytes[i] != 0) return true;
  return false;
}

/// Ranges that do not overlap, out of prefixes sorted by start and then from wide to narrow.
class Flattener {
 public:
  void add(const url::Network& prefix, std::uint32_t route) {
    close_before(prefix.first);
    begin(prefix.first, route);
    open_.push_back({last_of(prefix), route});
  }
  void finish() {
    while (!open_.empty()) close_top();
  }
  [[nodiscard]] const std::vector<std::pair<url::IpAddress, std::uint32_t>>& ranges() const {
    return ranges_;
  }

 private:
  struct Open {
    url::IpAddress last;
    std::uint32_t route;
  };
  void close_before(const url::IpAddress& first) {
    while (!open_.empty() && open_.back().last < first) close_top();
  }
  void close_top() {
    auto after = open_.back().last;
    open_.pop_back();
    if (step_up(after)) begin(after, open_.empty() ? kNobody : open_.back().route);
  }
  void begin(const url::IpAddress& at, std::uint32_t route) {
    // The widest that starts here was written first; the narrower one takes its place.
    if (!ranges_.empty() && ranges_.back().first == at)
      ranges_.back().second = route;
    else
      ranges_.emplace_back(at, route);
  }
  std::vector<std::pair<url::IpAddress, std::uint32_t>> ranges_;
  std::vector<Open> open_;
};

Done write_whole(const std::string& path, const std::string& bytes) {
  const auto bad = [] { return fail(ErrorKind::unavailable, "The table cannot be written."); };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return bad();
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto wrote = ::write(file, rest.data(), rest.size());
    if (wrote <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
  const bool synced = rest.empty() && ::fsync(file) == 0;
  if (::close(file) != 0 || !synced) return bad();
  return {};
}

void sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  const int at = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return;
  ::fsync(at);
  ::close(at);
}

}  // namespace

Result<std::unique_ptr<RoutingTable>> RoutingTable::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(ErrorKind::not_found, "There is no routing table; import one.");
  std::unique_ptr<RoutingTable> table(new RoutingTable);
  struct stat status{};
  void* base = MAP_FAILED;
  if (::fstat(file, &status) == 0 && status.st_size > 0) {
    table->size_ = static_cast<std::size_t>(status.st_size);
    base = ::mmap(nullptr, table->size_, PROT_READ, MAP_SHARED, file, 0);
  }
  ::close(file);
  if (base == MAP_FAILED) return fail(ErrorKind::corrupt, "The routing table cannot be read.");
  table->base_ = static_cast<const char*>(base);
  TRY_DONE(table->check());
  return table;
}

RoutingTable::~RoutingTable() {
  if (base_ != nullptr) ::munmap(const_cast<char*>(base_), size_);
}

Done RoutingTable::check() {
  const auto bad = [] { return fail(ErrorKind::corrupt, "This is no whole routing table."); };
  if (size_ < kHeaderBytes || std::string_view(base_, kMagic.size()) != kMagic) return bad();
  count4_ = number_at<std::uint64_t>(base_ + 8);
  count6_ = number_at<std::uint64_t>(base_ + 16);
  route_count_ = number_at<std::uint64_t>(base_ + 24);
  imported_at_ = instant(number_at<std::int64_t>(base_ + 32));
  const std::string_view source(base_ + 40, kSourceBytes);
  source_ = clean_utf8(source.substr(0, source.find('\0')));
  constexpr std::uint64_t kMost = 1u << 28;
  if (count4_ > kMost || count6_ > kMost || route_count_ > kMost ||
      size_ != kHeaderBytes + count4_ * 8 + count6_ * 20 + route_count_ * kRouteBytes)
    return bad();
  starts4_ = base_ + kHeaderBytes;
  routes4_ = starts4_ + count4_ * 4;
  starts6_ = routes4_ + count4_ * 4;
  routes6_ = starts6_ + count6_ * 16;
  route_rows_ = routes6_ + count6_ * 4;
  const auto holds = [&](const char* routes, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto route = number_at<std::uint32_t>(routes + i * 4);
      if (route != kNobody && route >= route_count_) return false;
    }
    return true;
  };
  if (!holds(routes4_, count4_) || !holds(routes6_, count6_)) return bad();
  std::uint32_t range = 0;
  for (std::uint32_t part = 0; part <= 0xffff; ++part) {
    while (range < count4_ && number_at<std::uint32_t>(starts4_ + range * 4ull) >> 16 < part)
      ++range;
    first4_.push_back(range);
  }
  first4_.push_back(static_cast<std::uint32_t>(count4_));
  for (std::uint64_t i = 0; i < route_count_; ++i) {
    const char* row = route_rows_ + i * kRouteBytes;
    const bool v6 = row[17] != 0;
    if (static_cast<unsigned char>(row[16]) > (v6 ? 128 : 32) ||
        static_cast<unsigned char>(row[18]) > kOriginsMax || row[18] == 0)
      return bad();
  }
  return {};
}

std::uint32_t RoutingTable::route_of(const url::IpAddress& ip) const {
  // The last range that starts at or before the address.
  const auto wanted = ip.v6 ? 0u : ip.v4_number();
  std::uint64_t low = ip.v6 ? 0 : first4_[wanted >> 16];
  std::uint64_t high = ip.v6 ? count6_ : first4_[(wanted >> 16) + 1];
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const bool before = ip.v6 ? std::memcmp(starts6_ + middle * 16, ip.bytes.data(), 16) <= 0
                              : number_at<std::uint32_t>(starts4_ + middle * 4) <= wanted;
    if (before)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return kNobody;
  return number_at<std::uint32_t>((ip.v6 ? routes6_ : routes4_) + (low - 1) * 4);
}

std::uint32_t RoutingTable::system_of(const url::IpAddress& ip) const {
  const auto route = route_of(ip);
  return route == kNobody ? 0 : number_at<std::uint32_t>(route_rows_ + route * kRouteBytes + 20);
}

Result<FoundRoute> RoutingTable::look_up(const url::IpAddress& ip) const {
  const auto route = route_of(ip);
  if (route == kNobody)
    return fail(ErrorKind::not_found, "Nobody announces this address in the imported table.");
  const char* row = route_rows_ + route * kRouteBytes;
  FoundRoute found;
  std::memcpy(found.prefix.first.bytes.data(), row, 16);
  found.prefix.first.v6 = row[17] != 0;
  found.prefix.prefix = static_cast<unsigned char>(row[16]);
  for (int i = 0; i < row[18]; ++i)
    found.origins.push_back(
        {number_at<std::uint32_t>(row + 20 + i * 8), number_at<std::uint32_t>(row + 24 + i * 8)});
  return found;
}

void RoutingBuilder::add(const AnnouncedRoute& route) {
  auto& origins = routes_[{route.prefix.first, route.prefix.prefix}];
  for (const auto origin : route.origins)
    if (origin != 0) ++origins[origin];
}

void RoutingBuilder::add(const url::Network& prefix, std::uint32_t system) {
  if (system != 0) routes_[{prefix.first, prefix.prefix}].try_emplace(system, 1);
}

Done RoutingBuilder::write(const std::string& path, std::string_view source, Instant now) {
  Flattener v4, v6;
  std::string rows;
  std::uint32_t count = 0;
  for (const auto& [key, systems] : routes_) {
    // Everybody's default route is nobody's address; a prefix with sets only has no origin.
    if (systems.empty() || key.second == 0) continue;
    std::vector<RouteOrigin> origins;
    for (const auto& [system, seen] : systems) origins.push_back({system, seen});
    std::sort(origins.begin(), origins.end(), [](const auto& a, const auto& b) {
      return a.seen_by != b.seen_by ? a.seen_by > b.seen_by : a.system < b.system;
    });
    if (origins.size() > kOriginsMax) origins.resize(kOriginsMax);
    const url::Network prefix{key.first, key.second};
    (key.first.v6 ? v6 : v4).add(prefix, count++);
    rows.append(reinterpret_cast<const char*>(key.first.bytes.data()), 16);
    rows += static_cast<char>(key.second);
    rows += static_cast<char>(key.first.v6 ? 1 : 0);
    rows += static_cast<char>(origins.size());
    rows += '\0';
    origins.resize(kOriginsMax);
    for (const auto& origin : origins) {
      add_number(rows, origin.system);
      add_number(rows, origin.seen_by);
    }
  }
  if (count == 0) return fail(ErrorKind::invalid, "There is no route in this.");
  v4.finish();
  v6.finish();
  std::string bytes(kMagic);
  add_number<std::uint64_t>(bytes, v4.ranges().size());
  add_number<std::uint64_t>(bytes, v6.ranges().size());
  add_number<std::uint64_t>(bytes, count);
  add_number<std::int64_t>(bytes, us(now));
  std::string name(clip_utf8(source, kSourceBytes - 1));
  name.resize(kSourceBytes, '\0');
  bytes += name;
  for (const auto& [at, route] : v4.ranges()) add_number(bytes, at.v4_number());
  for (const auto& [at, route] : v4.ranges()) add_number(bytes, route);
  for (const auto& [at, route] : v6.ranges())
    bytes.append(reinterpret_cast<const char*>(at.bytes.data()), 16);
  for (const auto& [at, route] : v6.ranges()) add_number(bytes, route);
  bytes += rows;
  const auto next = path + ".next";
  TRY_DONE(write_whole(next, bytes));
  TRY_DONE(RoutingTable::open(next));
  if (std::rename(next.c_str(), path.c_str()) != 0)
    return fail(ErrorKind::unavailable, "The table cannot be put in its place.");
  sync_folder_of(path);
  return {};
}

}  // namespace hotline::tracing
