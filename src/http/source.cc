#include "http/source.h"

#include <boost/asio/ip/address.hpp>
#include <cstring>

#include "base/crypto.h"
#include "base/text.h"

namespace hotline::http {

namespace {

constexpr auto kKeyLife = std::chrono::hours(24);
constexpr std::size_t kNetworkBytes4 = 3;
constexpr std::size_t kNetworkBytes6 = 6;

}  // namespace

std::string network_of(std::string_view text) {
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  auto address = ip::make_address(std::string(trim(text)), error);
  if (error) return "";
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return "4" + std::string(bytes.begin(), bytes.begin() + kNetworkBytes4);
  }
  const auto bytes = address.to_v6().to_bytes();
  return "6" + std::string(bytes.begin(), bytes.begin() + kNetworkBytes6);
}

std::uint64_t Sources::number(std::string_view address, Instant now) {
  const auto network = network_of(address);
  if (network.empty()) return 0;
  const std::lock_guard guard(lock_);
  if (key_.empty() || now - made_at_ > kKeyLife) {
    key_ = crypto::random_bytes(32);
    made_at_ = now;
  }
  const auto digest = crypto::hmac_sha256(key_, network);
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number == 0 ? 1 : number;
}

}  // namespace hotline::http
