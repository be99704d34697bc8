#include "net/exits.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hotline::net {

namespace {

constexpr std::array kKinds = {ExitKind::direct, ExitKind::http, ExitKind::socks5,
                               ExitKind::socks5h};

Result<Exit> parse_exit(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorKind::invalid, "The entry " + clip_utf8(clean_utf8(text), 80) +
                                        " of net.exits is not NAME=direct or NAME=KIND://IP:PORT.");
  };
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return bad();
  Exit exit{.name = std::string(trim(text.substr(0, equals)))};
  auto where = trim(text.substr(equals + 1));
  const bool plain = std::all_of(exit.name.begin(), exit.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (exit.name.empty() || exit.name.size() > 40 || !plain) return bad();
  if (where == "direct") return exit;
  const auto colon = where.find("://");
  if (colon == std::string_view::npos) return bad();
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](ExitKind known) {
    return known != ExitKind::direct && name(known) == where.substr(0, colon);
  });
  if (kind == kKinds.end()) return bad();
  exit.kind = *kind;
  where.remove_prefix(colon + 3);
  const auto last = where.rfind(':');
  if (last == std::string_view::npos) return bad();
  auto host = where.substr(0, last);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto ip = url::parse_ip(host);
  const auto port = parse_integer(where.substr(last + 1));
  if (!ip || !port || *port < 1 || *port > 65535) return bad();
  exit.ip = *ip;
  exit.port = static_cast<int>(*port);
  return exit;
}

}  // namespace

std::string_view name(ExitKind kind) {
  switch (kind) {
    case ExitKind::direct: return "direct";
    case ExitKind::http: return "http";
    case ExitKind::socks5: return "socks5";
    case ExitKind::socks5h: return "socks5h";
  }
  return "direct";
}

Result<std::vector<Exit>> parse_exits(std::span<const std::string> texts) {
  std::vector<Exit> exits;
  for (const auto& text : texts) {
    TRY(exit, parse_exit(trim(text)));
    for (const auto& other : exits)
      if (other.name == exit.name)
        return fail(ErrorKind::invalid,
                    "Two entries of net.exits have the name " + exit.name + ".");
    exits.push_back(std::move(exit));
  }
  if (exits.empty()) exits.emplace_back();
  return exits;
}

bool is_onion(std::string_view host) {
  return host.ends_with(".onion");
}

Result<Exit> choose_exit(std::span<const Exit> exits, std::string_view wanted,
                         std::string_view host) {
  for (const auto& exit : exits) {
    if (!wanted.empty() && exit.name != wanted) continue;
    if (wanted.empty() && is_onion(host) && !exit.by_name()) continue;
    return exit;
  }
  if (!wanted.empty())
    return fail(ErrorKind::invalid,
                "There is no exit " + clip_utf8(clean_utf8(wanted), 40) + " in net.exits.");
  return fail(ErrorKind::invalid,
              "An onion service is reached through Tor only: add an exit of kind socks5h to "
              "net.exits.");
}

}  // namespace hotline::net
