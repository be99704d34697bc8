// Sources: who asks, as a number that means nothing to anybody.
//
// The number is a keyed digest of the client's network (/24 or /48, so that one
// subscriber is one source). The key is made when the program starts and again
// every day, is never written anywhere, and the address itself is kept by nobody:
// two requests of one day can be told to come from the same network, and nothing
// more. Used to share the portal fairly, never to refuse.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hotline::http {

/// The bytes that stand for the network of "192.0.2.7" or "2001:db8::1"; empty for what is no
/// address. Mapped IPv4 is IPv4.
[[nodiscard]] std::string network_of(std::string_view address);

class Sources {
 public:
  /// 0 for what is no address.
  [[nodiscard]] std::uint64_t number(std::string_view address, Instant now);

 private:
  std::mutex lock_;
  std::string key_;
  Instant made_at_{};
};

}  // namespace hotline::http
