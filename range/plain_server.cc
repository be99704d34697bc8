#include "range/plain_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <thread>

namespace hotline::range {

int listen_on(const std::string& address, int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) == 1 &&
      ::bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
      ::listen(listener, 128) == 0)
    return listener;
  ::close(listener);
  return -1;
}

void serve_for_ever(int listener, const std::function<void(int)>& handle) {
  for (;;) {
    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    std::thread([connection, &handle] {
      handle(connection);
      ::close(connection);
    }).detach();
  }
}

std::string read_until(int connection, const std::string& end) {
  std::string text;
  while (text.find(end) == std::string::npos && text.size() < 16384) {
    pollfd ready{connection, POLLIN, 0};
    if (::poll(&ready, 1, 10'000) <= 0) return {};
    char chunk[2048];
    const auto got = ::recv(connection, chunk, sizeof chunk, 0);
    if (got <= 0) return {};
    text.append(chunk, static_cast<std::size_t>(got));
  }
  return text;
}

void send_whole(int connection, const std::string& bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace hotline::range
