// MRT: routing tables as route collectors publish them (RFC 6396), read with suspicion.
//
// Out of a dump come the announced prefixes and who originates each, nothing
// else: TABLE_DUMP_V2 RIBs (also with ADD-PATH, RFC 8050) and the older
// TABLE_DUMP. A record that is not understood is counted and left out; one that
// is cut ends the reading with an error, so that half a table is never taken for
// a whole one. Memory: one record at a time. Not here: bzip2 and gzip (pipe the
// dump in), updates (BGP4MP) and what to do with the routes: routing_table.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::tracing {

/// One prefix as one dump has it.
struct AnnouncedRoute {
  url::Network prefix;
  /// Last system of each peer's path: one entry a peer, so that a lone liar can be told from the
  /// rest. A path that ends in a set has no origin and gives 0.
  std::vector<std::uint32_t> origins;
};

struct MrtCounts {
  std::uint64_t records = 0;
  std::uint64_t routes = 0;
  std::uint64_t skipped = 0;  ///< Records of other kinds, or with an inside that makes no sense.
};

/// Reads from `more(buffer, size)`, which gives how many bytes it wrote; 0 is the end, negative a
/// failure. `take` gets each route. Error `invalid` if the bytes are no MRT or end inside a record,
/// `unavailable` if `more` failed.
[[nodiscard]] Result<MrtCounts> read_mrt(
    const std::function<long(char* buffer, std::size_t size)>& more,
    const std::function<Done(AnnouncedRoute&& route)>& take);

/// The same of bytes in memory.
[[nodiscard]] Result<MrtCounts> read_mrt(std::string_view bytes,
                                         const std::function<Done(AnnouncedRoute&&)>& take);

}  // namespace hotline::tracing
