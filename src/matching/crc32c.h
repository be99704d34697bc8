// CRC-32C (Castagnoli, RFC 3720): the checksum of segments, manifests and journals.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hotline::matching {

/// Continues `crc` (0 at first) over `bytes`.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, const void* bytes, std::size_t count);

}  // namespace hotline::matching
