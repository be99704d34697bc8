#include "apps/hotline-fetch/proxy_talk.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace hotline::fetch {

namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t kHeadBytesMax = 8192;

bool wait_for(int fd, short what, TimePoint until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  pollfd ready{fd, what, 0};
  return left.count() > 0 && ::poll(&ready, 1, static_cast<int>(left.count())) > 0;
}

Done send(int fd, std::string_view bytes, TimePoint until) {
  while (!bytes.empty()) {
    if (!wait_for(fd, POLLOUT, until))
      return fail(ErrorKind::unavailable, "the exit's proxy does not read");
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return fail(ErrorKind::unavailable, "the exit's proxy hung up");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// Never a byte more: the next one belongs to the destination.
Result<std::string> receive(int fd, std::size_t count, TimePoint until) {
  std::string bytes(count, '\0');
  for (std::size_t done = 0; done < count;) {
    if (!wait_for(fd, POLLIN, until))
      return fail(ErrorKind::unavailable, "the exit's proxy does not answer");
    const auto got = ::recv(fd, bytes.data() + done, count - done, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return fail(ErrorKind::unavailable, "the exit's proxy hung up");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Done ask_http(int fd, const Destination& to, TimePoint until) {
  const auto where =
      (to.ip.v6 ? "[" + to.ip.text() + "]" : to.ip.text()) + ":" + std::to_string(to.port);
  TRY_DONE(send(fd, "CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n\r\n", until));
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    if (head.size() > kHeadBytesMax)
      return fail(ErrorKind::unavailable, "the exit's proxy talks too much");
    TRY(byte, receive(fd, 1, until));
    head += byte;
  }
  if (!head.starts_with("HTTP/1.") || head.size() < 12 || head[8] != ' ' || head[9] != '2')
    return fail(ErrorKind::unavailable, "the exit's proxy did not connect");
  return {};
}

std::string number_of(int port) {
  return {static_cast<char>(port >> 8), static_cast<char>(port & 255)};
}

// RFC 1928 and 1929.
Done ask_socks(int fd, const net::Exit& exit, const Destination& to, const std::string& isolation,
               TimePoint until) {
  TRY_DONE(send(fd, std::string("\x05\x02\x00\x02", 4), until));
  TRY(method, receive(fd, 2, until));
  if (method[0] != 5 || (method[1] != 0 && method[1] != 2))
    return fail(ErrorKind::unavailable, "the exit's proxy speaks no SOCKS5 that we may use");
  if (method[1] == 2) {
    const auto word = static_cast<char>(isolation.size());
    TRY_DONE(send(fd, std::string("\x01") + word + isolation + word + isolation, until));
    TRY(status, receive(fd, 2, until));
    if (status[1] != 0) return fail(ErrorKind::unavailable, "the exit's proxy refused us");
  }
  std::string request("\x05\x01\x00", 3);
  if (exit.by_name() && !to.name.empty())
    request += std::string("\x03") + static_cast<char>(to.name.size()) + to.name;
  else
    request += (to.ip.v6 ? "\x04" : "\x01") +
               std::string(to.ip.bytes.begin(), to.ip.bytes.begin() + (to.ip.v6 ? 16 : 4));
  TRY_DONE(send(fd, request + number_of(to.port), until));
  TRY(reply, receive(fd, 4, until));
  if (reply[0] != 5 || reply[1] != 0)
    return fail(ErrorKind::unavailable, "the exit's proxy did not connect");
  std::size_t rest = reply[3] == 1 ? 4 : 16;
  if (reply[3] == 3) {
    TRY(length, receive(fd, 1, until));
    rest = static_cast<unsigned char>(length[0]);
  }
  TRY_DONE(receive(fd, rest + 2, until));
  return {};
}

}  // namespace

Done ask_proxy(int fd, const net::Exit& exit, const Destination& to, const std::string& isolation,
               TimePoint until) {
  if (to.name.size() > 255) return fail(ErrorKind::invalid, "the name is too long for a proxy");
  switch (exit.kind) {
    case net::ExitKind::direct: return {};
    case net::ExitKind::http: return ask_http(fd, to, until);
    case net::ExitKind::socks5:
    case net::ExitKind::socks5h: return ask_socks(fd, exit, to, isolation, until);
  }
  return {};
}

}  // namespace hotline::fetch
