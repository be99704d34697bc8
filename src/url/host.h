// The host part of an address (WHATWG host parser). Used by url.cc only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::url {

/// The canonical host. Error `invalid`.
[[nodiscard]] Result<std::string> parse_host(std::string_view host);

/// "0x7f.1", "017700000001", "2130706433": nothing if the host is not a number at all, so a name.
/// Error `invalid` if it ends in a number but is no address.
[[nodiscard]] Result<std::optional<IpAddress>> parse_number_host(std::string_view host);

/// Whether the last label is a public suffix that the list names, or reserved for tests.
[[nodiscard]] bool has_known_suffix(std::string_view host);

}  // namespace hotline::url
