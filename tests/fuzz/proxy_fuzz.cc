// Any bytes as the answers of an exit's proxy: HTTP CONNECT, SOCKS5 by number and by name. Never a
// hang, and never a byte taken that belongs to the destination.
// links: net url base sandbox
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "apps/hotline-fetch/proxy_talk.cc"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
  using namespace hotline;
  if (size < 1 || size > 20'000) return 0;
  constexpr net::ExitKind kKinds[] = {net::ExitKind::http, net::ExitKind::socks5,
                                      net::ExitKind::socks5h};
  net::Exit exit{.name = "far", .kind = kKinds[bytes[0] % 3]};
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 0;
  if (::send(ends[1], bytes + 1, size - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && size > 1)
    std::abort();
  ::shutdown(ends[1], SHUT_WR);
  const fetch::Destination to{
      .name = "gallery.example", .ip = *url::parse_ip("192.0.2.1"), .port = 80};
  const auto done = fetch::ask_proxy(ends[0], exit, to, "0123456789abcdef",
                                     std::chrono::steady_clock::now() + std::chrono::seconds(5));
  if (done && exit.kind == net::ExitKind::http) {
    // All of the head and nothing behind it.
    const std::string_view talk(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    std::string rest(size, '\0');
    const auto got = ::recv(ends[0], rest.data(), rest.size(), MSG_DONTWAIT);
    if (static_cast<std::size_t>(std::max<ssize_t>(got, 0)) !=
        talk.size() - talk.find("\r\n\r\n") - 4)
      std::abort();
  }
  ::close(ends[0]);
  ::close(ends[1]);
  return 0;
}
