// Importing a routing table: from a collector's dump or from an MMDB file.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "net/geo.h"
#include "tracing/routing_table.h"

namespace hotline::tracing {

namespace {

using Progress = std::function<void(std::uint64_t bytes, std::uint64_t routes)>;

constexpr std::string_view kMmdbMark = "\xab\xcd\xefMaxMind.com";
constexpr std::uint64_t kProgressRoutes = 100'000;

class File {
 public:
  explicit File(const std::string& path)
      : fd_(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// MMDB files have their mark near the end, and nothing at the beginning.
bool is_mmdb(int fd) {
  const auto size = ::lseek(fd, 0, SEEK_END);
  if (size < 0) return false;
  std::string end(static_cast<std::size_t>(std::min<off_t>(size, 128 * 1024)), '\0');
  const auto got = ::pread(fd, end.data(), end.size(), size - static_cast<off_t>(end.size()));
  ::lseek(fd, 0, SEEK_SET);
  return got == static_cast<ssize_t>(end.size()) && end.find(kMmdbMark) != std::string::npos;
}

Result<Imported> from_mmdb(const std::string& path, RoutingBuilder& builder,
                           const Progress& progress) {
  Imported done{.format = "MMDB"};
  TRY_DONE(net::each_network(
      path, [&](const url::Network& network, const net::GeoAnswer& answer) -> Done {
        ++done.records;
        if (answer.asn <= 0 || answer.asn > 0xffffffffLL) {
          ++done.skipped;
          return {};
        }
        builder.add(network, static_cast<std::uint32_t>(answer.asn));
        if (done.records % kProgressRoutes == 0) progress(0, builder.routes());
        return {};
      }));
  if (builder.routes() == 0)
    return fail(ErrorKind::invalid, "This MMDB file names no autonomous systems.");
  return done;
}

Result<Imported> from_mrt(int fd, RoutingBuilder& builder, const Progress& progress) {
  // A dump of the whole internet is a gigabyte in small records: read in large pieces.
  std::vector<char> piece(1 << 20);
  std::size_t at = 0, end = 0;
  std::uint64_t bytes = 0, routes = 0;
  const auto more = [&](char* buffer, std::size_t size) -> long {
    if (at == end) {
      const auto got = ::read(fd, piece.data(), piece.size());
      if (got <= 0) return got;
      at = 0;
      end = static_cast<std::size_t>(got);
      bytes += end;
    }
    const auto count = std::min(size, end - at);
    std::copy(piece.begin() + static_cast<std::ptrdiff_t>(at),
              piece.begin() + static_cast<std::ptrdiff_t>(at + count), buffer);
    at += count;
    return static_cast<long>(count);
  };
  TRY(counts, read_mrt(more, [&](AnnouncedRoute&& route) -> Done {
        builder.add(route);
        if (++routes % kProgressRoutes == 0) progress(bytes, builder.routes());
        return {};
      }));
  return Imported{.format = "MRT", .records = counts.records, .skipped = counts.skipped};
}

}  // namespace

Result<Imported> import_routes(const std::string& from, const std::string& to, Instant now,
                               const Progress& progress) {
  const File file(from);
  if (file.fd() < 0) return fail(ErrorKind::not_found, "The file cannot be read.");
  RoutingBuilder builder;
  Imported done;
  if (from != "-" && is_mmdb(file.fd())) {
    TRY(read, from_mmdb(from, builder, progress));
    done = read;
  } else {
    TRY(read, from_mrt(file.fd(), builder, progress));
    done = read;
  }
  done.routes = builder.routes();
  const auto slash = from.rfind('/');
  const auto name = from == "-" ? "standard input" : from.substr(slash + 1);
  TRY_DONE(builder.write(to, name + " (" + done.format + ")", now));
  return done;
}

}  // namespace hotline::tracing
