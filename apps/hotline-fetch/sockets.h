// Sockets of hotline-fetch: descriptors that travel between its processes, and connections made by
// number. Plain values and calls; who may connect is decided in gate.cc.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "url/ip.h"

namespace hotline::fetch {

/// Closes what it holds.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool good() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void close();

 private:
  int fd_ = -1;
};

struct Parcel {
  std::string bytes;
  Descriptor descriptor;  ///< If one came along.
};

inline constexpr std::size_t kParcelBytesMax = 60'000;

/// One message on a SOCK_SEQPACKET channel, with `descriptor` if it is not -1.
[[nodiscard]] bool send_parcel(int channel, std::string_view bytes, int descriptor);
/// Nothing if the other side has closed, after `milliseconds` (-1: waits for ever), or if the
/// message was too long.
[[nodiscard]] std::optional<Parcel> receive_parcel(int channel, int milliseconds);

/// A TCP connection, non-blocking. Not good() if nobody answers in time.
[[nodiscard]] Descriptor connect_number(const url::IpAddress& ip, int port,
                                        std::chrono::milliseconds time);
/// Whether the other end of a connection is really there.
[[nodiscard]] bool peer_is(int fd, const url::IpAddress& ip, int port);

}  // namespace hotline::fetch
