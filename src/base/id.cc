#include "base/id.h"

#include "base/crypto.h"

namespace hotline {

namespace {
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kLength = 26;
}  // namespace

std::string make_id_body(Instant at) {
  // 48 bits of milliseconds in ten digits, then 80 random bits in sixteen.
  auto milliseconds = static_cast<std::uint64_t>(us(at) / 1000) & 0xffffffffffffULL;
  std::string body(kLength, '0');
  for (std::size_t i = 10; i-- > 0; milliseconds >>= 5) body[i] = kDigits[milliseconds & 31];
  const std::string random = crypto::random_bytes(kLength - 10);
  for (std::size_t i = 10; i < kLength; ++i)
    body[i] = kDigits[static_cast<unsigned char>(random[i - 10]) & 31];
  return body;
}

bool is_id_body(std::string_view body) {
  return body.size() == kLength && body.find_first_not_of(kDigits) == std::string_view::npos;
}

}  // namespace hotline
