// Exits: the ways out of this machine that a look may take, as policy names them.
//
// A site that knows our network may show it something else, or warn others; so a
// hotline has several identities towards the world: its own line, a proxy
// elsewhere, Tor. Setting net.exits lists them, the first is the usual one. An
// exit is named by number, so that nobody's DNS can move it.
//
// Values only. Who connects is apps/hotline-fetch (gate.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "url/ip.h"

namespace hotline::net {

enum class ExitKind : std::uint8_t {
  direct,   ///< Our own line.
  http,     ///< An HTTP proxy that takes CONNECT; it is told the number that we checked.
  socks5,   ///< A SOCKS5 proxy; it is told the number that we checked.
  socks5h,  ///< Tor: it is told the name and looks it up at its far end. Only for a proxy whose far
            ///< end is not in our own network: there nobody of us checks the number.
};
[[nodiscard]] std::string_view name(ExitKind kind);

struct Exit {
  std::string name = "home";
  ExitKind kind = ExitKind::direct;
  url::IpAddress ip;  ///< Of the proxy.
  int port = 0;

  [[nodiscard]] bool by_name() const { return kind == ExitKind::socks5h; }
};

/// "tor=socks5h://127.0.0.1:9050", "home=direct". Error `invalid` says which entry.
[[nodiscard]] Result<std::vector<Exit>> parse_exits(std::span<const std::string> texts);

/// The exit of that name; if `wanted` is empty the first one, and for an onion service the first
/// that can reach it. Error `invalid` if there is none.
[[nodiscard]] Result<Exit> choose_exit(std::span<const Exit> exits, std::string_view wanted,
                                       std::string_view host);

/// "abc.onion": reached through Tor or not at all, and never asked for in the DNS (RFC 7686).
[[nodiscard]] bool is_onion(std::string_view host);

}  // namespace hotline::net
